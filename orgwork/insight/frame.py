"""This room is for counting: an indicator, a body and a day or period give a number, its keys, and its
records.

The number is the count of the very queryset that the drill-down lists. The frame adds what an indicator
leaves out: scope (a stock by the tree of the day, a flow by the tree of the day of each event), groups,
every body at once, and the moment of knowledge. Periods name both days. Questions of authority are asked in
``records.py``.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from django.db.models import (
    BigIntegerField,
    Case,
    Exists,
    F,
    Func,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _

from orgwork.foundation import batches, moments, provisions
from orgwork.foundation.dates import DAY, Period
from orgwork.foundation.moments import Moment
from orgwork.foundation.refusals import Refusal
from orgwork.foundation.rehearsal import rehearsing
from orgwork.registers import figures
from orgwork.registers.figures import Derived, Indicator
from orgwork.registers.units import Unit, UnitLineage, UnitPlacement, under_ids

from . import case_figures, kept, rollup  # noqa: F401 (enters its indicators in the catalogue)


@dataclass(frozen=True)
class Known:
    """A moment of knowledge: the number that queries compare with, and the time that people read."""

    moment: int | None
    at: dt.datetime
    #: Whether numbers counted before may be used, and carried on to this moment (``kept.py``).
    keep: bool = field(default=False, compare=False)
    carry: bool = field(default=False, compare=False)
    edition: int = field(default=0, compare=False)

    def __str__(self):
        return timezone.localtime(self.at).isoformat(timespec="microseconds")


def known(when: Known | dt.date | dt.datetime | int | None = None, *, keep: bool = False) -> Known:
    """The moment to ask at: a day (its end), a time, a number, or None for all that is complete by now.

    Ask once for a page with several figures and hand the answer to each: they then speak of one horizon.
    Inside a rehearsal there is no horizon: what is held true in it is counted. With ``keep`` numbers that
    were counted before are used; what is frozen is counted anew.
    """
    if isinstance(when, Known):
        return when
    if when is None and rehearsing():
        return Known(None, timezone.now())
    edition = kept.edition() if keep else 0
    # A batch that is still being written counts when all of it is there.
    number = batches.complete(None if when is None else moments.known_at(when))
    last = Moment.objects.filter(pk__lt=number).order_by("-pk").values_list("at", flat=True).first()
    return Known(number, last or timezone.now(), keep, keep and when is None, edition)


@dataclass(frozen=True)
class Result:
    """A figure with everything that says what it is (design §9)."""

    value: int | float | None
    indicator: Indicator | Derived
    unit: Unit
    when: figures.When
    known: Known
    options: Mapping[str, str] = field(default_factory=dict)
    parts: Mapping[str, Result] = field(default_factory=dict)

    @property
    def code(self) -> str:
        return self.indicator.code

    @property
    def label(self) -> str:
        return str(self.indicator.label)

    @property
    def definition(self) -> str:
        return str(self.indicator.definition)

    @property
    def unit_of_value(self) -> str:
        return self.indicator.unit_of_value

    @property
    def on(self) -> dt.date | None:
        return self.when if isinstance(self.when, dt.date) else None

    @property
    def period(self) -> Period | None:
        return self.when if isinstance(self.when, Period) else None

    @property
    def records_url(self) -> str:
        return records_url(self.code, self.unit.code, self.when, known_at=self.known, **self.options)

    @property
    def rules(self) -> list[str]:
        """The versions of the provisions the figure rests on."""
        held = provisions.on(figures.day_of(self.when))
        return [held[name].version for name in self.indicator.provisions]

    def as_json(self) -> dict[str, Any]:
        """The keys that commands and the API print."""
        days = (
            {"on": self.on.isoformat()}
            if self.on
            else {"from": self.period.start.isoformat(), "to": self.period.last.isoformat()}
        )
        said = {
            "indicator": self.code, "label": self.label, "unit": self.unit.code, **days,
            "known_at": str(self.known), "value": self.value, "unit_of_value": self.unit_of_value,
            "definition": self.definition, "source": self.indicator.source, "records_url": self.records_url,
        }  # fmt: skip
        if self.options:
            said["options"] = dict(self.options)
        if self.rules:
            said["rules"] = self.rules
        if self.parts:
            said["parts"] = [{"name": name, **part.as_json()} for name, part in self.parts.items()]
        return said


def records_url(
    code: str, unit_code: str, when: figures.When, *, known_at: Known | None = None, below: str = "",
    **options,
) -> str:  # fmt: skip
    """The path of the page that lists the records of a figure, or of one ``below`` it; it carries exactly
    what was asked.
    """
    asked = {"unit": unit_code}
    if isinstance(when, Period):
        asked |= {"from": when.start.isoformat(), "to": when.last.isoformat()}
    else:
        asked |= {"on": when.isoformat()}
    asked |= {name: value for name, value in options.items() if value not in (None, "")}
    if known_at is not None:
        asked["known_at"] = str(known_at)
    return f"/figures/{code}/{below}?{urlencode(asked)}"


def find_unit(unit: Unit | str | int) -> Unit:
    """A body by itself, by its code or by its number."""
    if isinstance(unit, Unit):
        return unit
    found = Unit.objects.filter(**({"code": unit} if isinstance(unit, str) else {"pk": unit})).first()
    if found is None:
        raise Refusal(
            _("There is no body with the code “%(code)s”; look it up under Bodies.") % {"code": unit},
            field="unit", code="unknown_unit",
        )  # fmt: skip
    return found


def asked_when(indicator, on: dt.date | None, period: Period | None) -> figures.When:
    """The day or the period an indicator is asked for; a stock asked for a period is that of its last day."""
    if indicator.kind == figures.STOCK:
        if on or period:
            return on or period.last
        raise Refusal(
            _("“%(figure)s” is a stock: say on which day.") % {"figure": indicator.label},
            field="on", code="day_missing",
        )  # fmt: skip
    if period is None or period.end is None:
        raise Refusal(
            _("“%(figure)s” is counted over a period: say its first and its last day.")
            % {"figure": indicator.label},
            field="from", code="period_missing",
        )  # fmt: skip
    return period


#: Figures already counted at one moment of knowledge: (code, body's number, when, options) → value.
Counted = dict[tuple[str, int, figures.When, tuple], Any]


def counted_as(code: str, unit, when: figures.When, **options) -> tuple[str, int, figures.When, tuple]:
    """Under which name a figure is among those already counted."""
    return (code, unit.pk, when, tuple(sorted(options.items())))


def compute(
    code: str, unit, *, on: dt.date | None = None, period: Period | None = None, known_at=None,
    counted: Counted | None = None, **options,
) -> Result:  # fmt: skip
    """The figure of one body, with its keys. Options are groups of its breakdowns (``sex="f"``) and its
    own.

    What ``counted`` holds is not counted again; what is counted is added to it. It belongs to one
    ``known_at``.
    """
    indicator, unit, at = figures.get(code), find_unit(unit), known(known_at)
    when = asked_when(indicator, on, period)
    said = {name: value for name, value in options.items() if value not in (None, "")}
    counted = {} if counted is None else counted
    if isinstance(indicator, Indicator):
        name = counted_as(code, unit, when, **said)
        if name not in counted:
            counted[name] = kept.number(
                f"body {unit.pk}", kept.Asked(indicator, when, said), at,
                lambda moment, among: count(indicator, unit, when, moment, said, among), [unit.pk],
            )  # fmt: skip
        return Result(counted[name], indicator, unit, when, at, said)
    parts = {}
    for name, part, asked in indicator.parts(when):
        on_day = asked if isinstance(asked, dt.date) else None
        parts[name] = compute(
            part, unit, on=on_day, period=None if on_day else asked, known_at=at, counted=counted, **said
        )
    value = indicator.compute({name: part.value for name, part in parts.items()}, when)
    return Result(value, indicator, unit, when, at, said, parts)


def records(
    code: str, unit, *, on: dt.date | None = None, period: Period | None = None, known_at=None, **options
) -> QuerySet:
    """The records behind the figure: the queryset whose count it is. Of a derived figure, those of its
    first part.

    Flows carry ``event``, the day on which each happened.
    """
    indicator, unit, at = figures.get(code), find_unit(unit), known(known_at)
    when = asked_when(indicator, on, period)
    if isinstance(indicator, Derived):
        _name, part, asked = indicator.parts(when)[0]
        on_day = asked if isinstance(asked, dt.date) else None
        return records(part, unit, on=on_day, period=None if on_day else asked, known_at=at, **options)
    return scoped(indicator, unit, when, at.moment, options)


def scoped(
    indicator: Indicator, unit: Unit, when, known_at: int | None, options: Mapping | None = None,
    among: kept.Among | None = None,
) -> QuerySet:  # fmt: skip
    """The indicator's records under the body (``among`` these)."""
    found = indicator.asked(when, known_at=known_at, **(options or {}))
    if among is None:
        return narrowed(indicator, found, unit, when, known_at)
    return kept.row_by_row(narrowed(indicator, among.of(found), unit, when, known_at))


