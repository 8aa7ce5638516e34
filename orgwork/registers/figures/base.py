"""This room is for what an indicator is: a name, a definition, and the queryset of the records it counts.

An indicator says nothing of scope. It names the path from a record to its body, and the day on which the
record's place is judged: a stock on the day asked, a flow on the day of its event. The frame on the floor
``insight`` adds scope, grouping and drill-down. Allowed in a catalogued queryset are comparisons, Exists,
Case and Subquery; JSON look-ups, arithmetic on dates and GROUP BY on a primary key are not (a test says
so), so that the same SQL runs on every engine.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from orgwork.foundation.dates import Period
from orgwork.foundation.refusals import Refusal

#: What an indicator is asked for: a day (stock) or a period (flow).
When = dt.date | Period

STOCK, FLOW, RATIO, CHANGE = "stock", "flow", "ratio", "change"

KINDS = {
    STOCK: _("stock on a day"),
    FLOW: _("events of a period"),
    RATIO: _("ratio"),
    CHANGE: _("change over a period"),
}

UNITS_OF_VALUE = {
    "members": _("members"),
    "people": _("people"),
    "bodies": _("bodies"),
    "villages": _("villages and residential groups"),
    "heads": _("village heads"),
    "firms": _("private firms"),
    "cases": _("cases"),
    "badges": _("badges"),
    "papers": _("papers"),
    "sessions": _("sessions"),
    "percent": _("per cent"),
    "members_per_year": _("members a year"),
    "percent_per_year": _("per cent a year"),
}


@dataclass(frozen=True)
class Breakdown:
    """A way to divide the records of an indicator: groups with labels, and the expression that gives the
    group.
    """

    code: str
    label: Any
    groups: Callable[[When], Sequence[tuple[str, Any]]]
    annotate: Callable[[QuerySet, When, int | None], QuerySet]
    #: Ethnicity and religion: only whole counts, small ones hidden, and never a list of people.
    sensitive: bool = False

    def only(self, queryset: QuerySet, value: str, when: When, known_at: int | None) -> QuerySet:
        """The records of one group. Sensitive groups are never listed."""
        if self.sensitive:
            raise Refusal(
                _("Counts by %(what)s open to no list: nobody may look up who belongs to a group.")
                % {"what": self.label},
                field=self.code, code="opens_to_no_list", citation="Orgwork's own rule: sensitive data",
            )  # fmt: skip
        known = [code for code, _label in self.groups(when)]
        if value not in known:
            raise Refusal(
                _("There is no group “%(value)s” here; choose one of: %(known)s.")
                % {"value": value, "known": ", ".join(known)},
                field=self.code, code="unknown_group",
            )  # fmt: skip
        return self.annotate(queryset, when, known_at).filter(group=value)


@dataclass(frozen=True)
class Indicator:
    """A figure that is its records.

    ``records(when, known_at)`` is the queryset without scope. ``unit`` is the path (or annotation) to the
    body, ``judged`` the day of judging: "day" (stock), "start" (the event is ``valid_from``) or "end" (the
    event is ``valid_to``; the record's place is where it was on the last day). ``against`` names the body
    on the other side of the event: where both lie in the scope, nothing came or went. ``person`` is the
    path to the person where persons are counted, each once (``distinct``): such a figure does not add up
    over bodies.
    """

    code: str
    label: Any
    definition: Any
    unit_of_value: str
    kind: str
    records: Callable[..., QuerySet]
    source: str = ""
    unit: str = "unit"
    person: str | None = "person"
    judged: str = "day"
    against: str | None = None
    distinct: bool = False
    structural: str = ""  # "in" | "out": the body moved, not the member
    custody: bool = False  # what ended bodies left counts at their custodian
    subject: str = "member"  # what a record is: member | body | area | head | case
    key: str = "spell"  # the number that identifies a record for ever
    breakdowns: tuple[Breakdown, ...] = ()
    #: Options besides breakdowns, each with the condition it adds.
    options: Mapping[str, Callable[[str], Q]] = field(default_factory=dict)
    #: Names of provisions the records rest on: their versions are said with the figure.
    provisions: tuple[str, ...] = ()

    @property
    def decomposable(self) -> bool:
        """Whether it may be counted per body first and then added up along the tree."""
        return not self.distinct

    @property
    def event(self) -> str | None:
        """The field that holds the day of a flow's event."""
        return {"start": "valid_from", "end": "valid_to"}.get(self.judged)

    def breakdown(self, code: str) -> Breakdown:
        for one in self.breakdowns:
            if one.code == code:
                return one
        raise Refusal(
            _("“%(figure)s” cannot be divided by “%(by)s”; choose one of: %(known)s.")
            % {
                "figure": self.label, "by": code,
                "known": ", ".join(one.code for one in self.breakdowns) or _("(it has no groups)"),
            },
            field="by", code="unknown_breakdown",
        )  # fmt: skip

    def asked(self, when: When, *, known_at: int | None = None, **options) -> QuerySet:
        """The records with the options applied; an option is a group of a breakdown or a declared one."""
        found = self.records(when, known_at=known_at)
        for name, value in options.items():
            if value in (None, ""):
                continue
            if name in self.options:
                found = found.filter(self.options[name](value))
            else:
                found = self.breakdown(name).only(found, value, when, known_at)
        return found


@dataclass(frozen=True)
class Derived:
    """A figure computed from others. ``parts`` gives each part's indicator and what to ask it for.

    ``compute`` receives the parts' values and the period and returns the value, or None where a denominator
    is nothing. Its records are those of its parts.
    """

    code: str
    label: Any
    definition: Any
    unit_of_value: str
    kind: str
    parts: Callable[[Period], Sequence[tuple[str, str, Any]]]
    compute: Callable[[Mapping[str, Any], Period], float | int | None]
    source: str = ""
    provisions: tuple[str, ...] = ()
    breakdowns: tuple[Breakdown, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)
    subject: str = "member"
    decomposable: bool = False


def ratio(a: float | int | None, b: float | int | None, *, times: float = 1) -> float | None:
    """a ÷ b × times; None where b is nothing or either is unknown."""
    if a is None or not b:
        return None
    return a / b * times


_catalogue: dict[str, Indicator | Derived] = {}


def add(indicator):
    """Enter an indicator in the catalogue; codes are unique."""
    if indicator.code in _catalogue:
        raise ValueError(f"{indicator.code} is in the catalogue already")
    if indicator.unit_of_value not in UNITS_OF_VALUE or indicator.kind not in KINDS:
        raise ValueError(f"{indicator.code}: unknown unit of value or kind")
    _catalogue[indicator.code] = indicator
    return indicator


def catalogue() -> Mapping[str, Indicator | Derived]:
    """Every indicator by code, in the order of the catalogue."""
    return dict(_catalogue)


def get(code: str) -> Indicator | Derived:
    """The indicator of that code; refuses with the nearest names."""
    try:
        return _catalogue[code]
    except KeyError:
        stem = code.split(".")[0]
        near = [known for known in _catalogue if known.split(".")[0] == stem] or list(_catalogue)
        raise Refusal(
            _("No figure is called “%(code)s”; there are: %(known)s.")
            % {"code": code, "known": ", ".join(near)},
            field="indicator", code="unknown_indicator",
        ) from None  # fmt: skip


def years_before(day: dt.date, years: int) -> dt.date:
    """The same day so many years before; 29 February becomes the 28th."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)


def months_before(day: dt.date, months: int) -> dt.date:
    """The same day so many months before, or the last day of that month."""
    number = day.year * 12 + day.month - 1 - months
    year, month = divmod(number, 12)
    for last in (day.day, 30, 29, 28):
        try:
            return dt.date(year, month + 1, last)
        except ValueError:
            continue
    raise AssertionError("every month has 28 days")


def day_of(when: When) -> dt.date:
    """The day at which groups are judged: the day of a stock, the last day of a period."""
    return when if isinstance(when, dt.date) else (when.last or dt.date.max)
