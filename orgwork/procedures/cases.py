"""This room is for cases: what must be observed, step by step, before a register changes.

A procedure declares its states; a step is a plain function under ``@procedure.step``. Calling it opens the
transaction, takes the locks in one order (tree, bodies, persons), checks state and authority, runs the body,
moves the state, and writes step and journal. Drafts, deadlines, votes and sending back are the same for all.
"""

from __future__ import annotations

import datetime as dt
import functools
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db import connection, models, transaction
from django.utils.translation import gettext_lazy as _

from orgwork.foundation import journal, provisions, wording
from orgwork.foundation.constraints import AppendOnly
from orgwork.foundation.dates import DatedQuerySet, Period, replace
from orgwork.foundation.moments import Act, writing
from orgwork.foundation.provisions import Provision
from orgwork.foundation.refusals import Refusal, Stale, WrongState
from orgwork.foundation.rows import (
    Statement,
    fetch,
    gathering,
    insert_row,
    insert_values,
    together_with_numbers,
    write,
)
from orgwork.foundation.workdays import add_workdays
from orgwork.registers import access
from orgwork.registers.documents import Document
from orgwork.registers.paper_relations import PaperRelation
from orgwork.registers.people import Person
from orgwork.registers.record import Cause, HeldManager, Record, guarded
from orgwork.registers.units import Unit, locking_tree

from .fields import MOST, REMARK, WHY_BACK, Field, check, named
from .members import asking_above, chain_from, name_of


class Case(models.Model):
    """One run of a procedure about a person or a body.

    ``unit`` is the body responsible for it by the latest record; which one was on a day, ``CaseHome`` says.
    """

    procedure = models.CharField(_("procedure"), max_length=40)
    state = models.CharField(_("state"), max_length=40)
    person = models.ForeignKey(Person, models.PROTECT, null=True, related_name="cases")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="cases", verbose_name=_("body"))
    opened_on = models.DateField(_("opened on"))
    closed_on = models.DateField(_("closed on"), null=True, blank=True)
    data = models.JSONField(default=dict, blank=True)
    drafts = models.JSONField(default=dict, blank=True)
    version = models.PositiveIntegerField(default=1)
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("case")
        verbose_name_plural = _("cases")
        indexes = [
            models.Index(fields=["procedure", "state", "unit"], name="case_state"),
            models.Index(fields=["unit", "closed_on"], name="case_unit"),
            models.Index(fields=["person"], name="case_person", condition=models.Q(person__isnull=False)),
        ]

    def __str__(self):
        return f"{self.procedure} {self.pk}"

    @property
    def open(self) -> bool:
        return self.closed_on is None

    @property
    def subject(self) -> Person:
        """The person the case is about; procedures about people always have one."""
        if self.person is None:
            raise ValueError(f"case {self.pk} is about no person")
        return self.person


class Protocol(models.Model):
    """A vote as numbers that must add up: never who voted how (domain §18.1 no. 5).

    ``votes_for`` counts the proposal put to the vote; ``rule`` is the provision's version it was judged by.
    """

    case = models.ForeignKey(Case, models.PROTECT, related_name="protocols")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name=_("body"))
    kind = models.CharField(_("vote of"), max_length=40)
    day = models.DateField(_("day"))
    entitled = models.PositiveIntegerField(_("entitled"))
    summoned = models.PositiveIntegerField(_("summoned"))
    present = models.PositiveIntegerField(_("present"))
    issued = models.PositiveIntegerField(_("ballots issued"))
    collected = models.PositiveIntegerField(_("ballots collected"))
    valid = models.PositiveIntegerField(_("valid ballots"))
    votes_for = models.PositiveIntegerField(_("votes for"))
    agreed = models.BooleanField(_("agreed"))
    rule = models.CharField(max_length=120)
    moment = models.BigIntegerField()

    NUMBERS = ("entitled", "summoned", "present", "issued", "collected", "valid", "votes_for")

    class Meta:
        verbose_name = _("vote protocol")
        verbose_name_plural = _("vote protocols")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(
                    summoned__lte=models.F("entitled"), present__lte=models.F("summoned"),
                    issued__lte=models.F("present"), collected__lte=models.F("issued"),
                    valid__lte=models.F("collected"), votes_for__lte=models.F("valid"),
                ),
                name="protocol_adds_up",
            ),
            AppendOnly(name="protocol_append_only", allow=()),
        ]  # fmt: skip

    def __str__(self):
        return f"{self.votes_for} / {self.entitled}"