def narrowed(indicator: Indicator, found: QuerySet, unit: Unit, when, known_at: int | None) -> QuerySet:
    """Unscoped records of the indicator, narrowed to those under the body; flows gain ``event``."""
    if indicator.structural:
        levels = list(_moved(found, indicator.structural, unit, when, known_at))
        return levels[0] if len(levels) == 1 else levels[0].union(*levels[1:], all=True)
    if indicator.event is None:
        below = under_ids(unit, when, known_at=known_at, custody=indicator.custody)
        return found.filter(**{f"{indicator.unit}__in": below})
    return _events_under(found, indicator, unit, when, known_at)


def count(indicator, unit, when, known_at, options, among: kept.Among | None = None) -> int:
    """How many of the indicator's records lie under the body (``among`` these)."""
    found = scoped(indicator, unit, when, known_at, options, among)
    if indicator.distinct:
        return found.order_by().values(indicator.person).distinct().count()
    return found.count()


def _lineage(unit, known_at):
    return UnitLineage.objects.at(known_at).filter(ancestor=unit)


#: The ancestor, as a value that no index is sought by.
ABOVE = Func(F("ancestor"), template="+%(expressions)s", output_field=BigIntegerField())


def _pairs(unit, path: str, known_at):
    """Lineage between the unit and the body of an outer row, sought by that body: it stands under few.

    The plus keeps SQLite from seeking by the unit, which may have thousands below it (5 s instead of 0.1).
    """
    rows = UnitLineage.objects.at(known_at).alias(above=ABOVE)
    return rows.filter(above=unit.pk, descendant=OuterRef(path))


