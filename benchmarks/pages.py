"""This room is for what pages cost at the server: time, questions, weight; against the empty shell."""

import datetime as dt
import gzip
import itertools
import random
import statistics
import time

from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.cache import cache
from django.db import connection
from django.test import Client, override_settings

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
    MembershipStanding,
    Person,
    PersonName,
    PersonParticulars,
    Post,
    PostExistence,
    Unit,
    UnitForm,
    UnitLineage,
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
        admit = admitting(house["commune"])
        for what, url in pages(house):
            opened(client, url)  # templates
            cold, cold_cpu, _count = first(client, url)
            took, cpu = timed(client, url), busy(client, url)
            written, written_cpu, count = after_writes(client, url, admit)
            said = f"{what}, {cpu:.0f} ms busy"
            yield result(said, took, "ms", baseline=shell, against=LIMIT, cpu=cpu)
            said = f"the same after a write, {count} q, {written_cpu:.0f} ms busy"
            yield result(said, written, "ms", baseline=shell, against=LIMIT, cpu=written_cpu)
            said = f"the same of which nothing is kept, {cold_cpu:.0f} ms busy"
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
        ("list of people of a district", f"/people/?unit={district}"),
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
        ("today", "/?unit=TW"),
        ("search, a rare word", "/search/?unit=TW&q=senh"),
        ("search, a frequent word", "/search/?unit=TW&q=nguyen"),
        ("search, the last name of the list", "/search/?unit=TW&q=xuan"),
        ("search, three frequent words", "/search/?unit=TW&q=pang+lo+van"),
        ("search, frequent words that never meet", "/search/?unit=TW&q=nguyen+tran"),
        ("people of a frequent word", "/people/?unit=TW&q=nguyen"),
        ("people of three frequent words", "/people/?unit=TW&q=pang+lo+van"),
    ]


def first(client, url) -> tuple[float, float, int]:
    """A look when nothing is kept, as after a start: milliseconds, busy ones, questions to the database."""
    cache.clear()
    busy_before = time.process_time()
    took: list[float] = []
    count = asked(lambda: took.append(seconds(lambda: opened(client, url))))
    return took[0] * 1000, (time.process_time() - busy_before) * 1000, count


def after_writes(client, url, admit, times=7) -> tuple[float, float, int]:
    """The first look after a member was admitted below: the median of several."""
    opened(client, url)
    took, cpu, count = [], [], 0
    for _again in range(times):
        admit()
        count = asked(lambda: took.append(seconds(lambda: cpu.append(busy(client, url)))))
    return statistics.median(took) * 1000, statistics.median(cpu), count


def asked(work) -> int:
    """How many questions the database is asked. (Django forgets its own count when a request begins.)"""
    count = 0

    def counting(execute, *said):
        nonlocal count
        count += 1
        return execute(*said)

    with connection.execute_wrapper(counting):
        work()
    return count


def admitting(commune):
    """Admits somebody new in a cell of the commune, each time in another."""
    below = UnitLineage.objects.filter(ancestor=commune, depth=1).values_list("descendant", flat=True)
    cells = itertools.cycle(below)
    day = dt.date(2024, 4, 1)

    def admit():
        with writing(door="benchmark") as act:
            why, person = Cause.objects.create(kind="admitted"), Person.objects.create()
            begin(Membership, act, day, person=person, cause=why)
            begin(MembershipStanding, act, day, person=person, standing="probationary", cause=why)
            begin(MembershipPlace, act, day, person=person, kind="official", unit_id=next(cells), cause=why)

    return admit


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
        name_values(dice.choice(FAMILIES), dice.choice(MIDDLES), dice.choice(GIVENS)) for _one in persons[1:]
    )
    names = itertools.chain([name_values("Khoàng", "Dần", "Sếnh")], names)
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