class CaseStep(models.Model):
    """One step taken: from which state to which, on which day, by whom, with which paper and vote."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="steps")
    step = models.CharField(_("step"), max_length=40)
    source = models.CharField(max_length=40)
    target = models.CharField(max_length=40)
    day = models.DateField(_("day"))
    moment = models.BigIntegerField()
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    document = models.ForeignKey(Document, models.PROTECT, null=True, related_name="case_steps")
    protocol = models.ForeignKey(Protocol, models.PROTECT, null=True, related_name="+")
    remark = models.TextField(_("remark"), blank=True)

    class Meta:
        verbose_name = _("step")
        verbose_name_plural = _("steps")
        constraints = [AppendOnly(name="case_step_append_only", allow=())]
        indexes = [models.Index(fields=["step", "day"], name="case_step_day")]

    def __str__(self):
        return f"{self.case_id}: {self.step}"


class CaseHome(Record):
    """The body that is responsible for a case from a day on: where the case lies.

    A case has one home on every day from its opening, its own number is the spell. What moves it is mostly a
    step; where bodies change and their cases go along, the cause is that of the change.
    """

    KEY = ("case",)

    case = models.ForeignKey(Case, models.PROTECT, related_name="homes")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name=_("body"))

    class Meta:
        verbose_name = _("responsibility for a case")
        base_manager_name = "versions"
        constraints = guarded("case_home", "case")
        indexes = [models.Index(fields=["unit", "valid_from", "valid_to", "case"], name="case_home_unit")]

    def __str__(self):
        return f"{self.case_id} with {self.unit_id}"


class CaseDeadline(models.Model):
    """A day by which a case must have gone on; ``basis`` is the version of the provision that set it.

    It runs from ``runs_from`` up to the day it was met. Like every record it is never edited: when it is met,
    what was known before is retracted and said anew, at the moment at which that became known.
    """

    case = models.ForeignKey(Case, models.PROTECT, related_name="deadlines")
    kind = models.CharField(_("deadline"), max_length=40)
    runs_from = models.DateField(_("runs from"))
    due = models.DateField(_("due"))
    met_on = models.DateField(_("met on"), null=True, blank=True)
    basis = models.CharField(max_length=120, blank=True)
    recorded = models.BigIntegerField(_("recorded"))
    retracted = models.BigIntegerField(_("retracted"), null=True, blank=True)

    objects = HeldManager()
    versions = models.Manager.from_queryset(DatedQuerySet)()

    class Meta:
        verbose_name = _("deadline")
        verbose_name_plural = _("deadlines")
        base_manager_name = "versions"
        constraints = [AppendOnly(name="case_deadline_append_only")]
        indexes = [
            models.Index(fields=["due"], name="deadline_due", condition=models.Q(met_on__isnull=True)),
            models.Index(fields=["case", "kind"], name="deadline_case"),
        ]

    def __str__(self):
        return f"{self.kind}: {self.due}"


def placed(cases, day: dt.date, *, known_at: int | None = None):
    """The cases with ``home``: the body with which each lay on the day, as known then; null for none."""
    held = models.Q(homes__retracted__isnull=True)
    if known_at is not None:
        held = models.Q(homes__recorded__lt=known_at) & (held | models.Q(homes__retracted__gte=known_at))
    on = models.Q(homes__valid_to__isnull=True) | models.Q(homes__valid_to__gt=day)
    there = models.FilteredRelation("homes", condition=held & on & models.Q(homes__valid_from__lte=day))
    return cases.alias(there=there).annotate(home=models.F("there__unit"))


def homes(cases: Iterable[int], day: dt.date, *, known_at: int | None = None) -> dict[int, int]:
    """The body with which each of these cases lay on the day."""
    rows = CaseHome.objects.on(day, known_at=known_at).filter(case__in=list(cases))
    return dict(rows.values_list("case", "unit"))


def running(day: dt.date, *, known_at: int | None = None):
    """The deadlines that ran on the day, as known then: set by then and not met on it."""
    rows = CaseDeadline.objects.at(known_at).filter(runs_from__lte=day)
    return rows.filter(models.Q(met_on__isnull=True) | models.Q(met_on__gt=day))


@dataclass
class Outcome:
    """What a step's body hands back to be written with the step.

    ``target`` is needed where the step declares several; ``said`` is the journal's content about the case;
    ``subjects`` are further ((type, id), content) pairs; ``unit`` moves the responsibility for the case.
    """

    target: str | None = None
    said: dict = field(default_factory=dict)
    subjects: list = field(default_factory=list)
    document: Document | None = None
    protocol: Protocol | None = None
    remark: str = ""
    unit: Unit | None = None
    result: Any = None


@dataclass(frozen=True)
class StepDef:
    """A step as declared: drawn on the help page, offered on the case page, walked by the permission test.

    The same for the opening of a case (``sources`` empty) and, with ``procedure`` None, for an operation
    that needs no case. ``day_label`` says which day is asked for; ``kind`` is onward, back or close.
    """

    name: str
    label: Any
    act: str
    run: Callable
    call: Callable
    fields: tuple[Field, ...] = ()
    sources: frozenset[str] = frozenset()
    targets: tuple[str, ...] = ()
    locks: tuple[str, ...] = ()
    at: Callable | None = None
    help: Any = ""
    day_label: Any = _("Day")
    kind: str = "onward"
    procedure: Any = None
    citation: str = ""
    #: ``own(fields, case)``: ids of the people who may do it for themselves, without a post.
    own: Callable | None = None

    @property
    def verb(self) -> str:
        """The journal's verb."""
        return f"{self.procedure.code}.{self.name}" if self.procedure else self.name

    #: How many numbers of which sequence it used the last time: drawn together the next time.
    numbers: Counter = field(default_factory=Counter, compare=False, repr=False)


@dataclass
class Opening:
    """What the body of an opener hands back: where the case lies, whom it is about, what is known so far."""

    unit: Unit
    person: Person | None = None
    data: dict = field(default_factory=dict)
    said: dict = field(default_factory=dict)
    subjects: list = field(default_factory=list)
    document: Document | None = None
    deadlines: list = field(default_factory=list)  # (kind, start, provision)
    then: Callable[[Case], None] | None = None  # what is written once the case has its number


