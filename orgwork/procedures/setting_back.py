"""This room is for open cases that rest on a paper which is annulled: set back to the step before.

The step that the paper had fulfilled is to be taken anew, by another paper; the deadlines that ran before it
run again as they were. What had nothing before it (opened by the paper, or made for its very sake) is
withdrawn.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from orgwork.foundation.moments import Act
from orgwork.foundation.rows import insert_row
from orgwork.registers.documents import Document
from orgwork.registers.paper_relations import PaperRelation
from orgwork.registers.record import Cause
from orgwork.registers.resting import Later, caused_models, later_by_cause
from orgwork.registers.units import UnitPlacement

from .cases import BEFORE, Case, CaseDeadline, CaseHome, CaseStep, Procedure, lay_with, meet_deadlines

SET_BACK, WITHDRAW = "set_back", "withdraw"
#: What the pages call a step that no procedure declares.
LABEL = _("Set back: the paper of this step was annulled")


@dataclass(frozen=True)
class Back:
    """One case: the step whose paper goes, the state it comes back to, its deadlines, what is in the way."""

    case: Case
    step: CaseStep
    target: str
    stop: list[CaseDeadline] = field(default_factory=list)
    run: list[CaseDeadline] = field(default_factory=list)
    later: list[Later] = field(default_factory=list)

    @property
    def closes(self) -> bool:
        return self.target in self._procedure.final

    @property
    def from_label(self) -> str:
        return str(self._procedure.states[self.case.state])

    @property
    def to_label(self) -> str:
        return str(self._procedure.states[self.target])

    @property
    def label(self) -> str:
        return str(self._procedure.label)

    @property
    def _procedure(self) -> Procedure:
        return Procedure.known[self.case.procedure]


def resting_cases(paper: Document) -> list[Back]:
    """The open cases that stand where they stand by this paper; for writing, whoever asks has locked them."""
    cases = Case.objects.filter(steps__document=paper, closed_on=None).distinct().order_by("pk")
    return [back for case in cases if (back := _back(case, paper)) is not None]


def annulled_papers() -> QuerySet:
    return PaperRelation.objects.filter(kind="annuls").values("target").order_by()


def standing_steps(case: Case, name: str) -> QuerySet[CaseStep]:
    """The steps of that name that hold: none whose paper was annulled."""
    return case.steps.filter(step=name).exclude(document__in=annulled_papers())


def _back(case: Case, paper: Document) -> Back | None:
    procedure = Procedure.known[case.procedure]
    steps = list(case.steps.order_by("pk").select_related("document"))
    place = next(n for n, step in enumerate(steps) if step.document_id == paper.pk)
    step, since = steps[place], steps[place + 1 :]
    if step.step in ("open", procedure.makes):
        return Back(
            case, step, "withdrawn" if "withdrawn" in procedure.states else sorted(procedure.final)[0]
        )
    order = list(procedure.states)
    if any(_behind(order, one, step) for one in since):
        return None
    versions = CaseDeadline.versions.filter(case=case).order_by("pk")
    before = {one.pk: one for one in versions.known(step.moment)}
    return Back(
        case, step, step.source,
        stop=[one for one in versions if one.retracted is None and one.pk not in before],
        run=[one for one in before.values() if one.retracted is not None],
        later=list(_later(case, step, since, paper)),
    )  # fmt: skip


def _behind(order: list[str], one: CaseStep, step: CaseStep) -> bool:
    """Whether a later step brought the case behind the paper's: then nothing rests on the paper now."""
    back = order.index(one.target) < order.index(one.source)
    return back and order.index(one.target) <= order.index(step.source)


def _later(case: Case, step: CaseStep, since: list[CaseStep], paper: Document) -> Iterator[Later]:
    """Later steps that another paper fulfilled, and what later steps wrote down by no paper."""
    gone = {paper.pk, *annulled_papers().values_list("target", flat=True)} if since else set()
    for one in since:
        if one.document is not None and one.document_id not in gone:
            yield Later(None, "case", case.pk, one.day, paper=one.document, case=case.pk)
    causes = set(Cause.objects.filter(case=case.pk, document=None).values_list("pk", flat=True))
    for model in caused_models() if causes and since else ():
        if model is not CaseHome:
            caused = Q(begun_by__in=causes) | Q(ended_by__in=causes)
            for row in model.objects.filter(caused, recorded__gt=step.moment):
                yield later_by_cause(model, row, row.valid_from, row.begun_by_id)


# ── doing it ─────────────────────────────────────────────────────────────────────────────────────────────


def set_back(act: Act, backs: list[Back], document: Document, day: dt.date, *, cause: Cause) -> list:
    """Do it with cases looked at under their locks; what the journal says of each."""
    subjects = []
    for back in backs:
        case, source = back.case, back.case.state
        case.state, case.version = back.target, case.version + 1
        if back.closes:
            case.closed_on = day
            case.data.pop(BEFORE, None)
            meet_deadlines(case, act, day)
        else:
            _lie_again(case, act, back, day, cause)
            _say_again(case, back)
            _run_again(act, back)
        case.save(update_fields=["state", "closed_on", "version", "unit", "data"])
        CaseStep.objects.create(
            case=case, step=WITHDRAW if back.closes else SET_BACK, source=source, target=case.state, day=day,
            moment=act.moment, actor=act.actor, document=document,
        )  # fmt: skip
        subjects.append((("case", case.pk), {"from": source, "to": case.state, "decision": document.symbol}))
    return subjects


def _lie_again(case: Case, act: Act, back: Back, day: dt.date, cause: Cause) -> None:
    """With the body it lay with before, unless that has ended since: then it stays where it was laid."""
    rows = CaseHome.versions.filter(case=case).known(back.step.moment)
    home = rows.order_by("valid_from").select_related("unit").last()
    if home is not None and UnitPlacement.objects.on(day).filter(unit=home.unit).exists():
        lay_with(case, act, home.unit, day, cause=cause)


def _say_again(case: Case, back: Back) -> None:
    kept = case.data.get(BEFORE, {})
    for key, value in kept.pop(str(back.step.document_id), {}).items():
        case.data.pop(key, None)
        case.data |= {key: value[0]} if value else {}
    if not kept:
        case.data.pop(BEFORE, None)


def _run_again(act: Act, back: Back) -> None:
    """Deadlines that the step set are gone, those that it met run from the day and up to the day they had."""
    gone = [one.pk for one in back.stop]
    CaseDeadline.versions.filter(pk__in=gone, retracted=None).update(retracted=act.moment)
    for one in back.run:
        insert_row(
            CaseDeadline(
                case=back.case, kind=one.kind, runs_from=one.runs_from, due=one.due, met_on=one.met_on,
                basis=one.basis, recorded=act.moment,
            )
        )  # fmt: skip


__all__ = ["LABEL", "SET_BACK", "Back", "resting_cases", "set_back", "standing_steps"]
