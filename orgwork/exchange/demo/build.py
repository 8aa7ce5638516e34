"""This room is for building the demo: the story, the take-over that writes it down, and the sign-ins to
look at it.
"""

import datetime as dt
import gc
import os
from contextlib import contextmanager

from django.apps import apps
from django.conf import settings
from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orgwork.foundation import journal
from orgwork.foundation.accounts import Account
from orgwork.foundation.constraints import guards_lifted
from orgwork.foundation.refusals import Refusal
from orgwork.procedures.accounts import fresh_password
from orgwork.procedures.takeover import TakeOver, analyse, whole
from orgwork.registers.access import AccountPerson
from orgwork.registers.areas import Area
from orgwork.registers.people import Person
from orgwork.registers.units import Unit

from .bodies import CLOSING, OPENING
from .cases import Cases
from .clock import TAKEN_OVER
from .ground import PROVINCE
from .registers import HOUR, Registers
from .story import SEED, story

MEMBERS = 48_000
BATCH = "demo"
SIGN_INS = "demo-sign-ins.txt"


def build_demo(*, members=None, bodies=None, replace=False, say=None, language="", seed=SEED):
    """Build the demo in an empty database; with ``replace`` in one that is emptied first. Returns what
    there is now.
    """
    say = say or (lambda *parts: None)
    refuse_what_is_there(replace)
    if replace:
        empty()
    with no_collector():
        told = story(members=members or MEMBERS, bodies=bodies, seed=seed)
        say(_("The story is told; writing it down …"))
        with whole():
            accounts, passwords = make_accounts(told, language)
            registers = write(told, accounts, say)
            link_accounts(registers, accounts)
    journal.seal()
    say(_("Journal sealed."))
    analyse()
    path = keep_sign_ins(passwords)
    for username, password, what in passwords:
        say(f"  {username:<22} {password}   {what}")
    say(_("The sign-ins stand in %s, which only you can read.") % path)
    return {
        "members": len(told.lives.members),
        "bodies": len(told.skeleton.bodies),
        "sign_ins": str(path),
        "rows": sum(registers.take.written.values()),
    }