class Procedure:
    """A kind of case with its states and steps. ``states`` maps codes to labels, in the drawing's order."""

    known: dict[str, Procedure] = {}

    def __init__(
        self, code: str, *, label, states: Mapping[str, Any], initial: str, final: Iterable[str], help="",
        citation: str = "", about: str = "person", makes: str = "",
    ):  # fmt: skip
        self.code, self.label, self.states, self.help = code, label, dict(states), help
        self.initial, self.final = initial, frozenset(final)
        self.citation, self.about = citation, about
        #: The step whose paper is the very thing the case was for: annulled, the case has come to nothing.
        self.makes = makes
        self.opening: StepDef | None = None
        self.steps: dict[str, StepDef] = {}
        Procedure.known[code] = self

    def opener(
        self, *, act: str, label, at: Callable, fields: Iterable[Field] = (), locks: Iterable[str] = (),
        help="", day_label=None, own: Callable | None = None,
    ):  # fmt: skip
        """Declare how a case is opened: ``open_it(actor=, door=, day=, **fields) -> Case``.

        ``at(fields)``, the day among them, gives the body over which the power is needed.
        """

        def declare(run: Callable) -> Callable:
            @functools.wraps(run)
            def call(
                *, actor=None, door: str = "web", day: dt.date | None = None, within: Act | None = None,
                **given,
            ) -> Case:  # fmt: skip
                values = check(definition.fields, given)
                with doing(actor, door, within, definition) as doing_now:
                    return self._open(definition, doing_now, day or doing_now.day, values)

            definition = StepDef(
                "open", label, act, run, call, tuple(fields), targets=(self.initial,), locks=tuple(locks),
                at=at, help=help, day_label=day_label or _("Day"), procedure=self, own=own,
            )  # fmt: skip
            self.opening = definition
            call.definition = definition  # type: ignore[attr-defined]
            return call

        return declare

    def _open(self, definition: StepDef, act: Act, day, values) -> Case:
        possible_day(act, day, ahead=self.about != "person")
        lock_named(definition.locks, values, act)
        over = allow(definition, act, values, day)
        if (waits := first_of_two(definition, act, day, values, over)) is not None:
            return waits
        with_papers(definition, act, day, values, over)
        opening = definition.run(act, day=day, **values)
        case = Case(
            procedure=self.code, state=self.initial, person=opening.person, unit=opening.unit, opened_on=day,
            data=opening.data, opened_by=act.actor,
        )  # fmt: skip
        insert_row(case)
        case.__dict__.update(_act=act, _day=day)
        if not act.unheard:
            insert_values(CaseHome, HOME, (case.pk, case.unit_id, day, None, act.moment, case.pk, None))
        _enter_step(case, act, "open", "", day, document=opening.document)
        for kind, start, rule in opening.deadlines:
            set_deadline(case, kind, start, rule)
        if opening.then is not None:
            opening.then(case)
        said = {"to": self.initial, **opening.said}
        _note(act, definition.verb, case, day, Outcome(said=said, subjects=opening.subjects))
        del case.__dict__["_act"], case.__dict__["_day"]
        if (held := _held(act)) is not None:
            held.cases[case.pk] = case
            if opening.person is not None and not opening.person._state.adding:
                held.persons[opening.person.pk] = opening.person
            case.__dict__.update(_home=[(None, case.unit_id, day, None)], _was=json.dumps(case.data))
        return case

    def step(
        self, name: str, *, source: Iterable[str], target, act: str, label, fields: Iterable[Field] = (),
        locks: Iterable[str] = (), at=None, help="", day_label=None, kind: str = "onward",
        own: Callable | None = None,
    ):  # fmt: skip
        """Declare a step. ``target`` is a state, or several of which the body's Outcome names one.

        ``locks``: of "tree", "unit", "cell" (the one in the case's data), "person"; ``at(case, fields)``, the
        day among them, gives the body over which the power is needed when it is not the case's own. Called as
        ``step(case, actor=, door=, day=, **fields)``.
        """
        sources = frozenset((source,) if isinstance(source, str) else source)
        targets = (target,) if isinstance(target, str) else tuple(target)
        unknown = (sources | set(targets)) - set(self.states)
        if unknown:
            raise ValueError(f"{self.code}.{name}: unknown states {sorted(unknown)}")

        def declare(run: Callable) -> Callable:
            @functools.wraps(run)
            def call(
                case: Case, *, actor=None, door: str = "web", day: dt.date | None = None,
                within: Act | None = None, seen: int | None = None, **given,
            ):  # fmt: skip
                values = check(definition.fields, given)
                with doing(actor, door, within, definition) as doing_now:
                    return self._take(definition, case, doing_now, day or doing_now.day, seen, values)

            definition = StepDef(
                name, label, act, run, call, tuple(fields), sources, targets, tuple(locks), at, help,
                day_label or _("Day"), kind, self, own=own,
            )  # fmt: skip
            self.steps[name] = definition
            call.definition = definition  # type: ignore[attr-defined]
            return call

        return declare

    def goes_back(self, *, source, target: str, act: str, name="send_back", at=None, label=None, to=None):
        """Declare the step "send back for completion": a remark is asked for, and the case returns.

        ``to(case)`` gives the body that is to complete it, if it is another.
        """

        def run(case, act, *, day, remark):
            return Outcome(remark=remark, said={"remark": remark}, unit=to(case) if to else None)

        return self.step(
            name, source=source, target=target, act=act, at=at, fields=[WHY_BACK], kind="back",
            label=label or _("Send back for completion"),
        )(run)  # fmt: skip

    def may_be_withdrawn(self, *, source, act: str, at=None):
        """Declare the step "withdraw": the case is closed and nothing is changed."""

        def run(case, act, *, day, remark):
            return Outcome(remark=remark, said={"remark": remark})

        return self.step(
            "withdraw", source=source, target="withdrawn", act=act, at=at, fields=[REMARK], kind="close",
            label=_("Withdraw"),
        )(run)  # fmt: skip

    def _take(self, definition: StepDef, case: Case, act: Act, day, seen, values):
        locked = lock(case, definition.locks, values, day, act)
        locked.__dict__.update(_act=act, _day=day)
        if seen is not None and locked.version != seen:
            raise Stale(
                _("This case has gone on since you opened it. Reload the page, look at it, and try again.")
            )
        if locked.procedure != self.code:
            raise WrongState(_("This step belongs to another procedure than the case."))
        if locked.state not in definition.sources:
            raise WrongState(
                _("This step cannot be taken now: the case is in the state “%(state)s”.")
                % {"state": self.states[locked.state]}
            )
        possible_day(act, day, ahead=self.about != "person")
        over = allow(definition, act, values, day, locked)
        _in_order(locked, day)
        if (waits := first_of_two(definition, act, day, values, over, locked)) is not None:
            return waits
        with_papers(definition, act, day, values, over)
        outcome = definition.run(locked, act, day=day, **values)
        outcome = outcome if isinstance(outcome, Outcome) else Outcome(said=outcome or {})
        self._move(definition, locked, act, day, outcome)
        # What a step remembered while it ran (names with a bar before them) does not outlive its transaction.
        case.__dict__.update({k: v for k, v in locked.__dict__.items() if not k.startswith("_")})
        case._state.fields_cache = dict(locked._state.fields_cache)
        if (held := _held(act)) is not None:
            held.cases[case.pk] = locked
        return outcome.result if outcome.result is not None else locked

    def _move(self, definition, case, act, day, outcome):
        target = outcome.target or definition.targets[0]
        if target not in definition.targets:
            raise ValueError(f"{self.code}.{definition.name}: {target} is not a declared target")
        source, case.state = case.state, target
        case.version += 1
        case.drafts.pop(definition.name, None)
        if outcome.unit is not None:
            lay_with(case, act, outcome.unit, day)
        if target in self.final:
            case.closed_on = day
            case.data.pop(BEFORE, None)
            meet_deadlines(case, act, day)
        elif outcome.document is not None:
            _remember(case, outcome.document)
        _store(case)
        _enter_step(
            case, act, definition.name, source, day, document=outcome.document, protocol=outcome.protocol,
            remark=outcome.remark,
        )  # fmt: skip
        outcome.said = {"from": source, "to": target, **outcome.said}
        _note(act, definition.verb, case, day, outcome)

    def open_steps(self, case: Case) -> list[StepDef]:
        """The steps that could be taken from where the case stands."""
        return [s for s in self.steps.values() if case.state in s.sources]


