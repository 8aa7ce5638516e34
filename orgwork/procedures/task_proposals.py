"""This room is for proposed tasks: taken from a text, done with, or taken back because it was a mistake."""

from __future__ import annotations

import datetime as dt
import re

from django.utils.translation import gettext_lazy as _

from orgwork.foundation import wording
from orgwork.foundation.dates import begin, correct, end, new_spells
from orgwork.foundation.moments import Act
from orgwork.foundation.refusals import Refusal
from orgwork.registers.task_proposals import TaskProposal
from orgwork.registers.units import ROOT, Unit

from .cases import Outcome, cause
from .fields import REASON, Field
from .operations import operation

ACT = "text.work"
_YEAR = re.compile(r"(?:19|20|21)\d\d")


def due_day(said: str) -> tuple[dt.date | None, str]:
    """The day by which it is due and, where only a year was said, that year; refuses what is neither."""
    if not said:
        return None, ""
    if _YEAR.fullmatch(said):
        return dt.date(int(said), 12, 31), said
    try:
        return dt.date.fromisoformat(said), ""
    except ValueError as error:
        raise Refusal(
            _("“Due” is a day such as 2025-06-30, or a year such as 2025; “%(said)s” is neither.")
            % {"said": said},
            field="due", code="due",
        ) from error  # fmt: skip


@operation(
    "task.propose",
    label=_("Enter a proposed task"),
    act=ACT,
    at=lambda asked: asked["unit"],
    day_label=_("Day of the text"),
    help=_("What a paper asks somebody to do. It binds nobody until a work programme takes it."),
    fields=[
        Field("unit", "unit", _("Body the task is kept at")),
        Field("what", "words", _("What is to be done")),
        Field("giver", "text", _("Who asks"), required=False, most=300),
        Field("assignee", "unit", _("Who is to do it"), required=False),
        Field("assignee_name", "text", _("Who is to do it, in words"), required=False, most=300,
              help=_("Only for somebody who is no body of the register.")),
        Field("due", "text", _("Due"), required=False, most=20,
              help=_("A day such as 2025-06-30, or a year.")),
        Field("source", "text", _("Said in"), required=False, most=300),
        Field("text", "number", _("Number of the kept text"), required=False),
    ],
)  # fmt: skip
def propose(act: Act, *, day, unit: Unit, what, giver, assignee, assignee_name, due, source, text):
    """One row of the register; ``result`` is the task."""
    if assignee is not None and assignee_name:
        raise Refusal(
            _("Say once who is to do it: choose the body, or name it in words."), field="assignee_name"
        )
    last, said = due_day(due)
    if last is not None and last < day:
        raise Refusal(
            _("It is due on %(due)s, before the day of the text (%(day)s); look at the two days again.")
            % {"due": wording.day(last), "day": wording.day(day)},
            field="due", code="due",
        )  # fmt: skip
    spell = new_spells()[0]
    row = begin(
        TaskProposal, act, day, spell=spell, code=f"T{spell}", unit=unit, giver=giver, assignee=assignee,
        assignee_name=assignee_name, what=what, due=last, due_said=said, source=source, text=text,
    )  # fmt: skip
    return Outcome(subjects=[_told(row)], result=row)


@operation(
    "task.finish",
    label=_("Say that a proposed task is done with"),
    act=ACT,
    at=lambda asked: _over(asked["task"]),
    fields=[Field("task", "number", _("Number of the task")), REASON],
)
def finish(act: Act, *, day, task, reason):
    """It was carried out, taken into a programme, or is no longer wanted; the row ends on that day."""
    row = _find(task)
    if day <= row.valid_from:
        raise Refusal(
            _("The task is of %(day)s; it cannot be done with before the next day. A mistake is taken back.")
            % {"day": wording.day(row.valid_from)},
            field="day", code="too_early",
        )  # fmt: skip
    if row.valid_to is not None:
        raise Refusal(
            _("The task has been done with since %(day)s.") % {"day": wording.day(row.valid_to)},
            field="task", code="nothing_there",
        )  # fmt: skip
    end(TaskProposal, act, {"code": row.code}, day, cause=cause("other", text=reason), seen=row)
    return Outcome(subjects=[_told(row)], result=row)


@operation(
    "task.take_back",
    label=_("Take back a proposed task entered by mistake"),
    act=ACT,
    at=lambda asked: _over(asked["task"]),
    fields=[Field("task", "number", _("Number of the task")), REASON],
)
def take_back(act: Act, *, day, task, reason):
    """It never held; the journal and earlier knowledge keep it."""
    row = _find(task)
    correct(
        TaskProposal, act, {"code": row.code}, row.period, None, cause=cause("corrected", text=reason),
        seen=row,
    )  # fmt: skip
    return Outcome(subjects=[_told(row)], result=None)


def _over(number: int) -> Unit:
    """The body of the task; the whole for what there is not."""
    row = TaskProposal.objects.filter(pk=number).select_related("unit").first()
    return row.unit if row is not None else Unit.objects.get(code=ROOT)


def _find(number: int) -> TaskProposal:
    row = TaskProposal.objects.filter(pk=number).select_related("unit").first()
    if row is None:
        raise Refusal(
            _("There is no proposed task with this number; look at the list again."),
            field="task", code="nothing_there",
        )  # fmt: skip
    return row


def _told(row: TaskProposal):
    """The journal says which body's task it was; its words stay in the register."""
    return ("unit", row.unit_id), {"task": row.code}