@contextmanager
def no_collector():
    """Millions of small objects live to the end of the story; looking for garbage among them took a third
    of the time.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def refuse_what_is_there(replace):
    if replace:
        return
    if any(model.objects.exists() for model in (Unit, Person, Area, Account)):
        raise Refusal(
            _("The database is not empty; say --replace to empty it first and lose what it holds."),
            code="not_empty",
        )


def empty():
    """Take away everything, guards aside: only the demo may, and only when told."""
    tables = [m._meta.db_table for m in apps.get_models(include_auto_created=True) if m._meta.managed]
    keep = {"django_migrations", "django_content_type"}
    with guards_lifted("the demo replaces what is there"), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            names = ", ".join(connection.ops.quote_name(t) for t in tables if t not in keep)
            cursor.execute(f"TRUNCATE {names} CASCADE")
            # Wall time never goes back while anything is recorded; now nothing is.
            cursor.execute("SELECT setval('orgwork_clock', 0)")
            return
        cursor.execute("PRAGMA defer_foreign_keys = ON")
        for table in tables:
            if table not in keep:
                cursor.execute(f'DELETE FROM "{table}"')  # noqa: S608


# -- writing
# ------------------------------------------------------------------------------------------------------


def write(told, accounts, say):
    take = TakeOver(batch=BATCH, actor=accounts["office"].pk)
    registers = Registers(take, told, say)
    registers.numbers()
    registers.set_clock(play_clock(take, told, accounts["office"]))
    registers.officers = {office: account.pk for office, account in accounts["officers"].items()}
    cases = Cases(registers)
    registers.causes(cases.ids)
    registers.write()
    cases.write()
    cases.courses()
    say(_("cases"))
    said = [*registers.said(), *cases.said]
    said.sort(key=lambda one: one.moment)
    take.journal(said)
    say(_("journal"))
    return registers


def play_clock(take, told, actor):
    """One moment for every working day on which somebody may have recorded something."""
    last = max(cause.recorded for cause in told.lives.causes)
    days = [d for d in told.calendar.days if TAKEN_OVER <= d <= max(last, CLOSING + 30)]
    zone = timezone.get_default_timezone()
    times = [dt.datetime.combine(dt.date.fromordinal(d), HOUR, tzinfo=zone) for d in days]
    return dict(zip(days, take.play(times, actor=actor), strict=True))


# -- who may sign in
# ------------------------------------------------------------------------------------------------

ROLES = (  # sign-in name, what it shows, the post whose holder it is
    ("national-office", gettext_lazy("national organisation office"), "TW", "organisation_officer"),
    ("province-office", gettext_lazy("provincial organisation office"), PROVINCE, "organisation_officer"),
    ("commune-secretary", gettext_lazy("secretary of a commune"), "commune", "secretary"),
    ("cell-secretary", gettext_lazy("secretary of a village cell"), "cell", "secretary"),
    ("member", gettext_lazy("a member without office"), "", ""),
    ("auditor", gettext_lazy("auditor"), PROVINCE, "auditor"),
    ("data-protection", gettext_lazy("data protection officer"), PROVINCE, "data_protection_officer"),
    ("technical-admin", gettext_lazy("technical administrator, sees no person"), PROVINCE, "technical_administrator"),
    ("outsider", gettext_lazy("somebody without any post"), "", ""),
)


def make_accounts(told, language):
    """An account for each role with a fresh password, and one without for each office whose officer
    recorded.
    """
    passwords, roles = [], {}
    for username, what, *_where in ROLES:
        password = fresh_password()
        roles[username] = Account.objects.create_user(username, password, full_name=str(what), language=language)
        passwords.append((username, password, what))
    officers = {PROVINCE: roles["province-office"], "TW": roles["province-office"]}
    province = told.skeleton.by_code[PROVINCE].n
    upper = ("district_party_organisation", "bloc_party_organisation")
    offices = sorted({b.office for b in told.skeleton.bodies if b.kind in upper and b.parent == province})
    for office in offices:
        officers[office] = Account.objects.create_user(f"officer-{office}", None, language=language)
    return {"office": roles["province-office"], "roles": roles, "officers": officers}, passwords


def link_accounts(registers, accounts):
    """Each account belongs to a person of the demo who holds that post to the end of the story."""
    story_, links, taken = registers.story, [], set()
    offices = story_.offices
    holders = {}
    for h in offices.holdings:
        if h.until is None:
            post = offices.posts[h.post]
            body = story_.skeleton[post.body] if post.body is not None else None
            holders.setdefault(
                (post.kind, body.office if body else "", body.kind if body else ""), []
            ).append((h.person, post))
    commune = next(
        b for b in story_.skeleton.bodies if b.kind == "grassroots_party_organisation" and len(b.code) == 5
    )

    def holder(kind, test):
        for (seat, _office, _kind), row in holders.items():
            if seat == kind:
                for person, post in row:
                    if post.body is not None and person not in taken and test(story_.skeleton[post.body]):
                        taken.add(person)
                        return person
        return None

    top = {"TW": 0, PROVINCE: story_.skeleton.by_code[PROVINCE].n}
    for username, _what, where, kind in ROLES:
        if where in top:
            person = holder(kind, lambda b, n=top[where]: b.parent == n)
        elif where == "commune":
            person = holder(kind, lambda b: b.n == commune.n)
        elif where == "cell":
            person = holder(kind, lambda b: b.parent == commune.n and b.community == "village")
        elif username == "member":
            person = plain_member(story_, {h.person for h in offices.holdings})
        else:
            person = None
        if person is not None:
            links.append((accounts["roles"][username], person))
    for office, account in accounts["officers"].items():
        if account.username.startswith("officer-"):
            person = holder(
                "organisation_officer",
                lambda b, office=office: b.office == office and b.kind == "organisation_committee",
            )
            if person is not None:
                links.append((account, person))
    for account, n in links:
        AccountPerson.objects.create(account=account, person_id=registers.person[n])
        person = story_.lives.people[n]
        account.full_name = " ".join(part for part in (person.family, person.middle, person.given) if part)
        account.save(update_fields=["full_name"])


def plain_member(told, busy):
    """Somebody who was admitted in the term, is a member still and holds no post."""
    return next(
        m.person
        for m in told.lives.members
        if m.origin == "admitted"
        and m.until is None
        and m.since > OPENING + 400
        and m.person not in busy
        and len(m.standing) == 2
    )


def keep_sign_ins(passwords):
    """Where only the owner reads: made anew with its mode, never loosened afterwards."""
    path = settings.ORGWORK_HOME / SIGN_INS
    path.unlink(missing_ok=True)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.writelines(f"{username}\t{password}\t{what}\n" for username, password, what in passwords)
    return path