#: Where a case under way keeps, by the number of a paper, what its data said before the paper's step.
BEFORE = "before"


def _remember(case: Case, document: Document) -> None:
    """What the step changed of the case's data, for the day on which its paper is annulled.

    A list of one value for each entry, an empty one where there was none.
    """
    was = json.loads(case.__dict__["_was"])
    kept = case.data.get(BEFORE, {})
    grow = {BEFORE, "rules"}
    old, new = ({key: [data[key]] for key in data if key not in grow} for data in (was, case.data))
    changed = {key: old.get(key, []) for key in sorted({*old, *new}) if old.get(key) != new.get(key)}
    if changed:
        of_the_paper = str(document.pk)
        case.data[BEFORE] = {**kept, of_the_paper: {**changed, **kept.get(of_the_paper, {})}}


def _enter_step(
    case: Case, act: Act, name: str, source: str, day: dt.date, *, document: Document | None = None,
    protocol: Protocol | None = None, remark: str = "",
) -> None:  # fmt: skip
    """The step taken, to which nobody refers; the state it came to is the case's."""
    if act.unheard:
        return
    ids = [getattr(one, "pk", None) for one in (act.actor, document, protocol)]
    values = (case.pk, name, source, case.state, day, act.moment, *ids, remark)
    insert_values(CaseStep, STEP, values)


STEP = (
    "case_id", "step", "source", "target", "day", "moment", "actor_id", "document_id", "protocol_id",
    "remark",
)  # fmt: skip


def _store(case: Case) -> None:
    """Write down what a step may change of its case."""
    case.__dict__["_was"] = json.dumps(case.data)
    act = case.__dict__["_act"]
    if act.unheard and _held(act) is not None:
        return  # the next step takes it from here
    values: list[Any] = [case.state, case.unit_id, case.closed_on]
    values += [case.__dict__["_was"], json.dumps(case.drafts)]
    write(
        "UPDATE procedures_case SET state = %s, unit_id = %s, closed_on = %s, data = %s, drafts = %s,"
        " version = %s WHERE id = %s",
        [*values, case.version, case.pk],
    )


