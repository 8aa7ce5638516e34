"""This room is for entering people: a new person with look-alikes shown, and what is known of them besides.

Nobody is taken for somebody else on a name alone: Vietnamese names repeat too much. Same folded name and same
birth are shown, and the person who enters says whether it is another one.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from orgwork.foundation.dates import Period, begin, begin_together, change
from orgwork.foundation.moments import Act
from orgwork.foundation.refusals import Refusal
from orgwork.foundation.rows import fetch, insert_row
from orgwork.foundation.search import fold
from orgwork.registers.people import (
    ALL_LIFE,
    Person,
    PersonBackground,
    PersonContact,
    PersonName,
    PersonParticulars,
    Precision,
    Qualification,
    Sex,
    name_values,
)
from orgwork.registers.units import Unit

from .cases import Outcome, cause
from .fields import Field
from .members import last_home, name_of
from .operations import operation

KINDS = {
    "schooling": _("general schooling"),
    "degree": _("degree"),
    "theory": _("political theory"),
    "awareness_course": _("awareness course"),
    "language": _("foreign language"),
    "other": _("other"),
}
PERSON = Field("person", "person", _("Person"))


@dataclass(frozen=True)
class LookAlike:
    """Somebody of the same folded name and birth: who it is, and in which cell."""

    person: Person
    name: str
    birth: dt.date
    cell: str


def look_alikes(
    family: str, middle: str, given: str, birth: dt.date, precision: str = "day"
) -> list[LookAlike]:
    """People with the same name, marks and case apart, whose known birth does not contradict this one."""
    folded = fold(" ".join(part for part in (family, middle, given) if part))
    year = (dt.date(birth.year, 1, 1), dt.date(birth.year, 12, 31))
    if not fetch(ALIKE, [folded, *year]):
        return []
    names = PersonName.objects.filter(folded=folded).exclude(person__erased=True)
    found = []
    rows = PersonParticulars.objects.filter(person__in=names.values("person"), birth__year=birth.year)
    for row in rows.select_related("person").order_by("person"):
        if _agree(row.birth, row.birth_precision, birth, precision):
            cell = last_home(row.person, dt.date.max - dt.timedelta(days=1))
            name = name_of(row.person, dt.date.max - dt.timedelta(days=1))
            found.append(LookAlike(row.person, name, row.birth, cell.code if cell else ""))
    return found


#: Whether there is anybody to look at: mostly there is nobody.
ALIKE = """SELECT 1 FROM registers_personname n
    JOIN registers_personparticulars p ON p.person_id = n.person_id AND p.retracted IS NULL
    WHERE n.retracted IS NULL AND n.folded = %s AND p.birth BETWEEN %s AND %s LIMIT 1"""


def _agree(one: dt.date, known: str, other: dt.date, given: str) -> bool:
    """As far as both are known: a file with the year only does not contradict a day of that year."""
    if Precision.YEAR in (known, given):
        return one.year == other.year
    if Precision.MONTH in (known, given):
        return (one.year, one.month) == (other.year, other.month)
    return one == other


@operation(
    "person.enter",
    label=_("Enter a person"),
    act="admission.open",
    at=lambda asked: asked["unit"],
    help=_("An applicant, or a member from outside. Look first whether the person is here already."),
    fields=[
        Field("unit", "unit", _("Body that enters the person")),
        Field("family", "text", _("Family name"), most=60),
        Field("middle", "text", _("Middle name"), required=False, most=70),
        Field("given", "text", _("Given name"), most=60),
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
        Field("another", "bool", _("This is another person than those shown"), required=False, default=False),
    ],
)
def enter_person(act: Act, *, day, unit: Unit, family, middle, given, sex, birth, precision, another):
    if birth > day:
        raise Refusal(_("Nobody is born in the future; look at the date again."), field="birth")
    alike = look_alikes(family, middle, given, birth, precision)
    if alike and not another:
        listed = "; ".join(
            f"{one.name}, {one.birth.year}, {one.cell or '–'} (#{one.person.pk})" for one in alike
        )
        raise Refusal(
            _(
                "The register has people of the same name and birth: %(listed)s. Take the one that is "
                "meant, or say "
                "that this is another person."
            )
            % {"listed": listed},
            field="another",
            code="look_alike",
        )
    person = insert_row(Person())
    why = cause("other")
    said = {"sex": sex, "birth": birth, "birth_precision": precision}
    facts = [
        (PersonName, {"person": person, **name_values(family, middle, given)}),
        (PersonParticulars, {"person": person, **said}),
    ]
    begin_together(facts, act, Period(ALL_LIFE), cause=why, newborn=True)
    subjects = [(("person", person.pk), {"unit": unit.code}), (("unit", unit.pk), {"entered": person.pk})]
    return Outcome(subjects=subjects, result=person)


def _at_home(asked):
    """The body that answers for the person: the cell, or the one that handles a case about them."""
    home = last_home(asked["person"], asked["day"])
    if home is not None:
        return home
    case = asked["person"].cases.order_by("-pk").select_related("unit").first()
    return case.unit if case else asked.get("unit")


WHERE = Field("unit", "unit", _("Body that enters it"), required=False)


@operation(
    "person.contact",
    label=_("Enter contact data"),
    act="admission.open",
    at=_at_home,
    locks=["person"],
    fields=[
        PERSON,
        Field("phone", "text", _("Telephone"), required=False, most=40),
        Field("email", "text", _("E-mail"), required=False, most=254),
        Field("address", "text", _("Address"), required=False, most=280),
        WHERE,
    ],
)
def enter_contact(act: Act, *, day, person, phone, email, address, unit):
    if email and "@" not in email:
        raise Refusal(_("An e-mail address has an @; look at it again."), field="email")
    _set(PersonContact, act, day, person, {"phone": phone, "email": email, "address": address})
    return Outcome(subjects=[(("person", person.pk), {"what": "contact"})])


@operation(
    "person.background",
    label=_("Enter ethnicity and religion"),
    act="admission.open",
    at=_at_home,
    locks=["person"],
    help=_(
        "Optional, as the person states it. Never listed, searched or filtered; only counted for whole "
        "groups."
    ),
    fields=[
        PERSON,
        Field("ethnicity", "text", _("Ethnicity"), required=False, most=40),
        Field("religion", "text", _("Religion"), required=False, most=40),
        WHERE,
    ],
)
def enter_background(act: Act, *, day, person, ethnicity, religion, unit):
    _set(PersonBackground, act, day, person, {"ethnicity": ethnicity, "religion": religion})
    return Outcome(subjects=[(("person", person.pk), {"what": "background"})])


@operation(
    "person.qualification",
    label=_("Enter a qualification"),
    act="admission.open",
    at=_at_home,
    locks=["person"],
    day_label=_("Obtained on"),
    fields=[
        PERSON,
        Field("kind", "choice", _("Kind"), choices=lambda: KINDS.items()),
        Field("name", "text", _("Name")),
        Field("level", "text", _("Level"), required=False, most=40),
        Field("expires", "day", _("Valid up to"), required=False),
        WHERE,
    ],
)
def enter_qualification(act: Act, *, day, person, kind, name, level, expires, unit):
    until = expires + dt.timedelta(days=1) if expires else None
    if until is not None and until <= day:
        raise Refusal(_("It would have ended before it was obtained."), field="expires")
    key = {"person": person, "kind": kind, "name": name}
    row = begin(Qualification, act, day, until=until, level=level, cause=cause("issued"), **key)
    return Outcome(subjects=[(("person", person.pk), {"what": kind})], result=row)


def _set(model, act, day, person, values):
    """From the day on these values hold, whether some were recorded before or not."""
    if model.objects.on(day).filter(person=person).exists():
        change(model, act, {"person": person}, day, values, cause=cause("other"))
        return
    later = model.objects.filter(person=person, valid_from__gt=day).order_by("valid_from").first()
    begin(
        model,
        act,
        day,
        until=later.valid_from if later else None,
        person=person,
        cause=cause("other"),
        **values,
    )
