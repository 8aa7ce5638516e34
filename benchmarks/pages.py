"""This room is for what pages cost at the server: time, questions, weight; against the empty shell."""

import datetime as dt
import gzip
import random
import time

from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.cache import cache
from django.db import connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext

from benchmarks.figures import FIRST, TODAY, build
from benchmarks.measure import result, seconds
from orgwork.foundation.accounts import Account
from orgwork.foundation.bulk import insert
from orgwork.foundation.dates import begin, new_spells
from orgwork.foundation.moments import writing
from orgwork.registers.access import AccountPerson
from orgwork.registers.models import (
    Appointment,
    Cause,
    Membership,
    MembershipPlace,
    Person,
    PersonName,
    PersonParticulars,
    Post,
    PostExistence,
    Unit,
    UnitForm,
    UnitName,
    UnitPlacement,
)
from orgwork.registers.people import ALL_LIFE, name_values
from orgwork.registers.units import ROOT, derive_lineage
from orgwork.registers.units import name_values as unit_name

FAMILIES = ("Lò", "Quàng", "Giàng", "Vàng", "Nguyễn", "Trần", "Cà", "Mùa", "Thào", "Lường", "Sùng", "Tòng")
MIDDLES = ("Văn", "Thị", "A", "Thu", "Minh", "Đức", "Hữu")
GIVENS = (
    "Pâng",
    "Sua",
    "Dợ",
    "Páo",
    "Hương",
    "Anh",
    "Tủa",
    "Xuân",
    "Inh",
    "Lan",
    "Đức",
    "Thắng",
    "Mai",
    "Hà",
)
LIMIT = "the empty shell"


def measure(*, people, bodies):
    house = build(people, bodies)
    client = dressed(house)
    with override_settings(ORGWORK_TODAY=TODAY, ALLOWED_HOSTS=["testserver"]):
        shell = timed(client, "/search/?unit=TW")
        yield result("the empty shell", shell, "ms")
        for what, url in pages(house):
            cold, cold_cpu, count = first(client, url)
            took, cpu = timed(client, url), busy(client, url)
            said = f"{what}, {count} q, {cpu:.0f} ms busy"
            yield result(said, took, "ms", baseline=shell, against=LIMIT, cpu=cpu)
            said = f"the same cold, {cold_cpu:.0f} ms busy"
            yield result(said, cold, "ms", baseline=shell, against=LIMIT, cpu=cold_cpu)
        yield result("first page with styles and scripts, compressed, cold", weight(client), "KB")


def pages(house):
    """The pages that the limits speak of, at the root and further down."""
    district, commune = house["district"].code, house["commune"].code
    person = MembershipPlace.objects.filter(retracted=None, valid_to=None).values_list("person", flat=True)[0]
    term = "from=2021-01-01&to=2024-05-01"
    return [
        ("list of people at the root, by name", "/people/?unit=TW"),
        ("list of people at the root, further on", "/people/?unit=TW&sort=-name"),
        ("list of people of a commune", f"/people/?unit={commune}"),
        ("page of a person", f"/people/{person}/?unit=TW"),
        ("sheet of the root", "/bodies/TW/?unit=TW"),
        ("sheet of a commune", f"/bodies/{commune}/?unit={commune}"),
        ("figure: members admitted, root", f"/figures/members.admitted/?unit=TW&{term}"),
        ("figure: members admitted, district", f"/figures/members.admitted/?unit={district}&{term}"),
        ("figure: members admitted, commune", f"/figures/members.admitted/?unit={commune}&{term}"),
        ("figure: members, root", "/figures/members.stock/?unit=TW&on=2024-05-01"),
        ("figure: members, commune", f"/figures/members.stock/?unit={commune}&on=2024-05-01"),
        ("catalogue of figures, district", f"/figures/?unit={district}"),
        ("journal", "/journal/?unit=TW"),
    ]


def first(client, url) -> tuple[float, float, int]:
    """The first look after the registers changed: milliseconds, busy ones, questions to the database."""
    cache.clear()
    busy_before = time.process_time()
    with CaptureQueriesContext(connection) as asked:
        took = seconds(lambda: opened(client, url))
    return took * 1000, (time.process_time() - busy_before) * 1000, len(asked)