@contextmanager
def doing(
    actor, door: str, within: Act | None, definition: StepDef | None = None
) -> Iterator[Act]:  # fmt: skip
    """The act that is under way, or a new one of its own; a refused step leaves nothing behind in either."""
    numbers = definition.numbers if definition else None
    if within is not None and _held(within) is not None:
        yield within
    elif within is None:
        with writing(actor=actor, door=door) as act, gathering(numbers):
            yield act
    else:
        with transaction.atomic(), gathering(numbers):
            yield within


class _Held:
    """What steps taken in one go have locked and read: the next one finds it as they left it."""

    def __init__(self) -> None:
        self.cases: dict[int, Case] = {}
        self.locked: dict[Any, set[int]] = {Unit: set(), Person: set()}
        self.persons: dict[int, Person] = {}


@contextmanager
def in_one_go(act: Act, numbers: Counter) -> Iterator[None]:
    """Several steps within an act as if they were one: a refusal takes them back together.

    Nobody else comes between, so what one of them locked and read the next need not ask for. ``numbers``
    is kept by the caller, as for ``gathering``.
    """
    with transaction.atomic(), gathering(numbers):
        vars(act)["held"] = _Held()
        try:
            yield
        finally:
            del vars(act)["held"]


def _held(act: Act) -> _Held | None:
    return vars(act).get("held")


#: How far ahead a decision may say that something holds, and how far back a late entry may go.
AHEAD, BACK = dt.timedelta(days=3_653), dt.date(1930, 1, 1)


def possible_day(act: Act, day: dt.date, *, ahead: bool) -> None:
    """Refuse a day that can only be a slip; what is done about people is not done in the future."""
    if not BACK <= day <= act.day + AHEAD:
        raise Refusal(
            _("%(day)s lies too far away; look at the year again.") % {"day": wording.day(day)},
            field="day",
            code="day_out_of_range",
        )
    if day > act.day and not ahead:
        raise Refusal(
            _("%(day)s lies in the future; record it when it has happened.") % {"day": wording.day(day)},
            field="day",
            code="in_the_future",
        )


def allow(definition: StepDef, act: Act, values: Mapping, day: dt.date, case: Case | None = None):
    """Refuse who may not, unless authority was judged once for the whole; the body it was judged at."""
    asked = {**values, "day": day}
    if definition.at is None:
        over = case.unit if case else None
    else:
        over = definition.at(asked) if case is None else definition.at(case, asked)
    if act.cleared or _does_it_for_oneself(definition, act, asked, case):
        return over
    mandate = access.require(act.actor, definition.act, over, now=act.day)
    vars(act)["lender"] = mandate.lender if mandate else None
    return over


def _does_it_for_oneself(definition: StepDef, act: Act, asked: Mapping, case: Case | None) -> bool:
    """What people may do about themselves needs no post, and is never done in somebody's stead."""
    person = access.person_of(act.actor) if definition.own is not None else None
    if person is None or definition.own is None or person not in definition.own(asked, case):
        return False
    vars(act)["lender"] = None
    return True


def standing_in(act: Act) -> dict:
    """What the journal says besides when somebody stands in for the holder of a post: X for Y."""
    lender = vars(act).get("lender")
    return {"standing_in_for": lender} if lender else {}


def first_of_two(definition: StepDef, act: Act, day: dt.date, values: dict, over, case=None) -> Any:
    """The proposal that waits for a second person where provisions ask for two; None: go on alone."""
    if act.cleared or definition.verb not in provisions.on(act.day)["four_eyes.verbs"].value:
        return None
    from . import four_eyes

    return four_eyes.first(definition, act, day, values, over, case)


def with_papers(definition: StepDef, act: Act, day: dt.date, values: dict, over: Unit | None) -> None:
    """Papers that came in words become papers of the register (the same paper is found, not doubled).

    A decision of which no issuer is named is one of the body that decides.
    """
    from .papers import register_paper

    for one in definition.fields:
        if one.type == "document" and isinstance(values.get(one.name), Mapping):
            said = {k: v for k, v in values[one.name].items() if v not in (None, "")}
            if one.paper == "decision" and "issuer_name" not in said:
                said.setdefault("issuer", over)
            if said.pop("next", False) and "symbol" not in said:
                values[one.name] = _numbered(act, one, {"day": day, "kind": one.paper, **said})
                continue
            values[one.name] = register_paper(act, field=one.name, **{"day": day, "kind": one.paper, **said})
        paper = values.get(one.name)
        if one.paper == "decision" and isinstance(paper, Document) and paper.recorded != act.moment:
            _refuse_annulled(paper, one)


def _refuse_annulled(paper: Document, one: Field) -> None:
    """Nothing is done anew by a decision that never held."""
    row = PaperRelation.objects.filter(target=paper, kind="annuls").select_related("source").first()
    if row is not None:
        raise Refusal(
            _("%(symbol)s was annulled by %(by)s; enter the decision that holds.")
            % {"symbol": paper.symbol, "by": row.source.symbol},
            field=one.name, code="annulled",
        )  # fmt: skip


