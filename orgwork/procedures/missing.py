"""This room is for members with whom contact is lost, and for those who turn up again.

Whoever is missing stays a member of the cell, is counted and shown apart; nothing ends by itself.
"""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from orgwork.foundation.dates import DAY, begin, end
from orgwork.foundation.moments import Act
from orgwork.registers.members import Condition, MembershipCondition
from orgwork.registers.people import Person

from .cases import Outcome, cause, possible_day
from .conditions import refuse_condition, require_condition
from .fields import REASON, REMARK, Field
from .members import require_home
from .operations import operation


@operation(
    "member.missing",
    label=_("Record that contact is lost"),
    act="admission.cell",
    at=lambda asked: require_home(asked["person"], asked["day"]),
    locks=["person"],
    day_label=_("Since"),
    help=_("The member stays in the cell's numbers and is shown apart."),
    fields=[Field("person", "person", _("Member")), REASON],
)
def record_missing(act: Act, *, day, person: Person, reason):
    possible_day(act, day, ahead=False)
    cell = require_home(person, day)
    refuse_condition(person, Condition.MISSING, day)
    why = cause("missing", text=reason)
    begin(MembershipCondition, act, day, person=person, kind=Condition.MISSING, cause=why)
    return Outcome(
        subjects=[(("person", person.pk), {"reason": reason}), (("unit", cell.pk), {"missing": person.pk})]
    )


@operation(
    "member.found",
    label=_("Record that contact is regained"),
    act="admission.cell",
    at=lambda asked: require_home(asked["person"], asked["day"]),
    locks=["person"],
    day_label=_("Day of the return"),
    fields=[Field("person", "person", _("Missing member")), REMARK],
)
def record_found(act: Act, *, day, person: Person, remark):
    possible_day(act, day, ahead=False)
    cell = require_home(person, day)
    row = require_condition(person, Condition.MISSING, day - DAY)
    why = cause("found", text=remark or "")
    key = {"person": person, "kind": Condition.MISSING}
    end(MembershipCondition, act, key, day, cause=why)
    said = {"since": row.valid_from.isoformat()}
    return Outcome(subjects=[(("person", person.pk), said), (("unit", cell.pk), {"found": person.pk})])
