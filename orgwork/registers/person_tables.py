"""This room is for saying, once for each table, what it records about people.

My file shows it, erasure empties it, merging moves it, and the register of processing prints it, all from the
same declaration. A table says ``about_people(Model, …)`` in the module that owns it (those of the floors
below and of libraries are said here and in doors/person_tables.py), or ``about_nobody(Model, why)``. A test
fails for a table that says nothing, and for a column of words of which nobody says what erasure leaves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from orgwork.foundation.accounts import Account
from orgwork.foundation.dates import Counter
from orgwork.foundation.jobs import Job
from orgwork.foundation.journal import Entry, EntrySubject, Link
from orgwork.foundation.moments import Moment
from orgwork.foundation.search import fold
from orgwork.foundation.signing_in import ApiToken, Notice, ProviderTie, ResetCode, SecondFactor, SignedIn

from . import areas, units
from .access import AccountPerson
from .acquaintance import Acquaintance, AcquaintanceCall
from .aliases import PeopleApart, PersonAlias
from .appointments import Appointment
from .badges import MemberBadge
from .documents import Document, DocumentText
from .drafts import (
    Draft,
    DraftOpinion,
    DraftPaper,
    DraftVersion,
    PaperArchive,
    PaperDistribution,
    PaperReview,
    PaperSignature,
)
from .functions import BodyFunction, FunctionHolding
from .holds import ErasureHold
from .incoming import IncomingCopy, IncomingNumber, IncomingPaper
from .lending import Lending
from .members import MemberCard, Membership, MembershipCondition, MembershipPlace, MembershipStanding
from .numbering import JointIssuer, NumberMark, NumberSeries, SeriesBook, TermOfOffice
from .paper_parts import DocumentPart
from .paper_relations import PaperRelation
from .people import (
    Person,
    PersonBackground,
    PersonContact,
    PersonName,
    PersonParticulars,
    Precision,
    Qualification,
)
from .posts import Post, PostExistence
from .reads import ReadLog
from .record import Cause
from .reorganisation import (
    HandoverLine,
    Plan,
    PlanAcceptance,
    PlanClause,
    PlanDecision,
    PlannedChange,
)
from .required_papers import RequiredPaper
from .staffing import AffectedPerson, Occupancy, RetirementDecision, StaffBenefit
from .task_proposals import TaskProposal

#: What merging two persons does with the rows of the one that goes. MOVE: dated rows are retracted and
#: recorded anew under the survivor. REPOINT: the one column is turned to the survivor. STAY: what was written
#: down then stays as it was, and is found through the alias. DERIVED: follows another table.
MOVE, REPOINT, STAY, DERIVED = "move", "repoint", "stay", "derived"
#: What erasure does. EMPTIED: the columns named lose their words, the row stays, so that old counts stand.
#: DELETED: the row goes. KEPT: nothing in it says anything that must go; ``why`` says so.
EMPTIED, DELETED, KEPT = "emptied", "deleted", "kept"


@dataclass(frozen=True)
class PersonTable:
    """What one table records about people.

    ``persons`` are lookups to the person (``case__person``); ``rows`` gives the rows of a person where no
    lookup can. ``emptied`` says for each column of words what erasure leaves: a value, or a function of the
    row; ``codes`` are columns that hold codes and numbers of the house and no words about anybody.
    ``shown`` are the columns that my file prints (empty: all that are not codes for machines); ``hidden``
    says why a table, or ``covered`` why a column, is not printed. ``activity`` is the entry of the register
    of processing, ``act`` the power by which others read it, ``retention`` the provisions that end it.
    """

    model: type[models.Model]
    label: Any
    persons: tuple[str, ...] = ()
    rows: Callable[[Any], models.QuerySet] | None = None
    activity: str = "members"
    act: str = "names.read"
    erased: str = EMPTIED
    emptied: Mapping[str, Any] = field(default_factory=dict)
    codes: tuple[str, ...] = ()
    why: Any = ""
    merge: str = MOVE
    shown: tuple[str, ...] = ()
    covered: Mapping[str, Any] = field(default_factory=dict)
    hidden: str = ""
    retention: tuple[str, ...] = ()

    @property
    def code(self) -> str:
        """The name of the table in files and addresses: ``registers.personname``."""
        return self.model._meta.label_lower

    def of(self, *people: Any) -> models.QuerySet:
        """Every row about the people (persons or their numbers), what is no longer held true included."""
        ids = [getattr(one, "pk", one) for one in people]
        if self.rows is not None:
            return self.rows(ids)
        found = every_row(self.model).none()
        for path in self.persons:
            found = found | every_row(self.model).filter(**{f"{path}__in": ids})
        return found.distinct() if len(self.persons) > 1 else found


_tables: dict[type[models.Model], PersonTable] = {}
_nobody: dict[type[models.Model], str] = {}


def about_people(model: type[models.Model], label: Any, **said: Any) -> PersonTable:
    """Declare what a table records about people; see PersonTable."""
    found = PersonTable(model, label, **said)
    _tables[model] = found
    return found


def about_nobody(model: type[models.Model], why: str) -> None:
    """Declare that a table records nothing about people, and why that is so."""
    _nobody[model] = why


def every_row(model: type[models.Model]) -> models.QuerySet:
    """All rows of a table, retracted versions of dated ones included."""
    return model._base_manager.all()


def tables() -> list[PersonTable]:
    """Every table that records something about people, in the order of their declaration."""
    return list(_tables.values())


def declared(model: type[models.Model]) -> PersonTable | None:
    return _tables.get(model)


def silent() -> Iterable[type[models.Model]]:
    """Tables of which nobody has said whether they record something about people."""
    for model in apps.get_models(include_auto_created=True):
        if model not in _tables and model not in _nobody and model._meta.managed:
            yield model


def nobody() -> Mapping[type[models.Model], str]:
    return dict(_nobody)


WORDS = (models.CharField, models.TextField, models.JSONField, models.BinaryField, models.FileField)


def unsaid(table: PersonTable) -> list[str]:
    """Columns of words of a declared table of which nobody says what erasure does with them."""
    if table.erased == DELETED:
        return []
    said = {*table.emptied, *table.codes}
    return [
        one.name
        for one in table.model._meta.concrete_fields
        if isinstance(one, WORDS) and one.name not in said
    ]


# ── the tables of this floor and of the one below ───────────────────────────────────────────────────────


def _self(people):
    return Person.objects.filter(pk__in=people)


def _first_of_the_year(row):
    return row.birth.replace(month=1, day=1)


def _cases_of(people):
    return apps.get_model("procedures", "Case").objects.filter(person__in=people).values("pk")


def _causes_of(people):
    """Reasons of everything that began or ended for the people, and of the cases about them."""
    ids: set[int] = set()
    for table in tables():
        if hasattr(table.model, "begun_by_id"):
            for pair in table.of(*people).values_list("begun_by", "ended_by"):
                ids |= {ident for ident in pair if ident}
    return Cause.objects.filter(Q(pk__in=ids) | Q(case__in=_cases_of(people)))


def _papers_of(people):
    """Papers on which facts and cases of the people rest."""
    steps = apps.get_model("procedures", "CaseStep").objects.filter(case__person__in=people)
    wanted = Q(pk__in=steps.values("document")) | Q(caused__in=_causes_of(people))
    return Document.objects.filter(wanted).distinct()


def _said_of(people):
    """What the journal says of the people, of their cases and of their accounts."""
    accounts = AccountPerson.objects.filter(person__in=people).values("account")
    return EntrySubject.objects.filter(
        Q(type="person", subject_id__in=people)
        | Q(type="case", subject_id__in=_cases_of(people))
        | Q(type="account", subject_id__in=accounts)
    )


about_people(
    Person, _("Person"), rows=_self, erased=KEPT, why=_("a number, and that it was erased"), merge=STAY,
)  # fmt: skip
about_people(
    PersonName, _("Names"), persons=("person",), shown=("family", "middle", "given", "full"),
    emptied=dict.fromkeys(("family", "middle", "given", "full", "folded", "sort_key"), ""),
    covered={"folded": _("the name without marks, for search"), "sort_key": _("the name in its order")},
    retention=("retention.after_membership_years", "retention.person_without_membership_months"),
)  # fmt: skip
about_people(
    PersonParticulars, _("Particulars"), persons=("person",),
    emptied={"birth": _first_of_the_year, "birth_precision": Precision.YEAR}, codes=("sex",),
    retention=("retention.after_membership_years", "retention.person_without_membership_months"),
)  # fmt: skip
about_people(
    PersonContact, _("Contact"), persons=("person",), activity="contact", act="contact.read",
    emptied=dict.fromkeys(("phone", "email", "address"), ""),
    retention=("retention.contact_after_leaving_months",),
)  # fmt: skip
about_people(
    PersonBackground, _("Ethnicity and religion"), persons=("person",), activity="background",
    act="background.read", emptied=dict.fromkeys(("ethnicity", "religion"), ""),
    retention=("retention.background_after_leaving_months",),
)  # fmt: skip
about_people(
    Qualification, _("Qualifications"), persons=("person",), act="contact.read",
    emptied=dict.fromkeys(("name", "level"), ""), codes=("kind",),
    retention=("retention.after_membership_years",),
)  # fmt: skip
about_people(
    Membership, _("Membership"), persons=("person",), erased=KEPT, why=_("days only; counts rest on it")
)
about_people(
    MembershipStanding, _("Standing"), persons=("person",), erased=KEPT, codes=("standing",),
    why=_("days and a code; counts rest on it"),
)  # fmt: skip
about_people(
    MembershipPlace, _("Cells"), persons=("person",), erased=KEPT, codes=("kind",),
    why=_("days and a body; counts rest on it"),
)  # fmt: skip
about_people(
    MembershipCondition, _("Exemption, suspension, absence"), persons=("person",), erased=KEPT,
    codes=("kind",), why=_("days and a code; counts rest on it"),
)  # fmt: skip
about_people(
    MemberCard, _("Cards"), persons=("person",), emptied={"number": lambda row: f"#{row.pk}"[:20]},
    retention=("retention.after_membership_years",),
)  # fmt: skip
about_people(
    MemberBadge, _("Party badges"), persons=("person",), emptied={"number": ""}, codes=("manner",),
    retention=("retention.after_membership_years",),
)  # fmt: skip
about_people(
    PersonAlias, _("Records merged"), persons=("person", "survivor"), erased=KEPT, codes=("rows",),
    merge=STAY, why=_("numbers"), shown=("person", "survivor"),
    covered={"rows": _("numbers, to take it back")},
)  # fmt: skip
about_people(
    PeopleApart, _("Found not to be the same person"), persons=("first", "second"), erased=KEPT, merge=STAY,
    why=_("two numbers"),
)  # fmt: skip
about_people(
    Appointment, _("Posts held"), persons=("person",), activity="posts", erased=KEPT, codes=("manner",),
    why=_("days and a post; counts rest on it"),
)  # fmt: skip
about_people(
    Occupancy, _("Posts of the budget"), persons=("person",), activity="posts", act="staff.read",
    emptied={"title": ""}, codes=("category", "manner"), retention=("retention.after_membership_years",),
)  # fmt: skip
about_people(
    RetirementDecision, _("Decisions on retirement"), persons=("person",), activity="posts", act="staff.read",
    erased=KEPT, why=_("a month and a paper"),
)  # fmt: skip
about_people(
    AffectedPerson, _("Agreed in reorganisations"), persons=("person",), activity="posts", act="staff.read",
    emptied={"note": ""}, codes=("solution",), retention=("retention.after_membership_years",),
)  # fmt: skip
about_people(
    StaffBenefit, _("Benefits of staff"), persons=("person",), activity="posts", act="staff.read",
    emptied={"rule": ""}, codes=("kind",), retention=("retention.after_membership_years",),
)  # fmt: skip
about_people(
    PaperSignature, _("Papers signed"), persons=("person",), activity="posts", act="figures.read",
    codes=("authority", "on_behalf", "office"), erased=KEPT, why=_("a paper of a body, a day and a post"),
    shown=("draft", "document", "post", "authority", "on_behalf", "office", "valid_from"),
)  # fmt: skip
about_people(
    ErasureHold, _("Holds"), persons=("person",), activity="rights", act="person.erase",
    emptied={"reason": ""}, retention=("retention.data_request_hold_years",),
)  # fmt: skip
about_people(
    Lending, _("Mandates lent"), persons=("lender", "stand_in"), activity="posts", erased=KEPT,
    codes=("acts", "how"), why=_("days, a post and codes of acts"), merge=STAY,
    shown=("post", "acts", "first_day", "last_day", "how"),
)  # fmt: skip
about_people(
    Cause, _("Reasons"), rows=_causes_of, emptied={"text": ""}, codes=("kind",), merge=STAY, act="names.read",
)  # fmt: skip
about_people(
    Document, _("Papers"), rows=_papers_of, activity="documents", act="figures.read", merge=STAY,
    emptied={}, codes=("symbol", "kind", "issuer_name", "title", "folded"), erased=KEPT,
    shown=("symbol", "kind", "issuer", "day"), covered={"title": _("may name other people")},
    why=_("a paper of a body: its title loses the name of the person where it names them"),
)  # fmt: skip
about_people(
    IncomingPaper, _("Papers to be answered"), persons=("by_person",), activity="documents",
    act="incoming.read", merge=STAY, emptied={"note": ""},
    codes=("sender_name", "symbol", "kind", "title", "copied_to", "state", "reason", "folded"),
    shown=("unit", "year", "number", "received", "symbol", "paper_day", "due", "note"),
    covered={"title": _("may name other people"), "folded": _("for search")},
)  # fmt: skip
about_people(
    ReadLog, _("Who looked"), persons=("person", "account__holder__person"), activity="reads",
    act="reads.audit", erased=KEPT, codes=("door", "act"), merge=STAY,
    why=_("numbers, a power and a time; goes by itself when its period ends"),
    retention=("retention.read_log_months",),
)  # fmt: skip
about_people(
    AccountPerson, _("Account of the person"), persons=("person",), activity="accounts", act="user.manage",
    erased=KEPT, why=_("two numbers"), merge=REPOINT,
)  # fmt: skip
about_people(
    Account, _("Account"), persons=("holder__person",), activity="accounts", act="user.manage",
    emptied={
        "username": lambda row: f"erased-{row.pk}", "full_name": "", "password": "!", "is_active": False,
        "external_id": "",
    },
    codes=("language",), covered={"password": _("a digest that nobody can read")}, merge=DERIVED,
    shown=("username", "full_name", "language", "external_id", "is_active", "created_at", "last_login"),
)  # fmt: skip
about_people(
    SecondFactor, _("Second factors"), persons=("account__holder__person",), activity="accounts",
    act="user.manage", erased=DELETED, merge=DERIVED, shown=("kind", "name", "created_at", "used_at"),
    covered={"secret": _("who has it has the factor"), "credential": _("a digest")},
)  # fmt: skip
about_people(
    SignedIn, _("Signed in"), persons=("account__holder__person",), activity="accounts", act="user.manage",
    erased=DELETED, merge=DERIVED, shown=("how", "device", "address", "since", "seen"),
    covered={"session": _("who has it is signed in")}, retention=("signin.session_hours",),
)  # fmt: skip
about_people(
    ApiToken, _("API tokens"), persons=("account__holder__person",), activity="accounts", act="user.manage",
    erased=DELETED, merge=DERIVED, shown=("name", "scope", "created_at", "expires_on", "used_at", "ended_at"),
    covered={"digest": _("a digest of the key"), "shown": _("the beginning of the key")},
)  # fmt: skip
about_people(
    Notice, _("Told at the next sign-in"), persons=("account__holder__person",), activity="accounts",
    act="user.manage", erased=DELETED, merge=DERIVED, shown=("kind", "at", "told_at"),
    covered={"by": _("who did it stands in the journal")},
)  # fmt: skip
about_people(
    ResetCode, _("Reset of the sign-in"), persons=("account__holder__person",), activity="accounts",
    act="user.manage", erased=DELETED, merge=DERIVED, shown=("expires_at",),
    covered={"digest": _("a digest of the code")}, retention=("signin.reset_hours",),
)  # fmt: skip
about_people(
    ProviderTie, _("Ties to a provider of sign-ins"), persons=("account__holder__person",),
    activity="accounts", act="user.manage", erased=DELETED, merge=DERIVED, shown=("issuer", "subject"),
)  # fmt: skip
about_people(
    Moment, _("Moments of writing"), persons=("actor__holder__person",), activity="journal",
    act="journal.read", erased=KEPT, codes=("door", "batch"), merge=STAY,
    hidden="each stands in the journal with what was done in it", why=_("numbers and a time"),
)  # fmt: skip
about_people(
    Entry, _("Acts done"), persons=("actor__holder__person",), activity="journal", act="journal.read",
    erased=KEPT, codes=("verb", "door", "batch", "digest"), merge=STAY, why=_("codes and numbers"),
    shown=("day", "verb", "door"),
)  # fmt: skip
about_people(
    EntrySubject, _("What the journal says"), rows=_said_of, activity="journal", act="journal.read",
    emptied={"content": None, "salt": None}, codes=("type", "digest"), merge=STAY,
    shown=("entry", "content"), retention=("retention.journal_content_months",),
    covered={"salt": _("keeps the digest from being guessed"), "digest": _("a seal")},
)  # fmt: skip
about_people(
    Job, _("Long work asked for"), persons=("created_by__holder__person",), activity="work",
    act="system.run", erased=DELETED, merge=DERIVED, shown=("name", "state", "message", "created_at"),
    retention=("retention.jobs_months",),
)  # fmt: skip
about_people(
    PlanDecision, _("Decisions in plans of reorganisation"), persons=("person", "by__holder__person"),
    erased=KEPT, codes=("what", "target_key"), merge=STAY, why=_("numbers, a body and a time"),
    shown=("plan", "what", "target", "at"),
)  # fmt: skip
about_people(
    PlanAcceptance, _("Accepted in plans of reorganisation"), persons=("by__holder__person",),
    erased=KEPT, codes=("what", "target_key"), merge=STAY, why=_("a kind of thing, two bodies and a time"),
    shown=("plan", "what", "unit", "target", "at"),
)  # fmt: skip
about_people(
    HandoverLine, _("Handovers signed"), persons=("given_by", "received_by"), activity="posts", erased=KEPT,
    codes=("item", "label", "measure"), merge=STAY, why=_("what a body handed over; days and numbers"),
    shown=("plan", "item", "amount", "given_on", "received_on"),
)  # fmt: skip


def _tasks_naming(people):
    """Proposed tasks whose words name somebody: the text they were read in knew no numbers of people."""
    rows = PersonName.versions.filter(person__in=people).exclude(full="")
    names = {fold(name) for name in rows.values_list("full", flat=True)}
    found = [
        row.pk
        for row in TaskProposal.versions.only("giver", "assignee_name", "what", "source").iterator()
        if names and (said := fold(f"{row.giver} {row.assignee_name} {row.what} {row.source}"))
        and any(name in said for name in names)
    ]  # fmt: skip
    return TaskProposal.versions.filter(pk__in=found)


about_people(
    TaskProposal, _("Proposed tasks"), rows=_tasks_naming, activity="texts", act="text.read",
    emptied=dict.fromkeys(("giver", "assignee_name", "what", "source"), ""), codes=("code", "due_said"),
    merge=STAY, shown=("unit", "giver", "assignee_name", "what", "due", "source"),
)  # fmt: skip

_ABOUT_NOBODY: dict[type[models.Model], str] = {
    Link: "seals of the chain",
    Counter: "numbers",
    DocumentText: "texts of published papers; a test keeps members' papers out",
    PaperRelation: "how papers rest on one another",
    Plan: "what is to become of bodies",
    Plan.papers.through: "papers of a plan",
    PlannedChange: "what is to become of bodies and places",
    PlanClause: "clauses of published resolutions",
    **dict.fromkeys((Draft, DraftVersion, DraftPaper), "texts of bodies' papers before they are issued"),
    DraftOpinion: "what a body says of a draft, in its name",
    **dict.fromkeys((PaperDistribution, PaperReview, PaperArchive), "papers and bodies"),
    **dict.fromkeys((BodyFunction, FunctionHolding), "what bodies have to do"),
    RequiredPaper: "which papers a body must have",
    **dict.fromkeys((IncomingNumber, IncomingCopy), "numbers of a book, and bodies"),
    **dict.fromkeys((Acquaintance, AcquaintanceCall), "numbers of people by body: never who came"),
    **dict.fromkeys((JointIssuer, NumberMark, NumberSeries, SeriesBook), "numbers of papers"),
    TermOfOffice: "terms of bodies",
    DocumentPart: "parts of published papers",
    Post: "a seat, whoever holds it",
    PostExistence: "a seat, whoever holds it",
    **dict.fromkeys(
        (areas.Area, areas.AreaCode, areas.AreaName, areas.AreaPlacement, areas.AreaSuccession), "places"
    ),
    **dict.fromkeys(
        (
            units.Unit, units.UnitName, units.UnitPlacement, units.UnitForm, units.UnitService,
            units.UnitSuccession, units.UnitCustody, units.UnitLineage,
        ),
        "bodies",
    ),
}  # fmt: skip
for _model, _why in _ABOUT_NOBODY.items():
    about_nobody(_model, _why)