def _numbered(act: Act, one: Field, said: dict) -> Document:
    """A paper that is given the next number of its issuer's series while the step is taken."""
    from . import numbering

    if not isinstance(said.get("issuer"), Unit):
        raise Refusal(
            _("Only a body of the register gives numbers here; choose who issues the paper."),
            field=one.name, code="missing",
        )  # fmt: skip
    return numbering.register_paper(act, field=one.name, **said)


def _in_order(case: Case, day: dt.date) -> None:
    """A step cannot lie before the one it rests on."""
    if day < case.opened_on:
        raise Refusal(
            _("The case was opened on %(opened)s; a step on %(day)s would lie before it. Choose a later day.")
            % {"opened": wording.day(case.opened_on), "day": wording.day(day)},
            field="day",
            code="before_the_case",
        )


def not_before(earlier: dt.date, day: dt.date, what) -> None:
    """Refuse a day that lies before what must have happened first."""
    if day < earlier:
        raise Refusal(
            _("%(what)s was on %(earlier)s; choose that day or a later one.")
            % {"what": what, "earlier": wording.day(earlier)},
            field="day",
            code="too_early",
        )


def lock(case: Case, locks: Iterable[str], values: Mapping, day: dt.date, act: Act | None = None) -> Case:
    """Take the declared locks in the one order of the house, then the case; only then look.

    What nearly every step looks at comes with the same message: its person, and what stands above its cell.
    """
    locks, held = set(locks), _held(act) if act is not None else None
    known = held.cases.get(case.pk) if held else None
    cell = case.data["cell"] if "cell" in locks else None
    look = {} if known else {"case": _case(case.pk), "home": _home(case.pk)}
    if "person" in locks and case.person_id and not (held and case.person_id in held.persons):
        look["person"] = _row(Person, case.person_id)
    if cell is not None and not held:
        look["above"] = asking_above(cell, day)
    if gone := _merged(locks, values, case, held=held):
        look["gone"] = gone
    taken = _locking(locks, values, case, held=held)
    answers = together_with_numbers([*taken, *look.values()])
    seen = dict(zip(look, answers[len(taken) :], strict=True))
    _refuse_merged(seen.get("gone"))
    locked = _as_left(known) if known else _as_read(seen["case"], seen["home"])
    if "person" in locks and case.person_id:
        if "person" in seen:
            person = Person.from_db(connection.alias, _columns(Person), seen["person"][0])
        else:
            assert held is not None
            person = held.persons[case.person_id]
        locked.person = person
        if held:
            held.persons[person.pk] = person
    if "above" in seen:
        locked.__dict__["_chain"] = (cell, day, chain_from(seen["above"]))
    return locked


def _as_read(case, home) -> Case:
    if not case:
        raise Case.DoesNotExist
    locked = Case.from_db(connection.alias, _columns(Case), _from_database(case[0]))
    locked.__dict__.update(_home=home, _was=case[0][_columns(Case).index("data")])
    return locked


def _as_left(case: Case) -> Case:
    """The case that a step in the same go has left: what that step remembered for itself is gone."""
    for name in [name for name in case.__dict__ if name.startswith("_") and name not in OUTLIVE]:
        del case.__dict__[name]
    return case


#: Of what a step remembers with its case this stays true for the next one in the same go.
OUTLIVE = {"_state", "_home", "_was", "_cell", "_chain"}


def lock_named(locks: Iterable[str], values: Mapping, act: Act | None = None) -> None:
    """Take the declared locks; the numbers that the step will need are drawn with them."""
    held = _held(act) if act is not None else None
    gone = _merged(locks, values, held=held)
    answers = together_with_numbers([*_locking(locks, values, held=held), *([gone] if gone else [])])
    _refuse_merged(answers[-1] if gone else None)


def _merged(
    locks: Iterable[str], values: Mapping, case: Case | None = None, *, held: _Held | None = None
) -> Statement | None:
    """Which of the persons locked were merged into another record while somebody waited for their locks."""
    people = named(values, Person) | ({case.person_id} if case and case.person_id else set())
    if held:
        people -= held.locked[Person]
    if "person" not in locks or not people:
        return None
    if held and not connection.features.has_select_for_update:
        held.locked[Person] |= people  # else whoever takes the lock notes it
    marks = ", ".join(["%s"] * len(people))
    return f"SELECT id FROM registers_person WHERE id IN ({marks}) AND merged", sorted(people)  # noqa: S608


def _refuse_merged(gone) -> None:
    if gone:
        raise Stale(
            _("Record #%(number)s was merged into another one in the meantime; look at it again.")
            % {"number": gone[0][0]}
        )


def _locking(
    locks: Iterable[str], values: Mapping, case: Case | None = None, *, held: _Held | None = None
) -> list[Statement]:
    """The tree, then bodies, then persons; ascending ids, never plain FOR UPDATE."""
    locks = set(locks)
    if not connection.features.has_select_for_update:
        return []  # the one writer
    statements = [locking_tree()] if "tree" in locks else []
    units: set[int | None] = set()
    people: set[int | None] = set()
    if "unit" in locks:
        units |= named(values, Unit) | {case.unit_id if case else None}
    if "cell" in locks and case:
        units.add(case.data["cell"])
    if "person" in locks:
        people |= named(values, Person) | {case.person_id if case else None}
    for model, wanted in ((Unit, units), (Person, people)):
        if held:
            wanted -= held.locked[model]
            held.locked[model] |= {ident for ident in wanted if ident is not None}
        statements += locking_rows(model, wanted)
    return statements


