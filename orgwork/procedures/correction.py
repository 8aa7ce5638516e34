"""This room is for corrections: the register was wrong about some days, and somebody entitled says so.

A correction is no change: nothing happened on these days, only what is known of them differs. It has a
reason and a paper, leaves what was known before readable, and is refused when somebody else was quicker.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _

from orgwork.foundation import wording
from orgwork.foundation.dates import DAY, Period, correct
from orgwork.foundation.moments import Act
from orgwork.foundation.refusals import Refusal
from orgwork.registers.appointments import Appointment
from orgwork.registers.members import (
    Membership,
    MembershipPlace,
    MembershipStanding,
    PlaceKind,
    Standing,
)
from orgwork.registers.people import (
    PersonName,
    PersonParticulars,
    Precision,
    Sex,
)
from orgwork.registers.people import (
    name_values as person_name_values,
)
from orgwork.registers.posts import Post, PostExistence
from orgwork.registers.record import Cause
from orgwork.registers.units import (
    Unit,
    UnitName,
    UnitPlacement,
    derive_lineage,
    kind_of,
    refuse_circles,
)
from orgwork.registers.units import (
    name_values as unit_name_values,
)

from .appointment import body_over
from .cases import Outcome, cause
from .fields import REASON, SEEN, Field
from .members import last_home, name_of, require_cell
from .operations import operation
from .papers import shown
from .requests import REQUEST, answered
from .unit_change import LANGUAGES, common_superior, require_existing, require_grammar

ACT = "correction.make"
PERSON = Field("person", "person", _("Person"))
UNIT = Field("unit", "unit", _("Body"))
SINCE = Field("since", "day", _("First day that was wrong"))
UNTIL = Field(
    "until",
    "day",
    _("Last day that was wrong"),
    required=False,
    help=_("Empty: up to the end of that record."),
)
PAPER = Field("document", "document", _("Paper it rests on"), paper="decision")
RESTS_ON = (REASON, PAPER, REQUEST, SEEN)


def _home(asked):
    """The body of the person: now, or the last one; corrections of those who left are judged there, too."""
    person = asked["person"]
    found = last_home(person, dt.date.max - DAY)
    if found is not None:
        return found
    case = person.cases.order_by("-pk").select_related("unit").first()
    return case.unit if case else None


def _why(act: Act, day, reason: str, document, request, person) -> Cause:
    """The cause of a correction; a request that asked for it is closed by it and stands as its case."""
    case = answered(act, request, person, day)
    return cause("corrected", case=case, document=document, text=reason)


def _row_at(model, key, day, field="since"):
    row = model.objects.on(day).filter(**key).first()
    if row is None:
        raise Refusal(
            _(
                "Nothing is recorded for %(day)s that could be corrected; choose a day on which the record "
                "holds."
            )
            % {"day": wording.day(day)},
            field=field,
            code="nothing_there",
        )
    return row


def _window(row, since: dt.date, until: dt.date | None) -> Period:
    """The days that were wrong: as far as the record goes unless a last day is given."""
    return Period(since, until + DAY if until else row.valid_to)


def _written(
    person_or_unit, document, reason: str, fact: str, before, after, window: Period, more: Iterable = ()
) -> Outcome:
    kind = "unit" if isinstance(person_or_unit, Unit) else "person"
    said = {
        "fact": fact,
        "before": before,
        "after": after,
        "since": window.start.isoformat(),
        "until": window.last.isoformat() if window.last else "",
        "paper": shown(document),
        "reason": reason,
    }
    return Outcome(subjects=[((kind, person_or_unit.pk), said), *more])


@operation(
    "correction.name",
    label=_("Correct a person's name"),
    act=ACT,
    at=_home,
    locks=["person"],
    fields=[
        PERSON,
        Field("family", "text", _("Family name"), most=60),
        Field("middle", "text", _("Middle name"), required=False, most=70),
        Field("given", "text", _("Given name"), most=60),
        Field(
            "since",
            "day",
            _("First day that was wrong"),
            required=False,
            help=_("Empty: from the beginning."),
        ),
        UNTIL,
        *RESTS_ON,
    ],
)
def correct_name(
    act: Act, *, day, person, family, middle, given, since, until, reason, document, request, seen
):
    row = _row_at(PersonName, {"person": person}, since or day)
    window = _window(row, since or row.valid_from, until)
    values = person_name_values(family, middle, given)
    why = _why(act, day, reason, document, request, person)
    correct(
        PersonName,
        act,
        {"person": person},
        window,
        values,
        cause=why,
        seen=seen,
    )
    return _written(person, document, reason, "name", row.full, values["full"], window)


@operation(
    "correction.particulars",
    label=_("Correct sex or date of birth"),
    act=ACT,
    at=_home,
    locks=["person"],
    fields=[
        PERSON,
        Field("sex", "choice", _("Sex"), choices=Sex.choices),
        Field("birth", "day", _("Born")),
        Field(
            "precision",
            "choice",
            _("Known to the"),
            choices=Precision.choices,
            required=False,
            default=Precision.DAY,
        ),
        *RESTS_ON,
    ],
)
def correct_particulars(act: Act, *, day, person, sex, birth, precision, reason, document, request, seen):
    row = _row_at(PersonParticulars, {"person": person}, day, field="person")
    values = {"sex": sex, "birth": birth, "birth_precision": precision}
    why = _why(act, day, reason, document, request, person)
    correct(
        PersonParticulars,
        act,
        {"person": person},
        row.period,
        values,
        cause=why,
        seen=seen,
    )
    before = {"sex": row.sex, "birth": row.birth.isoformat(), "precision": row.birth_precision}
    after = {"sex": sex, "birth": birth.isoformat(), "precision": precision}
    return _written(person, document, reason, "particulars", before, after, row.period)


@operation(
    "correction.place",
    label=_("Correct the cell of a member"),
    act=ACT,
    at=lambda asked: common_superior(_home(asked), asked["unit"], asked["day"]),
    locks=["unit", "person"],
    fields=[PERSON, Field("unit", "unit", _("Cell it really was")), SINCE, UNTIL, *RESTS_ON],
)
def correct_place(act: Act, *, day, person, unit, since, until, reason, document, request, seen):
    require_cell(unit, since)
    key = {"person": person, "kind": PlaceKind.OFFICIAL}
    row = _row_at(MembershipPlace, key, since)
    window = _window(row, since, until)
    why = _why(act, day, reason, document, request, person)
    correct(
        MembershipPlace,
        act,
        key,
        window,
        {"unit": unit},
        cause=why,
        seen=seen,
    )
    more = [(("unit", unit.pk), {"person": person.pk})]
    return _written(person, document, reason, "place", row.unit.code, unit.code, window, more)


@operation(
    "correction.standing",
    label=_("Correct the standing of a member"),
    act=ACT,
    at=_home,
    locks=["person"],
    fields=[
        PERSON,
        Field("standing", "choice", _("Standing it really was"), choices=Standing.choices),
        SINCE,
        UNTIL,
        *RESTS_ON,
    ],
)
def correct_standing(act: Act, *, day, person, standing, since, until, reason, document, request, seen):
    row = _row_at(MembershipStanding, {"person": person}, since)
    window = _window(row, since, until)
    why = _why(act, day, reason, document, request, person)
    correct(MembershipStanding, act, {"person": person}, window, {"standing": standing}, cause=why, seen=seen)
    return _written(person, document, reason, "standing", row.standing, standing, window)


@operation(
    "correction.admission_day",
    label=_("Correct the day of admission"),
    act=ACT,
    at=_home,
    locks=["person"],
    help=_(
        "Membership, probation and the first cell begin on the other day; the reason of the admission stays."
    ),
    fields=[
        PERSON,
        Field("since", "day", _("Day on which membership really began")),
        *RESTS_ON,
    ],
)
def correct_admission_day(act: Act, *, day, person, since, reason, document, request, seen):
    first = Membership.objects.on(day).filter(person=person).first()
    if first is None:
        raise Refusal(
            _("%(name)s is no member on %(day)s; choose a day of the membership that is to be corrected.")
            % {"name": name_of(person, day), "day": wording.day(day)},
            field="person",
            code="not_a_member",
        )
    old = first.valid_from
    if since == old:
        raise Refusal(_("This is the recorded day already."), field="since", code="already_there")
    why = _why(act, day, reason, document, request, person)
    place = {"person": person, "kind": PlaceKind.OFFICIAL}
    for model, key in (
        (Membership, {"person": person}),
        (MembershipStanding, {"person": person}),
        (MembershipPlace, place),
    ):
        _move_beginning(model, act, key, old, since, why, seen if model is Membership else None)
    return _written(
        person, document, reason, "admission_day", old.isoformat(), since.isoformat(), Period(since)
    )


def _move_beginning(model, act, key, old, new, why, seen):
    """The first piece begins on another day; its own cause comes along."""
    row = model.objects.filter(**key, valid_from=old).first()
    if row is None:
        return  # it began on a day of its own
    if row.valid_to is not None and new >= row.valid_to:
        raise Refusal(
            _("From %(day)s on something else is recorded already; correct that first.")
            % {"day": wording.day(row.valid_to)},
            field="since",
        )
    if new < old:
        values = {f.attname: getattr(row, f.attname) for f in row._meta.concrete_fields if f.name in VALUES}
        window = Period(new, row.valid_to)
        correct(model, act, key, window, values, cause=why, seen=seen, begun_by=row.begun_by)
    else:
        correct(model, act, key, Period(old, new), None, cause=why, seen=seen)


VALUES = {"standing", "unit"}


@operation(
    "correction.appointment",
    label=_("Correct who held a post"),
    act=ACT,
    at=lambda asked: body_over(asked["post"], asked["day"]),
    locks=["person"],
    help=_("Without a person: nobody held the post on these days."),
    fields=[
        Field("post", "post", _("Post")),
        Field("person", "person", _("Who really held it"), required=False),
        SINCE,
        UNTIL,
        *RESTS_ON,
    ],
)
def correct_appointment(act: Act, *, day, post: Post, person, since, until, reason, document, request, seen):
    key = {"post": post, "acting": False}
    row = _row_at(Appointment, key, since)
    window = _window(row, since, until)
    for edge in (window.start, window.last or window.start):
        if not PostExistence.objects.on(edge).filter(post=post).exists():
            raise Refusal(
                _("The post does not exist on %(day)s; choose days on which it does.")
                % {"day": wording.day(edge)},
                field="since",
            )
    value = {"person": person} if person else None
    why = _why(act, day, reason, document, request, person)
    correct(
        Appointment,
        act,
        key,
        window,
        value,
        cause=why,
        seen=seen,
    )
    concerned = {row.person_id} | ({person.pk} if person else set())
    said = {
        "fact": "appointment",
        "post": post.code,
        "before": row.person_id,
        "after": person.pk if person else None,
    }
    said |= {"since": window.start.isoformat(), "until": window.last.isoformat() if window.last else ""}
    said |= {"paper": shown(document)}
    subjects = [(("person", ident), said) for ident in sorted(concerned)] + [(("post", post.pk), said)]
    return Outcome(subjects=subjects)


@operation(
    "correction.unit_name",
    label=_("Correct a body's name"),
    act=ACT,
    at=lambda asked: asked["unit"],
    locks=["unit"],
    fields=[
        UNIT,
        Field("language", "choice", _("Language"), choices=lambda: LANGUAGES.items()),
        Field("name", "text", _("Name it really had"), most=280),
        Field("short", "text", _("Short name"), required=False, most=120),
        SINCE,
        UNTIL,
        REASON,
        PAPER,
        SEEN,
    ],
)
def correct_unit_name(act: Act, *, day, unit, language, name, short, since, until, reason, document, seen):
    key = {"unit": unit, "language": language}
    row = _row_at(UnitName, key, since)
    window = _window(row, since, until)
    values = unit_name_values(name, short or row.short)
    correct(UnitName, act, key, window, values, cause=_why(act, day, reason, document, None, None), seen=seen)
    return _written(unit, document, reason, "unit_name", row.text, name, window)


@operation(
    "correction.unit_placement",
    label=_("Correct under which body a body stood"),
    act=ACT,
    at=lambda asked: common_superior(asked["unit"], asked["parent"], asked["day"]),
    locks=["tree", "unit"],
    fields=[
        UNIT,
        Field("parent", "unit", _("Body it really stood under")),
        SINCE,
        UNTIL,
        REASON,
        PAPER,
        SEEN,
    ],
)
def correct_unit_placement(act: Act, *, day, unit, parent, since, until, reason, document, seen):
    row = _row_at(UnitPlacement, {"unit": unit}, since)
    if row.parent_id is None:
        raise Refusal(_("The root of the tree stands under nothing."), field="unit")
    window = _window(row, since, until)
    for edge in (window.start, window.last or window.start):
        require_existing(parent, edge, "parent")
        require_grammar(kind_of(unit, edge), parent, edge, "parent", unit)
    why = _why(act, day, reason, document, None, None)
    correct(UnitPlacement, act, {"unit": unit}, window, {"parent": parent}, cause=why, seen=seen)
    refuse_circles(unit)
    derive_lineage(act, [unit])
    more = [(("unit", parent.pk), {"came": unit.code})]
    return _written(unit, document, reason, "unit_placement", row.parent.code, parent.code, window, more)


#: What a corrected fact is called, for sentences.
FACTS = {
    "name": _("name"),
    "particulars": _("sex and date of birth"),
    "place": _("cell"),
    "standing": _("standing"),
    "admission_day": _("day of admission"),
    "appointment": _("holder of a post"),
    "unit_name": _("name of the body"),
    "unit_placement": _("superior body"),
}