def _stood(unit, path: str, event: str, eve: bool, known_at):
    """Condition: the body at ``path`` stood under the unit on the day of the event, or on the day before
    it.
    """
    rows = _pairs(unit, path, known_at)
    if eve:
        return Exists(
            rows.filter(
                Q(valid_to__isnull=True) | Q(valid_to__gte=OuterRef(event)), valid_from__lt=OuterRef(event)
            )
        )
    return Exists(
        rows.filter(
            Q(valid_to__isnull=True) | Q(valid_to__gt=OuterRef(event)), valid_from__lte=OuterRef(event)
        )
    )


def _events_under(found, indicator, unit, period: Period, known_at):
    """Events whose place stood under the unit then, and whose other side did not.

    The first condition only narrows the search: what ever stood under the unit around the period.
    """
    around = _lineage(unit, known_at).overlapping(Period(period.start - DAY, period.end)).values("descendant")
    ends = indicator.judged == "end"
    found = found.filter(**{f"{indicator.unit}__in": around}).filter(
        _stood(unit, indicator.unit, indicator.event, ends, known_at)
    )
    if indicator.against:
        found = found.exclude(_stood(unit, indicator.against, indicator.event, not ends, known_at))
    return found.annotate(event=F(indicator.event))


def _moved(found, way: str, unit, period: Period, known_at) -> Iterable[QuerySet]:
    """Members whose body moved in or out: one queryset for the first move of each, one for the second …

    A body moved in on the day on which it came to stand under the unit, unless it only changed its step
    below it. A place that began or ended for a cause of its own on that very day did not move: that event
    counts.
    """
    edge = "valid_from" if way == "in" else "valid_to"
    moves = _moving(_lineage(unit, known_at), edge, period, known_at)
    found = found.filter(unit__in=moves.values("descendant"))
    own = _moving(_pairs(unit, "unit", known_at), edge, period, known_at)
    if way == "in":
        held = own.filter(valid_from__lt=Coalesce(OuterRef("valid_to"), Value(dt.date.max)))
        strict, cut = (
            held.filter(valid_from__gt=OuterRef("valid_from")),
            held.filter(valid_from__gte=OuterRef("valid_from")),
        )
        continued = Q(begun_by__isnull=True)
    else:
        held = own.filter(valid_to__gt=OuterRef("valid_from"))
        until = Coalesce(OuterRef("valid_to"), Value(dt.date.max))
        strict, cut = held.filter(valid_to__lt=until), held.filter(valid_to__lte=until)
        continued = Q(ended_by__isnull=True)
    number = 0
    while True:
        nth = [Subquery(rows.order_by(edge).values(edge)[number : number + 1]) for rows in (cut, strict)]
        level = found.annotate(event=Case(When(continued, then=nth[0]), default=nth[1])).filter(
            event__isnull=False
        )
        if number and not level.exists():
            return
        yield level
        number += 1


