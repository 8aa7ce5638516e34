"""This room is for erasure: what the law says must go goes, and the journal says that it went.

A person becomes a number with birth year and sex. Dated rows stay, emptied, so that old counts stand; what
the journal said of the person loses its words and its salt, so that nothing can be guessed from the digest
that the chain keeps. The act is itself an entry: ``verify`` says "erased under entry n", never "missing".
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from orgwork.foundation import journal
from orgwork.foundation.accounts import Account
from orgwork.foundation.constraints import guards_lifted
from orgwork.foundation.dates import Period
from orgwork.foundation.moments import Act
from orgwork.foundation.refusals import Refusal
from orgwork.foundation.search import fold
from orgwork.registers.appointments import Appointment
from orgwork.registers.documents import Document
from orgwork.registers.members import MemberCard, Membership, MembershipPlace, MembershipStanding
from orgwork.registers.people import (
    Person,
    PersonBackground,
    PersonContact,
    PersonName,
    PersonParticulars,
    Precision,
    Qualification,
)
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
EMPTIED: dict[Any, dict] = {
    PersonName: {"family": "", "middle": "", "given": "", "full": "", "folded": "", "sort_key": ""},
    PersonContact: {"phone": "", "email": "", "address": ""},
    PersonBackground: {"ethnicity": "", "religion": ""},
    Qualification: {"name": "", "level": ""},
}
FACTS: tuple[Any, ...] = (
    *EMPTIED,
    PersonParticulars,
    Membership,
    MembershipStanding,
    MembershipPlace,
    MemberCard,
    Appointment,
)
#: What a case may go on saying about nobody in particular.
KEPT_OF_A_CASE = ("cell", "source", "target", "rules", "again", "result")


def _body_of(asked) -> Unit:
    """The last cell, else the body of the last post or case, else the whole."""
    person = asked["person"]
    cell = last_home(person, dt.date.max - dt.timedelta(days=1))
    if cell is not None:
        return cell
    held = Appointment.objects.filter(person=person, post__unit__isnull=False).order_by("-valid_from")
    if last := held.select_related("post__unit").first():
        return last.post.unit
    case = person.cases.order_by("-pk").select_related("unit").first()
    return case.unit if case else Unit.objects.get(code=ROOT)


@operation(
    "person.erase",
    label=_("Erase a person's data"),
    act="person.erase",
    at=_body_of,
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
    _refuse_needed(person, day)
    cases = list(Case.objects.filter(person=person).values_list("pk", flat=True))
    names = {fold(name) for name in PersonName.versions.filter(person=person).values_list("full", flat=True)}
    subjects = [(("person", person.pk), {"basis": basis, "paper": shown(document)})]
    entry = journal.erase(act, day=day, subjects=subjects + [(("case", ident), {}) for ident in cases])
    with guards_lifted(f"person.erase, entry {entry.pk}"):
        _empty_facts(person)
        _empty_reasons(person, cases)
        _empty_cases(cases)
        _empty_papers(person, cases, names)
    _close_accounts(person)
    Person.objects.filter(pk=person.pk).update(erased=True)
    person.erased = True
    return Outcome(result=entry)


def _refuse_needed(person, day):
    if person.erased:
        raise Refusal(_("The data of this person are erased already."), field="person", code="erased_already")
    name = name_of(person, day)
    if Membership.objects.during(Period(day)).filter(person=person).exists():
        raise Refusal(
            _("%(name)s is a member; the records of members are kept. End the membership first.")
            % {"name": name},
            field="person",
            code="still_a_member",
        )
    if Appointment.objects.during(Period(day)).filter(person=person).exists():
        raise Refusal(
            _("%(name)s holds a post; release the holder first.") % {"name": name},
            field="person",
            code="still_holds_a_post",
        )
    if Case.objects.filter(person=person, closed_on__isnull=True).exists():
        raise Refusal(
            _("A case about %(name)s is still open; close it first.") % {"name": name},
            field="person",
            code="case_open",
        )


def _empty_facts(person):
    """Every version, retracted ones included: what was known before is content, too."""
    for model, nothing in EMPTIED.items():
        model.versions.filter(person=person).update(**nothing)
    for row in PersonParticulars.versions.filter(person=person):
        PersonParticulars.versions.filter(pk=row.pk).update(
            birth=dt.date(row.birth.year, 1, 1), birth_precision=Precision.YEAR
        )
    for card in MemberCard.versions.filter(person=person):
        MemberCard.versions.filter(pk=card.pk).update(number=f"#{card.pk}"[:20])


def _empty_reasons(person, cases):
    """Reasons in words of everything that began or ended for this person."""
    ids: set[int] = set()
    for model in FACTS:
        for pair in model.versions.filter(person=person).values_list("begun_by", "ended_by"):
            ids |= {ident for ident in pair if ident}
    Cause.objects.filter(Q(pk__in=ids) | Q(case__in=cases)).exclude(text="").update(text="")


def _empty_cases(cases):
    for case in Case.objects.filter(pk__in=cases):
        case.data = {key: value for key, value in case.data.items() if key in KEPT_OF_A_CASE}
        case.drafts = {}
        case.save(update_fields=["data", "drafts"])
    CaseStep.objects.filter(case__in=cases).exclude(remark="").update(remark="")


def _empty_papers(person, cases, names):
    """Titles that name the person, of the papers these cases and facts rest on."""
    papers = set(CaseStep.objects.filter(case__in=cases).values_list("document", flat=True)) - {None}
    for model in FACTS:
        rows = model.versions.filter(person=person)
        papers |= set(rows.values_list("begun_by__document", flat=True))
        papers |= set(rows.values_list("ended_by__document", flat=True))
    for paper in Document.objects.filter(pk__in=papers - {None}).exclude(title=""):
        if any(name and name in fold(paper.title) for name in names):
            paper.title, paper.folded = "", fold(paper.symbol)
            paper.save(update_fields=["title", "folded"])


def _close_accounts(person):
    """A sign-in of the person says who they are."""
    for account in Account.objects.filter(holder__person=person):
        account.username, account.full_name, account.is_active = f"erased-{account.pk}", "", False
        account.set_unusable_password()
        account.save()