def timed(client, url) -> float:
    opened(client, url)
    return seconds(lambda: opened(client, url), times=7) * 1000


def busy(client, url) -> float:
    """Milliseconds of this process alone: what is left when others leave the machine to it."""
    start = time.process_time()
    opened(client, url)
    return (time.process_time() - start) * 1000


def opened(client, url):
    answer = client.get(url)
    assert answer.status_code == 200, (url, answer.status_code, answer.content[-500:])
    return answer


def weight(client) -> float:
    files = [
        open(finders.find(name), "rb").read() for name in ("web/orgwork.css", "django_htmx/htmx-2.min.js")
    ]  # noqa: SIM115
    return sum(len(gzip.compress(one)) for one in (opened(client, "/?unit=TW").content, *files)) / 1024


def dressed(house) -> Client:
    """Names for people and bodies, memberships, and an officer of the national office who looks."""
    dice = random.Random(5)
    cause = Cause.objects.create(kind="takeover")
    root = house["root"]
    Unit.objects.filter(pk=root.pk).update(code=ROOT)
    root.refresh_from_db()
    with writing() as act:
        stamp = (act.moment, cause.pk)
        _people(dice, stamp)
        _bodies(stamp)
        office = Unit.objects.create(code="TW.01")
        begin(UnitPlacement, act, FIRST, unit=office, parent=root, cause=cause)
        begin(UnitForm, act, FIRST, unit=office, kind="organisation_committee", cause=cause)
        begin(
            UnitName,
            act,
            FIRST,
            unit=office,
            language="vi",
            cause=cause,
            **unit_name("Ban Tổ chức Trung ương"),
        )
        derive_lineage(act, [office])
        officer = _officer(act, office, cause)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    client = Client()
    client.force_login(officer)
    return client


def _people(dice, stamp):
    persons = list(Person.objects.values_list("pk", flat=True))
    parts = ["family", "middle", "given", "full", "folded", "sort_key"]
    names = (
        name_values(dice.choice(FAMILIES), dice.choice(MIDDLES), dice.choice(GIVENS)) for _one in persons
    )
    insert(
        PersonName,
        ["person", *parts, "spell", "valid_from", "recorded", "begun_by"],
        (
            (pk, *(name[part] for part in parts), spell, ALL_LIFE, *stamp)
            for pk, name, spell in zip(persons, names, new_spells(len(persons)), strict=True)
        ),
    )
    insert(
        PersonParticulars,
        ["person", "sex", "birth", "birth_precision", "spell", "valid_from", "recorded", "begun_by"],
        (
            (
                pk,
                dice.choice("fm"),
                dt.date(1950 + dice.randrange(52), 1, 1) + dt.timedelta(days=dice.randrange(365)),
                "day",
                spell,
                ALL_LIFE,
                *stamp,
            )
            for pk, spell in zip(persons, new_spells(len(persons)), strict=True)
        ),
    )
    begun = dict(MembershipPlace.objects.order_by("-valid_from").values_list("person", "valid_from"))
    insert(
        Membership,
        ["person", "spell", "valid_from", "recorded", "begun_by"],
        ((pk, spell, begun[pk], *stamp) for pk, spell in zip(begun, new_spells(len(begun)), strict=True)),
    )


def _bodies(stamp):
    units = list(Unit.objects.values_list("pk", "code"))
    insert(
        UnitName,
        ["unit", "language", "text", "short", "folded", "spell", "valid_from", "recorded", "begun_by"],
        (
            (pk, "vi", f"Chi bộ số {code}", "", f"chi bo so {code.lower()}", spell, FIRST, *stamp)
            for (pk, code), spell in zip(units, new_spells(len(units)), strict=True)
        ),
    )


def _officer(act, office, cause) -> Account:
    post = Post.objects.create(code="TW.01-organisation_officer", kind="organisation_officer", unit=office)
    begin(PostExistence, act, FIRST, post=post, cause=cause)
    person = Person.objects.first()
    held = {"post": post, "acting": False, "person": person, "manner": "appointed"}
    begin(Appointment, act, FIRST, cause=cause, **held)
    account = Account(username="bench", full_name="Bench", language="en")
    account.set_unusable_password()
    account.save()
    AccountPerson.objects.create(account=account, person=person)
    return account


assert settings.ROOT_URLCONF
