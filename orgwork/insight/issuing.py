"""This room is for issuing a report: freeze what it says, and tell later what has changed since.

Frozen are the values, the keys of the records counted (spell and day of the event: identities, never rows),
the moment of knowledge, and position and link of the journal's head, so that rewriting everything is found
out, too. Asked at its moment the report says the same for ever; asked now, ``since_then`` says what came,
what went, who did it, when and why.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orgwork.foundation import bulk, journal, wording
from orgwork.foundation.dates import Period
from orgwork.foundation.moments import Act, Moment
from orgwork.foundation.refusals import Refusal
from orgwork.procedures.cases import Outcome
from orgwork.procedures.fields import Field
from orgwork.procedures.operations import operation
from orgwork.registers import figures
from orgwork.registers.figures import Indicator
from orgwork.registers.units import Unit

from . import frame, since
from .issued import FrozenFigure, FrozenKey, IssuedReport
from .reports import term
from .reports.parts import Report, Slot


@operation(
    "report.issue",
    act="report.issue",
    label=gettext_lazy("Issue a term report"),
    at=lambda fields: fields["unit"],
    help=gettext_lazy("What the report says is frozen; later corrections show as changed since then."),
    fields=(
        Field("unit", "unit", gettext_lazy("Body")),
        Field("first", "day", gettext_lazy("First day")),
        Field("last", "day", gettext_lazy("Last day")),
    ),
    citation="QĐ 75-QĐ/TW (2017)",
)
def issue(act: Act, *, day: dt.date, unit: Unit, first: dt.date, last: dt.date):
    """Compute the report at one horizon and freeze it, with its keys and the head of the chain."""
    if last < first:
        raise Refusal(_("The period ends before it begins; turn the two days round."), field="last")
    if last > act.day:
        raise Refusal(
            _("The period ends on %(last)s, which has not come yet; choose an earlier last day.")
            % {"last": wording.day(last)},
            field="last", code="not_over",
        )  # fmt: skip
    known = frame.known()
    report = term.build(unit, Period.days(first, last), known_at=known)
    position, link = journal.head()
    issued = IssuedReport.objects.create(
        kind=report.kind, unit=unit, start=first, last=last, known_at=known.moment, moment=act.moment,
        issued_at=act.at, actor=act.actor, chain_position=position, chain_link=link,
    )  # fmt: skip
    slots = report.slots()
    _freeze(issued, report, slots)
    said = {
        "from": first.isoformat(), "to": last.isoformat(), "known_at": str(known),
        "figures": {slot.name: slot.value for slot in slots if slot.unit == unit.code and not slot.options},
        "chain": {"position": position, "link": link},
    }  # fmt: skip
    subjects = [(("report", issued.pk), said), (("unit", unit.pk), {"report": issued.pk, **_days(said)})]
    return Outcome(subjects=subjects, result=issued)


def _days(said: Mapping) -> dict:
    return {"from": said["from"], "to": said["to"]}


def _freeze(issued: IssuedReport, report: Report, slots: list[Slot]) -> None:
    """Values of every slot; keys of those that count records of the body itself."""
    units = dict(Unit.objects.filter(code__in={slot.unit for slot in slots}).values_list("code", "pk"))
    frozen = FrozenFigure.objects.bulk_create(
        [
            FrozenFigure(
                report=issued, slot=slot.name, indicator=slot.code, unit_id=units[slot.unit],
                options=slot.frozen_options, value=slot.value, definition=slot.definition,
            )
            for slot in slots
        ]
    )  # fmt: skip
    for figure, slot in zip(frozen, slots, strict=True):
        if not has_keys(slot.code, slot.unit, issued.unit.code, slot.options):
            continue
        indicator = figures.get(slot.code)
        found = frame.scoped(indicator, report.unit, slot.when, report.known.moment, slot.options)
        rows = [
            (figure.pk, spell, event) for spell, event in sorted(since.keys_of(indicator, found), key=str)
        ]
        bulk.insert(FrozenKey, ["figure", "spell", "event"], rows)


def has_keys(code: str, unit: str, issuer: str, options: Mapping) -> bool:
    """Whether the keys of a figure are frozen: lines of tables only divide what is frozen as a whole."""
    return isinstance(figures.get(code), Indicator) and unit == issuer and not options


@dataclass(frozen=True)
class Line:
    """One figure of an issued report, as issued and as it is now."""

    slot: str
    code: str
    label: str
    unit: str
    when: figures.When
    options: Mapping[str, str]
    style: str
    frozen: int | float | None
    now: int | float | None
    definition: str
    since: since.Since | None = None
    url_then: str = ""
    url_now: str = ""

    @property
    def changed(self) -> bool:
        return self.frozen != self.now or bool(self.since and self.since.changed)


@dataclass(frozen=True)
class SinceThen:
    """An issued report today: each line, and those that changed."""

    report: IssuedReport
    then: frame.Known
    now: frame.Known
    lines: list[Line]

    @property
    def changed(self) -> list[Line]:
        return [line for line in self.lines if line.changed]


def known_of(report: IssuedReport) -> frame.Known:
    """The moment of knowledge at which the report was computed."""
    return frame.known(report.known_at)


def as_issued(report: IssuedReport, *, language: str | None = None) -> Report:
    """The report again, in any language: asked at its moment it says what it said."""
    period = Period.days(report.start, report.last)
    return term.build(report.unit, period, known_at=known_of(report), language=language)


def footer(report: IssuedReport) -> str:
    """What is printed under an issued report: day of issue, position and link of the journal's head."""
    return _("Issued on %(day)s. Journal at entry %(position)s, %(link)s.") % {
        "day": wording.day(timezone.localtime(report.issued_at).date()), "position": report.chain_position,
        "link": report.chain_link[:16] or "–",
    }  # fmt: skip


