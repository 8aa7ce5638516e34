"""This room is for erasure: what the law says must go goes, and the journal says that it went.

A person becomes a number with birth year and sex. Dated rows stay, emptied, so that old counts stand; what
the journal said of the person loses its words and its salt, so that nothing can be guessed from the digest
that the chain keeps. The act is itself an entry: ``verify`` says "erased under entry n", never "missing".
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext_lazy as _

from orgwork.foundation import journal, wording
from orgwork.foundation.accounts import Account
from orgwork.foundation.constraints import guards_lifted
from orgwork.foundation.dates import DAY, Period
from orgwork.foundation.jobs import Job
from orgwork.foundation.moments import Act
from orgwork.foundation.refusals import Refusal
from orgwork.foundation.search import fold
from orgwork.registers import person_tables
from orgwork.registers.aliases import identities
from orgwork.registers.appointments import Appointment
from orgwork.registers.documents import Document
from orgwork.registers.holds import held
from orgwork.registers.members import Membership
from orgwork.registers.people import Person, PersonBackground, PersonContact, PersonName, Qualification
from orgwork.registers.person_tables import DELETED, EMPTIED
from orgwork.registers.record import Cause
from orgwork.registers.units import ROOT, Unit

from .cases import Case, CaseStep, Outcome
from .fields import REASON, Field
from .members import last_home, name_of
from .operations import operation
from .papers import shown

BASES = {
    "request": _("request of the person"),
    "retention": _("end of the retention period"),
    "unlawful": _("data that should not have been kept"),
}
#: What can go while the rest is kept by law: what is erased of it, and what it is called.
PARTS: dict[str, tuple[Any, Any]] = {
    "contact": (_("contact data"), PersonContact),
    "background": (_("ethnicity and religion"), PersonBackground),
    "qualifications": (_("qualifications"), Qualification),
}


def parts_by_name() -> list[tuple[str, Any]]:
    return [(code, label) for code, (label, _model) in PARTS.items()]


def body_of(person: Person) -> Unit:
    """The last cell, else the body of the last post or case, else the whole."""
    cell = last_home(person, dt.date.max - DAY)
    if cell is not None:
        return cell
    held_before = Appointment.objects.filter(person=person, post__unit__isnull=False).order_by("-valid_from")
    if last := held_before.select_related("post__unit").first():
        return last.post.unit
    case = person.cases.order_by("-pk").select_related("unit").first()
    return case.unit if case else Unit.objects.get(code=ROOT)


def _at(asked) -> Unit:
    return body_of(asked["person"])


@operation(
    "person.erase",
    label=_("Erase a person's data"),
    act="person.erase",
    at=_at,
    locks=["person"],
    help=_("Cannot be undone. Counts stay right: a number with birth year and sex remains."),
    fields=[
        Field("person", "person", _("Person")),
        Field("basis", "choice", _("Basis"), choices=lambda: BASES.items()),
        REASON,
        Field("document", "document", _("Request or decision"), paper="other"),
    ],
)
def erase_person(act: Act, *, day, person: Person, basis, reason, document):
    from .requests import close_with_erasure

    refuse_needed(person, day)
    close_with_erasure(act, person, day)
    entry = erase(act, person, day=day, said={"basis": basis, "paper": shown(document)})
    return Outcome(result=entry)


@operation(
    "person.erase_part",
    label=_("Erase part of a person's data"),
    act="person.erase",
    at=_at,
    locks=["person"],
    help=_("For what need not be kept while the rest must be: contact data, background, qualifications."),
    fields=[
        Field("person", "person", _("Person")),
        Field("parts", "choice", _("What is erased"), many=True, choices=lambda: parts_by_name()),
        Field("basis", "choice", _("Basis"), choices=lambda: BASES.items()),
        REASON,
    ],
)  # fmt: skip
def erase_part(act: Act, *, day, person: Person, parts, basis, reason):
    _refuse_held(person, day)
    entry = erase_parts(act, person, parts, day=day, said={"basis": basis})
    return Outcome(result=entry)


# ── what the law keeps ──────────────────────────────────────────────────────────────────────────────────


def needed(person: Person, day: dt.date) -> list[Refusal]:
    """Everything that speaks against erasing the whole person now; each says why and what to do."""
    name = name_of(person, day)
    found = []
    if person.erased:
        found.append(
            Refusal(_("The data of this person are erased already."), field="person", code="erased_already")
        )
    if Membership.objects.during(Period(day)).filter(person=person).exists():
        found.append(
            Refusal(
                _("%(name)s is a member; the records of members are kept. End the membership first.")
                % {"name": name},
                field="person",
                code="still_a_member",
            )
        )
    if Appointment.objects.during(Period(day)).filter(person=person).exists():
        found.append(
            Refusal(
                _("%(name)s holds a post; release the holder first.") % {"name": name},
                field="person",
                code="still_holds_a_post",
            )
        )
    # A request about one's own data is no reason to keep them: it is what asks for the erasure.
    if Case.objects.filter(person=person, closed_on__isnull=True).exclude(procedure="data_request").exists():
        found.append(
            Refusal(
                _("A case about %(name)s is still open; close it first.") % {"name": name},
                field="person",
                code="case_open",
            )
        )
    hold = held(person, day)
    if hold is not None:
        found.append(_held_back(hold))
    return found  # fmt: skip


def refuse_needed(person: Person, day: dt.date) -> None:
    for refusal in needed(person, day):
        raise refusal


def _refuse_held(person: Person, day: dt.date) -> None:
    hold = held(person, day)
    if person.erased or hold is not None:
        raise needed(person, day)[-1]


def _held_back(hold) -> Refusal:
    until = wording.day(hold.valid_to - DAY) if hold.valid_to else "…"
    return Refusal(
        _("Erasure is stopped until %(until)s: %(reason)s") % {"until": until, "reason": hold.reason},
        field="person", code="held",
    )  # fmt: skip


# ── erasing ─────────────────────────────────────────────────────────────────────────────────────────────


def erase(act: Act, person: Person, *, day: dt.date, said: dict) -> journal.Entry:
    """Take everything away that says who this is, wherever a table is declared; returns the entry."""
    people = identities(person)
    names = {
        name for name in PersonName.versions.filter(person__in=people).values_list("full", flat=True) if name
    }
    subjects = [(("person", people[0]), said), *((("person", ident), {}) for ident in people[1:])]
    cases = Case.objects.filter(person__in=people).values_list("pk", flat=True)
    subjects += [(("case", ident), {}) for ident in cases]
    accounts = Account.objects.filter(holder__person__in=people)
    words = names | {one.username for one in accounts} | {one.full_name for one in accounts if one.full_name}
    subjects += [(("account", one.pk), {}) for one in accounts]
    entry = journal.erase(act, day=day, subjects=subjects)
    with guards_lifted(f"person.erase, entry {entry.pk}"):
        _empty_papers(people, names)
        _empty_jobs(words)
        # All are found before any is emptied: some are found through what others say.
        found = [
            (table, list(table.of(*people).values_list("pk", flat=True)))
            for table in person_tables.tables()
            if table.model not in (journal.EntrySubject, Person)
        ]
        for table, rows in found:
            empty(table, rows)
    Person.objects.filter(pk__in=people).update(erased=True)
    person.erased = True
    return entry


def erase_parts(act: Act, person: Person, parts: Iterable[str], *, day: dt.date, said: dict) -> journal.Entry:
    """Take away only these parts; what the journal said in full of them goes with the person, not before."""
    people = identities(person)
    parts = sorted(set(parts))
    entry = journal.record(
        act, "person.erase_part", day=day, subjects=[(("person", person.pk), {"parts": parts, **said})]
    )
    with guards_lifted(f"person.erase_part, entry {entry.pk}"):
        for part in parts:
            table = person_tables.declared(PARTS[part][1])
            if table is not None:
                empty(table, table.of(*people).values_list("pk", flat=True))
    return entry


def empty_case(act: Act, case: Case, *, said: dict) -> journal.Entry:
    """The words of one case go, in the case, its steps and the journal; numbers and days stay."""
    entry = journal.erase(act, day=act.day, subjects=[(("case", case.pk), said)])
    with guards_lifted(f"case {case.pk}, entry {entry.pk}"):
        for model in (Case, CaseStep):
            table = person_tables.declared(model)
            rows = Case.objects.filter(pk=case.pk) if model is Case else CaseStep.objects.filter(case=case)
            if table is not None:
                empty(table, rows.values_list("pk", flat=True))
        Cause.objects.filter(case=case.pk).exclude(text="").update(text="")
    return entry


def empty(table: person_tables.PersonTable, ids: Iterable[int]) -> int:
    """What erasure leaves of these rows of a table: every version, what was known before is content, too."""
    ids = list(ids)
    every = person_tables.every_row(table.model).filter(pk__in=ids)
    if table.erased == DELETED:
        return every.delete()[0]
    if table.erased != EMPTIED:
        return 0
    plain = {name: value for name, value in table.emptied.items() if not callable(value)}
    made = {name: value for name, value in table.emptied.items() if callable(value)}
    if made:
        for row in every:
            every.filter(pk=row.pk).update(**plain, **{name: value(row) for name, value in made.items()})
    elif plain:
        every.update(**plain)
    return len(ids)


def _empty_papers(people, names) -> None:
    """Titles that name the person, of the papers on which cases and facts rest."""
    folded = {fold(name) for name in names}
    table = person_tables.declared(Document)
    for paper in table.of(*people).exclude(title="") if table else ():
        if any(name in fold(paper.title) for name in folded):
            paper.title, paper.folded = "", fold(paper.symbol)
            paper.save(update_fields=["title", "folded"])


def _empty_jobs(words) -> None:
    """What long work said about somebody, whoever asked for it: messages may name people."""
    folded = {fold(word) for word in words if word}
    for job in Job.objects.exclude(message="", name="").iterator():
        said = fold(f"{job.name} {job.message} {job.result} {job.resume}")
        if any(word in said for word in folded):
            Job.objects.filter(pk=job.pk).update(name="", message="", result={}, resume={}, payload={})
