"""This room is for names that change in life: from a day on a person is called otherwise, by a civil paper.

What was written wrongly is corrected (correction.py); here both names were right, each in its time.
"""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from orgwork.foundation import wording
from orgwork.foundation.dates import change
from orgwork.foundation.moments import Act
from orgwork.foundation.refusals import Refusal
from orgwork.registers.people import PersonName, name_values

from .cases import Outcome, cause
from .correction import ACT, PERSON, _home
from .fields import SEEN, Field
from .operations import operation
from .papers import shown


@operation(
    "person.rename",
    label=_("Enter a change of name"),
    act=ACT,
    at=_home,
    locks=["person"],
    help=_("The name up to this day stays as it was. A name that was written wrongly is corrected instead."),
    day_label=_("Day from which the name holds"),
    fields=[
        PERSON,
        Field("family", "text", _("Family name"), most=60),
        Field("middle", "text", _("Middle name"), required=False, most=70),
        Field("given", "text", _("Given name"), most=60),
        Field("document", "document", _("Civil paper of the change"), paper="decision"),
        SEEN,
    ],
)
def rename_person(act: Act, *, day, person, family, middle, given, document, seen):
    key, values = {"person": person}, name_values(family, middle, given)
    before = PersonName.objects.on(day).filter(**key).first()
    if before is None:
        raise Refusal(
            _("No name is recorded for %(day)s; choose a later day.") % {"day": wording.day(day)},
            field="day",
            code="nothing_there",
        )
    if before.full == values["full"]:
        raise Refusal(
            _("“%(name)s” is the name already; enter another one.") % {"name": before.full},
            field="family",
            code="already_there",
        )
    change(PersonName, act, key, day, values, cause=cause("renamed", document=document), seen=seen)
    said = {
        "before": before.full,
        "after": values["full"],
        "since": day.isoformat(),
        "paper": shown(document),
    }
    return Outcome(subjects=[(("person", person.pk), said)])