def since_then(
    report: IssuedReport, *, actor: Any = None, today: dt.date | None = None, known_at=None
) -> SinceThen:
    """Each figure as issued and as it is now; where they differ, the records that came or went."""
    then, now = known_of(report), frame.known(known_at)
    frozen = list(report.figures.select_related("unit").order_by("pk"))
    found: dict[int, since.Since] = {}
    values = None
    if _written(report, then, now):
        found = _compared(report, frozen, then, now, actor, today)
        values = _values_now(report, now, frozen, found)
    lines = [_line(figure, then, now, values, found.get(figure.pk)) for figure in frozen]
    return SinceThen(report, then, now, lines)


def _written(report, then, now) -> bool:
    """Whether anything was written since the report was issued (in a rehearsal: it may have been)."""
    written = Moment.objects.filter(pk__gte=then.moment, pk__lt=now.moment).exclude(pk=report.moment)
    return now.moment is None or written.exists()


def _asked(figure: FrozenFigure) -> tuple[figures.When, Mapping[str, str], str]:
    """What a frozen figure was asked for: when, with which options, and how it is said."""
    asked = dict(figure.options)
    style, options = asked.pop("style", ""), asked.pop("options", {})
    return _when(asked), options, style


def _compared(report, frozen, then, now, actor, today) -> dict[int, since.Since]:
    """Of every figure whose keys are frozen: what came and what went, by the figure's number."""
    issuer = report.unit.code
    keyed = [one for one in frozen if has_keys(one.indicator, one.unit.code, issuer, _asked(one)[1])]
    keys: dict[int, set] = {one.pk: set() for one in keyed}
    for figure, spell, event in FrozenKey.objects.filter(figure__in=keyed).values_list(
        "figure", "spell", "event"
    ):
        keys[figure].add((spell, event))
    found: dict[int, since.Since] = {}
    for one in keyed:
        when, options, _style = _asked(one)
        found[one.pk] = since.compare(
            figures.get(one.indicator), one.unit, when, keys[one.pk], then=then, now=now, options=options,
            actor=actor, today=today,
        )  # fmt: skip
    return found


def _values_now(report, now, frozen, found) -> Mapping[str, int | float | None]:
    """The figures as they are now, by slot; those compared by their keys are not counted again."""
    counted: frame.Counted = {
        frame.counted_as(one.indicator, one.unit, _asked(one)[0]): found[one.pk].now
        for one in frozen
        if one.pk in found
    }
    fresh = term.build(report.unit, Period.days(report.start, report.last), known_at=now, counted=counted)
    return {slot.name: slot.value for slot in fresh.slots()}


def _line(figure: FrozenFigure, then, now, values, found: since.Since | None) -> Line:
    when, options, style = _asked(figure)
    indicator = figures.get(figure.indicator)
    frozen = _number(figure.value)
    value = frozen if values is None else values.get(figure.slot)
    if found is not None:
        value = found.now
    elif values is not None and figure.slot not in values:  # a line that would not be drawn today
        day = {"on": when} if isinstance(when, dt.date) else {"period": when}
        value = frame.compute(figure.indicator, figure.unit, known_at=now, **day, **options).value
    return Line(
        figure.slot, figure.indicator, str(indicator.label), figure.unit.code, when, options, style, frozen,
        value, figure.definition, found,
        frame.records_url(figure.indicator, figure.unit.code, when, known_at=then, **options),
        frame.records_url(figure.indicator, figure.unit.code, when, known_at=now, **options),
    )  # fmt: skip


def _when(asked: Mapping) -> figures.When:
    if "on" in asked:
        return dt.date.fromisoformat(asked["on"])
    return Period.days(dt.date.fromisoformat(asked["from"]), dt.date.fromisoformat(asked["to"]))


def _number(value) -> int | float | None:
    if value is None:
        return None
    return int(value) if value == int(value) else float(value)
