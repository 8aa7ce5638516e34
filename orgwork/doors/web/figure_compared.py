"""This room is for a figure at two moments of knowledge: what came late, went or was corrected between."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.db.models import Q

from orgwork.doors.web import numbers
from orgwork.insight import frame
from orgwork.registers import figures

MOST = 5_000  # keys listed of each kind; the numbers themselves are always whole
AT_ONCE = 20_000  # where more records differ than this, only the numbers are compared


@dataclass
class Compared:
    """A figure as known then and now, and the keys of the records that make the difference."""

    then: frame.Known
    now: frame.Known
    value_then: int | float | None
    value_now: int | float | None
    late: list = field(default_factory=list)  # counted now, not known then
    gone: list = field(default_factory=list)  # counted then, no longer
    corrected: list = field(default_factory=list)  # counted both times, on another day or with another body

    @property
    def differs(self) -> bool:
        return bool(self.late or self.gone or self.corrected) or self.value_then != self.value_now

    def keys(self, which: str) -> list:
        return getattr(self, which)[:MOST]


KINDS = ("late", "gone", "corrected")


def compare(asked, then: frame.Known, now: frame.Known) -> Compared:
    """Only records written since are looked at; where that does not explain the difference, all are.

    Of very many the page would take seconds to say which they are: then only the numbers are told apart.
    """
    found = Compared(then, now, value_at(asked, then), value_at(asked, now))
    before, after = asked.all(then), asked.all(now)
    if before.query.combinator or after.query.combinator:
        return found
    if asked.indicator.subject == "case":
        return sorted_out(found, said(asked, before), said(asked, after))
    touched_since = Q(recorded__gte=then.moment)
    touched_then = Q(retracted__isnull=False) if now.moment is None else Q(retracted__lt=now.moment)
    sorted_out(found, said(asked, before.filter(touched_then)), said(asked, after.filter(touched_since)))
    explained = len(found.late) - len(found.gone)
    counted = asked.indicator.distinct or asked.indicator.code != asked.code
    whole = max(found.value_now or 0, found.value_then or 0) <= AT_ONCE
    if whole and not counted and (found.value_now or 0) - (found.value_then or 0) != explained:
        sorted_out(found, said(asked, before), said(asked, after))
    return told_apart(asked, found)


def told_apart(asked, found: Compared) -> Compared:
    """What came by the correction of a record that was known already was not recorded late."""
    if found.late and asked.indicator.key == "spell":
        rows = asked.all(found.now).model.versions.filter(recorded__lt=found.then.moment)
        known = set(rows.filter(spell__in=found.late[:MOST]).values_list("spell", flat=True))
        found.corrected = sorted({*found.corrected, *known})
        found.late = [key for key in found.late if key not in known]
    return found


def value_at(asked, known: frame.Known):
    """The figure at a moment; at the page's own moment it has been counted already."""
    on = None if isinstance(asked.when, figures.base.Period) else asked.when
    period = None if on else asked.when
    if known == asked.known:
        return numbers.value(asked.request, asked.code, asked.unit, on=on, period=period, **asked.options)
    return frame.compute(asked.code, asked.unit, on=on, period=period, known_at=known, **asked.options).value


def said(asked, rows) -> dict | None:
    """What each record says for the figure: its body and, for an event, its day. None of too many."""
    columns = [asked.indicator.key, asked.indicator.unit]
    if asked.indicator.kind == figures.FLOW:
        columns.append("event")
    found = list(rows.values_list(*columns)[: AT_ONCE + 1])
    return {key: rest for key, *rest in found} if len(found) <= AT_ONCE else None


def sorted_out(found: Compared, before: dict | None, after: dict | None) -> Compared:
    if before is None or after is None:
        return found
    found.late = sorted(key for key in after if key not in before)
    found.gone = sorted(key for key in before if key not in after)
    found.corrected = sorted(key for key in after if key in before and before[key] != after[key])
    return found


def moments_of(request, day) -> tuple[frame.Known, frame.Known]:
    """Then: as the dial says, else at the end of the day asked for. Now: all that is known."""
    if request.dials.known:
        return numbers.known(request), frame.known(None)
    return frame.known(day), numbers.known(request)