def locking_rows(model, ids: Iterable[int | None]) -> list[Statement]:
    """Lock identity rows in the order of their ids, so that inserts that refer to them need not wait."""
    wanted = sorted(ident for ident in set(ids) if ident is not None)
    if not wanted:
        return []
    table, marks = model._meta.db_table, ", ".join(["%s"] * len(wanted))
    rows = f"SELECT id FROM {table} WHERE id IN ({marks}) ORDER BY id FOR NO KEY UPDATE"  # noqa: S608
    return [(rows, wanted)]


def _case(ident: int) -> Statement:
    """The case as it stands when its lock is had."""
    sql, values = _row(Case, ident)
    return sql + (" FOR NO KEY UPDATE" if connection.features.has_select_for_update else ""), values


@functools.cache
def _columns(model) -> list[str]:
    return [column.attname for column in model._meta.concrete_fields]


def _row(model, ident: int) -> Statement:
    """One row, its columns in the order of ``_columns``."""
    names = ", ".join(f'"{column.column}"' for column in model._meta.concrete_fields)
    return f"SELECT {names} FROM {model._meta.db_table} WHERE id = %s", [ident]  # noqa: S608


def _from_database(row: tuple) -> list:
    """The columns of a case; what it keeps as JSON comes as text."""
    values = list(row)
    for name in ("data", "drafts"):
        place = _columns(Case).index(name)
        values[place] = json.loads(values[place])
    return values


def _note(act: Act, verb: str, case: Case, day, outcome: Outcome):
    """The journal's entry: about the case, its person and its body, and whatever the step named besides."""
    subjects = [(("case", case.pk), {**outcome.said, **standing_in(act)})]
    named = {key for key, _said in outcome.subjects}
    if case.person_id and ("person", case.person_id) not in named:
        subjects.append((("person", case.person_id), {}))
    if ("unit", case.unit_id) not in named:
        subjects.append((("unit", case.unit_id), {}))
    journal.record(act, verb, day=day, case=case.pk, subjects=subjects + outcome.subjects)


def refuse_second_case(procedure: str, person: Person, day: dt.date, already: Any, *, name: str = "") -> None:
    """Refuse to open a case about somebody about whom one of that procedure is open.

    ``already`` is the sentence with %(name)s; ``name`` is given where whoever asks may not read it.
    """
    if Case.objects.filter(procedure=procedure, person=person, closed_on__isnull=True).exists():
        raise Refusal(already % {"name": name or name_of(person, day)}, field="person", code="case_open")


def vote(
    case: Case, act: Act, *, unit: Unit, kind: str, day: dt.date, rule: Provision, numbers: Mapping[str, int],
    expected: int | range | None = None,
) -> Protocol:  # fmt: skip
    """Write a vote's protocol after checking that it adds up; ``agreed`` says whether it meets the rule.

    ``expected`` is the number entitled by the register, or from how many to how many where some count only if
    they attend; a protocol with another one is refused at that field.
    """
    given: dict[str, int] = {}
    for name in Protocol.NUMBERS:
        value = numbers.get(name)
        if not isinstance(value, int) or not 0 <= value <= MOST:
            raise Refusal(_("Enter a whole number of zero or more."), field=name, code="number_missing")
        given[name] = value
    for more, fewer in zip(Protocol.NUMBERS, Protocol.NUMBERS[1:], strict=False):
        if given[fewer] > given[more]:
            raise Refusal(
                _("“%(fewer)s” (%(low)s) cannot be more than “%(more)s” (%(high)s); check the protocol.")
                % {
                    "fewer": _called(fewer), "low": given[fewer], "more": _called(more), "high": given[more],
                },
                field=fewer, code="protocol_does_not_add_up",
            )  # fmt: skip
    if expected is not None:
        _as_in_the_register(given["entitled"], expected)
    agreed = rule.value.met(given["votes_for"], given[rule.value.counted])
    said = {"agreed": agreed, "rule": rule.version, "moment": act.moment, **given}
    protocol = Protocol(case=case, unit=unit, kind=kind, day=day, **said)
    return protocol if act.unheard else insert_row(protocol)


def vote_by_rule(
    case: Case, act: Act, *, unit: Unit, kind: str, day: dt.date, numbers: Mapping[str, int],
    expected: int | range | None = None,
) -> Protocol:  # fmt: skip
    """A vote judged by the provision of its name, ``votes.<kind>``; the case keeps which version that was."""
    rule = provisions.on(day)[f"votes.{kind}"]
    protocol = vote(case, act, unit=unit, kind=kind, day=day, rule=rule, numbers=numbers, expected=expected)
    used(case, rule)
    return protocol


def numbers_of(protocol: Protocol) -> dict:
    """The numbers of a vote as the journal keeps them."""
    said = {name: getattr(protocol, name) for name in protocol.NUMBERS}
    return {**said, "agreed": protocol.agreed, "rule": protocol.rule}


def used(case: Case, *rules: Provision) -> None:
    """The case keeps by which versions of which rules it was judged."""
    kept = case.data.setdefault("rules", [])
    kept += [rule.version for rule in rules if rule.version not in kept]


