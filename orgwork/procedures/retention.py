"""This room is for retention: what has been kept for as long as its provision says goes by itself.

Each rule names its provision, finds what is due on a day, and erases it. The worker runs them once a day, the
command ``orgwork retention run`` at any time: by the clock, never by another day. A hold stops everything
about its person, with a reason and an end. What was erased, and by which rule, stands in the journal.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Exists, Max, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from orgwork.foundation import journal, provisions
from orgwork.foundation.constraints import guards_lifted
from orgwork.foundation.dates import DAY, begin, end
from orgwork.foundation.jobs import Job, job
from orgwork.foundation.moments import Act, Moment, writing
from orgwork.foundation.refusals import Refusal
from orgwork.foundation.wording import localized
from orgwork.registers import access
from orgwork.registers.appointments import Appointment
from orgwork.registers.holds import ErasureHold, held
from orgwork.registers.members import Membership
from orgwork.registers.people import Person, PersonBackground, PersonContact
from orgwork.registers.reads import ReadLog

from . import four_eyes
from .cases import Case, Outcome, cause
from .erasure import body_of, erase, erase_parts, needed
from .fields import REASON, Field
from .operations import operation

#: At most so many of one rule in one run: the rest waits for the next, and nobody waits for it.
AT_ONCE = 500


@dataclass(frozen=True)
class Due:
    """One thing that has been kept long enough: whose it is, since when, and whether a hold stops it."""

    rule: str
    since: dt.date
    person: int | None = None
    ident: int | None = None
    count: int = 1
    stopped: str = ""


@dataclass(frozen=True)
class Rule:
    """What a provision of retention ends: ``find(day)`` gives what is due, ``erase(act, due)`` erases it."""

    code: str  # of the provision
    find: Callable[[dt.date], Iterable[Due]]
    erase: Callable[[Act, Due], Any]

    @property
    def label(self) -> Any:
        return localized(provisions.rules()[self.code].labels)

    def period(self, day: dt.date):
        return provisions.on(day)[self.code]


RULES: dict[str, Rule] = {}


def rule(code: str, erases: Callable[[Act, Due], Any]):
    """Declare what a provision ends: decorates the function that finds what is due."""

    def declare(find: Callable[[dt.date], Iterable[Due]]):
        RULES[code] = Rule(code, find, erases)
        return find

    return declare


def before(day: dt.date, code: str) -> dt.date:
    """What ended before this day has been kept for its whole period."""
    said = provisions.on(day)[code]
    if said.unit == "years":
        return _months_back(day, 12 * said.value)
    if said.unit == "months":
        return _months_back(day, said.value)
    return day - dt.timedelta(days=said.value)


def _months_back(day: dt.date, months: int) -> dt.date:
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    year, month = max(year, 1), month + 1
    last = (dt.date(year + month // 12, month % 12 + 1, 1) - DAY).day
    return dt.date(year, month, min(day.day, last))


def due_since(ended: dt.date | None, day: dt.date, code: str) -> dt.date:
    """The day on which something that ended then had been kept long enough."""
    if ended is None:
        return day
    said = provisions.on(day)[code]
    months = said.value * 12 if said.unit == "years" else said.value
    return _months_back(ended, -months) if said.unit != "days" else ended + dt.timedelta(days=said.value)


# ── what is due, rule by rule ───────────────────────────────────────────────────────────────────────────


def _ended_members(limit: dt.date):
    """People whose last membership ended before the day, who hold no post and have no open case."""
    members = Membership.objects.filter(person=OuterRef("pk"))
    going_on = members.filter(Q(valid_to__isnull=True) | Q(valid_to__gte=limit))
    posts = Appointment.objects.filter(person=OuterRef("pk")).filter(
        Q(valid_to__isnull=True) | Q(valid_to__gte=limit)
    )
    cases = Case.objects.filter(person=OuterRef("pk"), closed_on__isnull=True)
    people = Person.objects.filter(Exists(members), ~Exists(going_on), ~Exists(posts), ~Exists(cases))
    return people.filter(erased=False).annotate(ended=Max("memberships__valid_to"))


def _of_the_ended(code: str, model: Any, columns: tuple[str, ...], day: dt.date) -> Iterator[Due]:
    words = Q()
    for column in columns:
        words |= ~Q(**{column: ""})
    rows = model.versions.filter(words, person=OuterRef("pk"))
    for person in _ended_members(before(day, code)).filter(Exists(rows)).order_by("pk").iterator():
        yield Due(code, due_since(person.ended, day, code), person.pk, person.pk)


def _erase_contact(act: Act, due: Due):
    return erase_parts(act, _person(due), ["contact"], day=act.day, said=_said(due))


def _erase_background(act: Act, due: Due):
    return erase_parts(act, _person(due), ["background"], day=act.day, said=_said(due))


def _erase_person(act: Act, due: Due):
    person = _person(due)
    if reasons := needed(person, act.day):
        raise reasons[0]
    return erase(act, person, day=act.day, said=_said(due))


def _person(due: Due) -> Person:
    return Person.objects.select_for_update(no_key=True).get(pk=int(due.person or 0))


def _said(due: Due) -> dict:
    return {"basis": "retention", "rule": due.rule}


@rule("retention.contact_after_leaving_months", _erase_contact)
def _contact(day):
    return _of_the_ended(
        "retention.contact_after_leaving_months", PersonContact, ("phone", "email", "address"), day
    )


@rule("retention.background_after_leaving_months", _erase_background)
def _background(day):
    code = "retention.background_after_leaving_months"
    return _of_the_ended(code, PersonBackground, ("ethnicity", "religion"), day)


@rule("retention.after_membership_years", _erase_person)
def _after_membership(day):
    code = "retention.after_membership_years"
    for person in _ended_members(before(day, code)).order_by("pk").iterator():
        yield Due(code, due_since(person.ended, day, code), person.pk, person.pk)


def _erase_case(act: Act, due: Due):
    """The case of an admission that came to nothing loses its words; its person has a rule of their own."""
    from .erasure import empty_case

    return empty_case(act, Case.objects.get(pk=int(due.ident or 0)), said=_said(due))


@rule("retention.rejected_admission_months", _erase_case)
def _rejected(day):
    code = "retention.rejected_admission_months"
    rows = Case.objects.filter(
        procedure="admission", state__in=("rejected", "withdrawn"), closed_on__lt=before(day, code)
    )
    for case in rows.order_by("pk").iterator():
        if _has_words(case):
            yield Due(code, due_since(case.closed_on, day, code), case.person_id, case.pk)


@rule("retention.person_without_membership_months", _erase_person)
def _never_a_member(day):
    """Who applied and was not admitted, or was entered and never came (edge case 29 of domain §22)."""
    code = "retention.person_without_membership_months"
    limit = before(day, code)
    ever = Membership.versions.filter(person=OuterRef("pk"))
    held_ever = Appointment.objects.filter(person=OuterRef("pk"))
    open_cases = Case.objects.filter(person=OuterRef("pk"), closed_on__isnull=True)
    accounts = access.AccountPerson.objects.filter(person=OuterRef("pk"), account__is_active=True)
    rows = Person.objects.filter(
        ~Exists(ever), ~Exists(held_ever), ~Exists(open_cases), ~Exists(accounts), erased=False
    ).annotate(last=Max("cases__closed_on"), entered=Max("names__recorded"))
    for person in rows.order_by("pk").iterator():
        last = person.last or _day_of(person.entered)
        if last is not None and last < limit:
            yield Due(code, due_since(last, day, code), person.pk, person.pk)


def _day_of(moment: int | None) -> dt.date | None:
    at = Moment.objects.filter(pk=moment).values_list("at", flat=True).first() if moment else None
    return timezone.localtime(at).date() if at else None


def _clear_drafts(act: Act, due: Due):
    Case.objects.filter(pk=int(due.ident or 0)).update(drafts={})


@rule("retention.drafts_months", _clear_drafts)
def _drafts(day):
    code = "retention.drafts_months"
    rows = Case.objects.exclude(drafts={}).annotate(last=Max("steps__day"))
    for case in rows.order_by("pk").iterator():
        last = max(case.closed_on or dt.date.min, case.last or case.opened_on)
        if last < before(day, code):
            yield Due(code, due_since(last, day, code), case.person_id, case.pk)


def _midnight(day: dt.date) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time()))


def _delete_rows(act: Act, due: Due):
    model, when = ROWS[due.rule]
    limit = _midnight(before(act.day, due.rule))
    model._default_manager.filter(**{f"{when}__lt": limit}).delete()


def _old_rows(code: str, day: dt.date) -> Iterator[Due]:
    model, when = ROWS[code]
    rows = model._default_manager.filter(**{f"{when}__lt": _midnight(before(day, code))})
    first = rows.order_by(when).values_list(when, flat=True).first()
    if first is not None:
        ended = timezone.localtime(first).date()
        yield Due(code, due_since(ended, day, code), count=rows.count())


#: Tables of which whole rows go: by which time. Rooms above add theirs with ``rows_go``.
ROWS: dict[str, tuple[Any, str]] = {}


def rows_go(code: str, model: Any, when: str) -> None:
    """Rows of a table go when the time in this column lies further back than the provision says."""
    ROWS[code] = (model, when)
    RULES[code] = Rule(code, lambda day: _old_rows(code, day), _delete_rows)


rows_go("retention.read_log_months", ReadLog, "at")
rows_go("retention.jobs_months", Job, "finished_at")


def _forget_content(act: Act, due: Due):
    """A piece at a time: whom it is about stands in the entry that says so."""
    if due.ident:
        journal.forget(act, day=act.day, before=due.ident, most=AT_ONCE, said=_said(due))


@rule("retention.journal_content_months", _forget_content)
def _journal_content(day):
    """What entries said of people long ago; that they were done, when and by whom stays in the chain."""
    code = "retention.journal_content_months"
    limit = _midnight(before(day, code))
    last = Moment.objects.filter(at__lt=limit).order_by("-pk").values_list("pk", "at").first()
    if last is None:
        return
    rows = journal.EntrySubject.objects.filter(entry__moment__lte=last[0], salt__isnull=False, type="person")
    if count := rows.count():
        yield Due(code, due_since(_day_of(last[0]), day, code), ident=last[0] + 1, count=min(count, AT_ONCE))


def _empty_request(act: Act, due: Due):
    from .erasure import empty_case

    return empty_case(act, Case.objects.get(pk=int(due.ident or 0)), said=_said(due))


@rule("retention.requests_years", _empty_request)
def _old_requests(day):
    code = "retention.requests_years"
    for case in Case.objects.filter(procedure="data_request", closed_on__lt=before(day, code)).exclude(
        data={}
    ):
        if _has_words(case):
            yield Due(code, due_since(case.closed_on, day, code), case.person_id, case.pk)


def _has_words(case: Case) -> bool:
    """Whether anything in words is left in the case or its steps."""
    return bool(set(case.data) - {*KEPT_KEYS}) or case.steps.exclude(remark="").exists()


KEPT_KEYS = ("cell", "source", "target", "rules", "again", "result", "kind")


# ── holds ───────────────────────────────────────────────────────────────────────────────────────────────


def _at(asked):
    return body_of(asked["person"])


@operation(
    "hold.place",
    label=_("Stop erasure for a time"),
    act="person.erase",
    at=_at,
    locks=["person"],
    help=_("For a court, an inspection or a complaint: nothing about the person is erased until that day."),
    fields=[
        Field("person", "person", _("Person")),
        Field("until", "day", _("Last day")),
        REASON,
        Field("document", "document", _("Order or request"), paper="other", required=False),
    ],
)
def place_hold(act: Act, *, day, person: Person, until, reason, document):
    most = provisions.on(act.day)["retention.data_request_hold_years"]
    if until < day or until > _months_back(day, -12 * most.value):
        raise Refusal(
            _("Give a last day that is not past and lies at most %(years)s years ahead.")
            % {"years": most.value},
            field="until", code="days", citation=most.citation,
        )  # fmt: skip
    if held(person, day):
        raise Refusal(
            _("Erasure is stopped already; lift that hold first."), field="person", code="held_already"
        )
    why = cause("other", document=document, text=reason)
    begin(ErasureHold, act, day, until=until + DAY, person=person, reason=reason, cause=why)
    said = {"until": until.isoformat(), "reason": reason}
    return Outcome(subjects=[(("person", person.pk), said)])


@operation(
    "hold.lift",
    label=_("Let erasure go on"),
    act="person.erase",
    at=_at,
    locks=["person"],
    fields=[Field("person", "person", _("Person")), REASON],
)
def lift_hold(act: Act, *, day, person: Person, reason):
    if not held(person, day):
        raise Refusal(_("Nothing stops the erasure of this person's data."), field="person", code="not_held")
    end(ErasureHold, act, {"person": person}, day, cause=cause("other", text=reason))
    return Outcome(subjects=[(("person", person.pk), {"reason": reason})])


# ── running ─────────────────────────────────────────────────────────────────────────────────────────────


def due(day: dt.date) -> list[Due]:
    """Everything that has been kept long enough on the day, with what a hold stops."""
    found = [one for each in RULES.values() for one in each.find(day)]
    holds = dict(
        ErasureHold.objects.on(day)
        .filter(person__in={one.person for one in found if one.person})
        .values_list("person", "reason")
    )
    return [
        Due(one.rule, one.since, one.person, one.ident, one.count, holds.get(one.person, "")) for one in found
    ]


def counts(day: dt.date) -> dict[str, tuple[int, int]]:
    """Rule → (due, stopped by a hold): what those may see who may see no person."""
    found = {code: (0, 0) for code in RULES}
    for one in due(day):
        total, stopped = found[one.rule]
        found[one.rule] = (total + one.count, stopped + (one.count if one.stopped else 0))
    return found


def run(*, actor=None, door: str = "worker") -> dict[str, int]:
    """Erase what is due today, each piece in a transaction of its own; returns how many by rule."""
    today = timezone.localdate()
    done: dict[str, int] = {}
    for one in RULES.values():
        erased = 0
        for piece in _at_most(one.find(today), AT_ONCE):
            erased += _erase_one(one, piece, actor, door)
        if erased:
            done[one.code] = erased
    if done:
        _note(done, actor, door)
        leave_no_trace()
    four_eyes.expire(today, door=door)
    return done


def _at_most(found: Iterable[Due], limit: int) -> list[Due]:
    listed = []
    for one in found:
        listed.append(one)
        if len(listed) == limit:
            break
    return listed


def _erase_one(one: Rule, piece: Due, actor, door: str) -> int:
    """What speaks against it is looked at anew in the transaction; then it waits for the next run."""
    try:
        with writing(actor=actor, door=door) as act:
            if piece.person and held(piece.person, act.day):
                return 0
            with guards_lifted(f"{one.code}: kept long enough"):
                one.erase(act, piece)
    except Refusal:
        return 0
    return piece.count


def _note(done: dict[str, int], actor, door: str) -> None:
    """How much went by which rule; of each person it stands in an entry of its own."""
    root = access.root()
    with writing(actor=actor, door=door) as act:
        journal.record(
            act, "retention.run", day=act.day, subjects=[(("unit", root.pk if root else 0), {"erased": done})]
        )


def history(limit: int = 50) -> list[dict]:
    """What was erased and by which rule, the latest first."""
    rows = journal.EntrySubject.objects.filter(entry__verb="retention.run", content__isnull=False)
    entries = list(rows.select_related("entry__actor").order_by("-entry")[:limit])
    return [
        {"day": one.entry.day, "rule": code, "count": count, "actor": one.entry.actor, "door": one.entry.door}
        for one in entries
        for code, count in (one.content or {}).get("erased", {}).items()
    ]


@job
def daily(progress) -> dict:
    """The job that the worker does once a day. A demonstration stands still on its day, and keeps all."""
    if settings.ORGWORK_TODAY is not None:
        return {}
    return run(door="worker")


def leave_no_trace() -> None:
    """Take away what the engine itself still keeps of what was erased.

    SQLite: pages are overwritten as they are freed (``secure_delete``); the write-ahead log, which has copies
    of older pages, is written back and cut to nothing. PostgreSQL: dead rows are taken out by VACUUM; their
    bytes stay in free space of the page until it is used again or the table is rewritten (VACUUM FULL), and
    in the server's own log for as long as that is kept. docs/running.md says what to set.
    """
    if transaction.get_connection().in_atomic_block:
        return
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            cursor.fetchall()
        else:
            for table in _tables():
                cursor.execute(f'VACUUM "{table}"')


def _tables() -> list[str]:
    from orgwork.registers import person_tables

    return sorted({one.model._meta.db_table for one in person_tables.tables() if one.erased != "kept"})