def _moving(rows, edge: str, period: Period, known_at):
    """Lineage that begins (or ends) in the period and does not merely go on at another depth."""
    other = "valid_to" if edge == "valid_from" else "valid_from"
    same = (
        UnitLineage.objects.at(known_at)
        .alias(above=ABOVE)
        .filter(above=OuterRef("ancestor"), descendant=OuterRef("descendant"), **{other: OuterRef(edge)})
    )
    return rows.filter(~Exists(same), **{f"{edge}__gte": period.start, f"{edge}__lt": period.end})


def by_unit(
    code: str, *, on: dt.date | None = None, period: Period | None = None, known_at=None,
    only: Iterable[int] | None = None, **options,
) -> dict[int, Any]:  # fmt: skip
    """The figure of every body in one statement (of ``only`` these): {body's number: value}. Nothing
    counts 0.
    """
    indicator, at = figures.get(code), known(known_at)
    when = asked_when(indicator, on, period)
    only = None if only is None else list(only)
    if isinstance(indicator, Indicator):

        def everywhere(moment, among):
            found = indicator.asked(when, known_at=moment, **options)
            if among is None:
                return rollup.counts(indicator, found, when, moment, only=only)
            few = kept.row_by_row(among.of(found))
            return rollup.counts(
                indicator, few, when, moment, only=None if only is None else rollup.Few(only)
            )

        asked = kept.Asked(indicator, when, options)
        return defaultdict(int, kept.number(f"bodies {only}", asked, at, everywhere, only))
    parts = {}
    for name, part, asked in indicator.parts(when):
        on_day = asked if isinstance(asked, dt.date) else None
        parts[name] = by_unit(
            part, on=on_day, period=None if on_day else asked, known_at=at, only=only, **options
        )
    bodies = set(only) if only is not None else set().union(*parts.values())
    return {
        body: indicator.compute({name: values.get(body, 0) for name, values in parts.items()}, when)
        for body in bodies
    }


def children(unit, day: dt.date, *, known_at=None, everything: bool = False) -> list[int]:
    """Numbers of the party organisations and cells directly under the body on the day (or of all bodies)."""
    from orgwork.registers.figures.groups import party_kinds
    from orgwork.registers.units import UnitForm

    at = known(known_at)
    below = UnitPlacement.objects.on(day, known_at=at.moment).filter(parent=find_unit(unit))
    if not everything:
        forms = UnitForm.objects.on(day, known_at=at.moment).filter(kind__in=party_kinds())
        below = below.filter(unit__in=forms.values("unit"))
    return list(below.order_by("unit__code").values_list("unit", flat=True))


def by_children(
    code: str, unit, *, on: dt.date | None = None, period: Period | None = None, known_at=None, **options
) -> dict[int, Any]:
    """The figure of each party organisation and cell directly under the body, in the order of their codes."""
    at = known(known_at)
    below = children(unit, on or period.last, known_at=at)
    found = by_unit(code, on=on, period=period, known_at=at, only=below, **options)
    return {body: found.get(body, 0) for body in below}


def breakdown(
    code: str, unit, by: str | Sequence[str], *, on: dt.date | None = None, period: Period | None = None,
    known_at=None, **options,
) -> dict[tuple[str, ...], int]:  # fmt: skip
    """Counts by one or more groupings in one statement: {("f", "18-30"): 1204, …}.

    Sensitive groups are counted by ``tables.table`` only, which hides what is small.
    """
    from django.db.models import Count

    indicator, unit, at = figures.get(code), find_unit(unit), known(known_at)
    when = asked_when(indicator, on, period)
    by = (by,) if isinstance(by, str) else tuple(by)
    if isinstance(indicator, Derived):
        raise Refusal(
            _("“%(figure)s” is computed from others and has no groups.") % {"figure": indicator.label},
            field="by", code="unknown_breakdown",
        )  # fmt: skip
    for one in by:
        if indicator.breakdown(one).sensitive:
            raise Refusal(
                _("Counts by %(what)s are made as tables only, in which small counts are hidden.")
                % {"what": indicator.breakdown(one).label},
                field="by", code="opens_to_no_list", citation="Orgwork's own rule: sensitive data",
            )  # fmt: skip

    def divided(moment, among):
        found, names = scoped(indicator, unit, when, moment, options, among), []
        for number, one in enumerate(by):
            found = indicator.breakdown(one).annotate(found, when, moment)
            found = found.annotate(**{f"group_{number}": F("group")})
            names.append(f"group_{number}")
        counted = Count(indicator.person, distinct=True) if indicator.distinct else Count("*")
        rows = found.order_by().values(*names).annotate(counted=counted).values_list(*names, "counted")
        return {tuple(row[:-1]): row[-1] for row in rows}

    return kept.number(
        f"groups of {unit.pk}", kept.Asked(indicator, when, options, by), at, divided, [unit.pk]
    )