def _as_in_the_register(given: int, expected: int | range) -> None:
    """Refuse a protocol that counts others entitled than the register does."""
    known = range(expected, expected + 1) if isinstance(expected, int) else expected
    if given in known:
        return
    shown = str(known[0]) if len(known) == 1 else f"{known[0]}–{known[-1]}"
    raise Refusal(
        _("The register has %(expected)s entitled to vote on that day, the protocol says %(given)s; "
          "correct the one that is wrong.") % {"expected": shown, "given": given},
        field="entitled", code="protocol_differs_from_register",
    )  # fmt: skip


def _called(number: str) -> str:
    """What a number of a protocol is called."""
    return str(getattr(Protocol._meta.get_field(number), "verbose_name", number))


def set_deadline(case: Case, kind: str, start: dt.date, rule: Provision) -> CaseDeadline:
    """The step under way sets a deadline: ``rule`` working days from ``start`` (that day not counted)."""
    return _set(case, kind, start, add_workdays(start, rule.value), rule)


def set_last_day(case: Case, kind: str, last: dt.date, rule: Provision | None = None) -> CaseDeadline:
    """A deadline on a day that is known: the last day of something that has an end, or a day agreed upon."""
    return _set(case, kind, case.__dict__["_day"], last, rule)


def _set(case, kind, start, due, rule) -> CaseDeadline:
    moment, basis = case.__dict__["_act"].moment, rule.version if rule else ""
    row = CaseDeadline(case=case, kind=kind, runs_from=start, due=due, basis=basis, recorded=moment)
    return insert_row(row)


def meet_deadline(case: Case, kind: str, day: dt.date) -> None:
    """The step under way is what the deadlines of this kind asked for."""
    meet_deadlines(case, case.__dict__["_act"], day, kind=kind)


def meet_deadlines(case: Case, act: Act, day: dt.date, *, kind: str | None = None) -> None:
    """Deadlines that run are met on the day: all of the case's, or those of a kind."""
    which = "case_id = %s AND met_on IS NULL AND retracted IS NULL"
    values: tuple = (case.pk,)
    if kind is not None:
        which, values = which + " AND kind = %s", (case.pk, kind)
    said = "case_id, kind, runs_from, due, basis"
    write(
        f"INSERT INTO procedures_casedeadline ({said}, met_on, recorded)"  # noqa: S608
        f" SELECT {said}, %s, %s FROM procedures_casedeadline WHERE {which} ORDER BY id",
        [connection.ops.adapt_datefield_value(day), act.moment, *values],
    )
    write(f"UPDATE procedures_casedeadline SET retracted = %s WHERE {which}", [act.moment, *values])  # noqa: S608


def lay_with(case: Case, act: Act, unit: Unit, day: dt.date, *, cause: Cause | None = None) -> None:
    """From the day on another body is responsible for the case; whoever calls has locked the case."""
    if unit.pk == case.unit_id:
        return
    case.unit = unit
    found = case.__dict__.pop("_home", None) or fetch(*_home(case.pk))
    _ident, before, since, begun_by = found[0] if found else (None, None, day, None)
    if not found or since > day:
        # The case came to where it lies on a day after this one: the general verb settles the days.
        value = {"unit_id": unit.pk}
        replace(CaseHome, act, {"case": case}, Period(day), value, cause=cause, spell=case.pk, verb="change")
        return
    why = cause.pk if cause else None
    if _held(act) is not None:
        case.__dict__["_home"] = [(None, unit.pk, day, why)]
        if act.unheard:
            return
    here = "case_id = %s AND retracted IS NULL AND valid_to IS NULL"
    write(f"UPDATE procedures_casehome SET retracted = %s WHERE {here}", [act.moment, case.pk])  # noqa: S608
    if since < day:
        piece = (case.pk, before, since, day, act.moment, case.pk, begun_by, why)
        insert_values(CaseHome, (*HOME, "ended_by_id"), piece)
    insert_values(CaseHome, HOME, (case.pk, unit.pk, day, None, act.moment, case.pk, why))


HOME = ("case_id", "unit_id", "valid_from", "valid_to", "recorded", "spell", "begun_by_id")


def _home(case: int) -> Statement:
    """Where a case lies by the latest record."""
    return (
        "SELECT id, unit_id, valid_from, begun_by_id FROM procedures_casehome"
        " WHERE case_id = %s AND retracted IS NULL AND valid_to IS NULL",
        [case],
    )


def save_draft(case: Case, step: str, values: Mapping, *, actor, now: dt.date) -> None:
    """Keep what was typed so far; nothing of it is true yet, so neither moment nor journal."""
    definition = Procedure.known[case.procedure].steps[step]
    over = definition.at(case, {**values, "day": now}) if definition.at else case.unit
    access.require(actor, definition.act, over, now=now)
    with transaction.atomic():
        locked = Case.objects.select_for_update(no_key=True).get(pk=case.pk)
        locked.drafts[step] = dict(values)
        locked.save(update_fields=["drafts"])


def cause(kind: str, *, case: Case | None = None, document: Document | None = None, text: str = "") -> Cause:
    """Why a fact begins or ends: to be handed to the verbs of the registers."""
    return insert_row(Cause(kind=kind, case=case.pk if case else None, document=document, text=text))
