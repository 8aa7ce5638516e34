"""This room is for building the demo: the story, the take-over that writes it down, and the sign-ins to
look at it.
"""

import datetime as dt
import gc
from contextlib import contextmanager

from django.apps import apps
from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from orgwork.foundation import journal
from orgwork.foundation.accounts import Account
from orgwork.foundation.constraints import guards_lifted
from orgwork.foundation.refusals import Refusal
from orgwork.procedures.takeover import TakeOver, analyse, whole
from orgwork.registers.areas import Area
from orgwork.registers.people import Person
from orgwork.registers.units import Unit

from .bodies import CLOSING
from .cases import Cases
from .cited import register_cited
from .clock import TAKEN_OVER
from .events import Events
from .paper_life import PaperLife
from .reform import reform
from .registers import HOUR, Registers
from .sign_ins import keep_sign_ins, link_accounts, make_accounts
from .story import SEED, story

MEMBERS = 48_000
BATCH = "demo"


def build_demo(*, members=None, bodies=None, replace=False, say=None, language="", seed=SEED, reformed=False):
    """Build the demo in an empty database; with ``replace`` in one that is emptied first. Returns what
    there is now. ``reformed``: with the reform of 1 July 2025 enacted, ahead of the days that it shows.
    """
    say = say or (lambda *parts: None)
    refuse_what_is_there(replace)
    if replace:
        empty()
    with no_collector():
        told = tell(members or MEMBERS, bodies, seed)
        say(_("The story is told; writing it down …"))
        with whole():
            accounts, passwords = make_accounts(told, language)
            registers = write(told, accounts, say)
            link_accounts(registers, accounts)
            # The real procedures read what was just written: without statistics they search all of it.
            analyse()
            say(_("The rest of members' lives …"))
            events = Events(registers, told, accounts["office"])
            events.tell()
            say(_("The life of papers …"))
            PaperLife(events, accounts).tell()
        register_cited(accounts["roles"])
    journal.seal()
    say(_("Journal sealed."))
    analyse()
    if reformed:
        reform(say)
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


def tell(members, bodies, seed):
    """The story; numbers it cannot be told with are refused in words."""
    try:
        return story(members=members, bodies=bodies, seed=seed)
    except ValueError as why:
        raise Refusal(
            _("The demo cannot be built with these numbers: %(why)s.") % {"why": _(str(why))}, code="numbers"
        ) from why


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
    tables = [table for table in tables if table not in {"django_migrations", "django_content_type"}]
    if connection.vendor == "postgresql":
        with guards_lifted("the demo replaces what is there"), connection.cursor() as cursor:
            cursor.execute(f"TRUNCATE {', '.join(map(connection.ops.quote_name, tables))} CASCADE")
            # Wall time never goes back while anything is recorded; now nothing is.
            cursor.execute("SELECT setval('orgwork_clock', 0)")
        return
    # Row by row SQLite would ask every referring table and run every trigger; as a whole it drops the pages.
    with (
        connection.constraint_checks_disabled(),
        guards_lifted("the demo replaces what is there"),
        connection.cursor() as cursor,
    ):
        cursor.execute("PRAGMA defer_foreign_keys = ON")
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        triggers = cursor.fetchall()
        beside = [table for table in _beside(cursor) if table not in tables]
        for name, _sql in triggers:
            cursor.execute(f'DROP TRIGGER "{name}"')
        for table in [*tables, *beside]:
            cursor.execute(f'DELETE FROM "{table}"')  # noqa: S608
        for index in _indexes_of_words(cursor):
            cursor.execute(f'INSERT INTO "{index}" ("{index}") VALUES (\'delete-all\')')  # noqa: S608
        for _name, sql in triggers:
            cursor.execute(sql)


def _beside(cursor) -> list[str]:
    """Tables that triggers keep in step with others: the words of what is found by them."""
    cursor.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND (name LIKE '%_words' OR name LIKE '%_found')"
    )
    return [name for (name,) in cursor.fetchall()]


def _indexes_of_words(cursor) -> list[str]:
    cursor.execute("SELECT name FROM sqlite_master WHERE sql LIKE 'CREATE VIRTUAL TABLE% USING fts5%'")
    return [name for (name,) in cursor.fetchall()]


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
    take.journal(registers.said_of_opening())
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
