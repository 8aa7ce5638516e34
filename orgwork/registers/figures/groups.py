"""This room is for the groups by which figures are divided: sex, age band, standing, what the cell serves.

Age is judged on the day of a stock and on the last day of a period; its limits are computed here, and only
comparisons of dates go to the database.
"""

from __future__ import annotations

from django.db.models import Case, CharField, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from orgwork.foundation import provisions
from orgwork.foundation.wording import localized
from orgwork.registers.areas import AreaKind
from orgwork.registers.members import MembershipStanding, Standing
from orgwork.registers.people import PersonBackground, PersonParticulars, Sex
from orgwork.registers.units import UnitService

from .base import Breakdown, day_of, years_before

UNKNOWN = ("unknown", _("not known"))


def _one(rows, column: str, default: str = "unknown"):
    return Coalesce(Subquery(rows.values(column)[:1]), Value(default), output_field=CharField())


def _by_sex(queryset, when, known_at):
    rows = PersonParticulars.objects.on(day_of(when), known_at=known_at).filter(person=OuterRef("person"))
    return queryset.annotate(group=_one(rows, "sex"))


def _by_standing(queryset, when, known_at):
    rows = MembershipStanding.objects.on(day_of(when), known_at=known_at).filter(person=OuterRef("person"))
    return queryset.annotate(group=_one(rows, "standing"))


def age_bands(when) -> list[tuple[str, object]]:
    """The bands of the day's provision, youngest first: 18–30, 31–35 … 61 and over."""
    starts = provisions.on(day_of(when))["figures.age_bands_from"].value
    bands = [(f"0-{starts[0] - 1}", _("under %(age)s") % {"age": starts[0]})]
    for start, following in zip(starts, [*starts[1:], None], strict=True):
        if following is None:
            bands.append((f"{start}+", _("%(age)s and over") % {"age": start}))
        else:
            bands.append((f"{start}-{following - 1}", f"{start}–{following - 1}"))
    return [*bands, UNKNOWN]


def _by_age(queryset, when, known_at):
    """The band is looked up once for each person, not once for each band."""
    day = day_of(when)
    rows = PersonParticulars.objects.on(day, known_at=known_at).filter(person=OuterRef("person"))
    cases = []
    for code, _label in age_bands(when)[:-1]:
        oldest_first = int(code.rstrip("+").split("-")[0])
        cases.append(When(birth__lte=years_before(day, oldest_first), then=Value(code)))
    cases.reverse()  # the oldest band first: whoever is old enough for it is
    band = Case(*cases, default=Value("unknown"), output_field=CharField())
    return queryset.annotate(group=_one(rows.annotate(band=band), "band"))


def _by_place(queryset, when, known_at):
    day = day_of(when)
    rows = UnitService.objects.on(day, known_at=known_at).filter(unit=OuterRef("unit")).order_by("area")
    return queryset.annotate(group=_one(rows, "area__kind"))


def _places(_when):
    kinds = (AreaKind.VILLAGE, AreaKind.RESIDENTIAL_GROUP, AreaKind.SCHOOL, AreaKind.FIRM, AreaKind.AGENCY)
    return [*((kind.value, kind.label) for kind in kinds), ("commune", AreaKind.COMMUNE.label), UNKNOWN]


def _by_way(queryset, _when, _known_at):
    readmitted = When(begun_by__kind="readmitted", then=Value("readmitted"))
    return queryset.annotate(group=Case(readmitted, default=Value("admitted"), output_field=CharField()))


def _ways(_when):
    return [("admitted", _("admitted for the first time")), ("readmitted", _("re-admitted"))]


def _by_kind(queryset, _when, _known_at):
    return queryset.annotate(
        group=Case(*(When(kind=k, then=Value(k)) for k in party_kinds()), output_field=CharField())
    )


def party_kinds(counts_as: str = "") -> list[str]:
    """Codes of the kinds that are counted as party organisations or cells."""
    wanted = (counts_as,) if counts_as else ("party_organisation", "cell")
    return [code for code, kind in provisions.kinds().items() if kind.counts_as in wanted]


def _kinds(_when):
    return [(code, localized(provisions.kinds()[code].labels)) for code in party_kinds()]


def _background(column):
    def annotate(queryset, when, known_at):
        rows = PersonBackground.objects.on(day_of(when), known_at=known_at).filter(person=OuterRef("person"))
        given = rows.filter(~Q(**{column: ""}))
        return queryset.annotate(group=_one(given, column))

    return annotate


def _said(_when):
    """Groups by background are whatever was entered: they come out of the count itself."""
    return []


SEX = Breakdown("sex", _("sex"), lambda _when: [*Sex.choices, UNKNOWN], _by_sex)
AGE = Breakdown("age", _("age band"), age_bands, _by_age)
STANDING = Breakdown("standing", _("standing"), lambda _when: [*Standing.choices, UNKNOWN], _by_standing)
PLACE = Breakdown("place", _("what the cell serves"), _places, _by_place)
WAY = Breakdown("way", _("kind of admission"), _ways, _by_way)
KIND = Breakdown("kind", _("kind of body"), _kinds, _by_kind)
ETHNICITY = Breakdown("ethnicity", _("ethnicity"), _said, _background("ethnicity"), sensitive=True)
RELIGION = Breakdown("religion", _("religion"), _said, _background("religion"), sensitive=True)

PEOPLE = (SEX, AGE)
MEMBERS = (SEX, AGE, STANDING, PLACE, ETHNICITY, RELIGION)

__all__ = [
    "AGE", "ETHNICITY", "KIND", "MEMBERS", "PEOPLE", "PLACE", "RELIGION", "SEX", "STANDING", "UNKNOWN", "WAY",
    "age_bands", "party_kinds",
]  # fmt: skip
