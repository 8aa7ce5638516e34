"""This room is for a stated figure beside the counted one, kept with body, day or period, and scope.

What is counted is what the text says is counted: the body it names (else the one the text belongs to), on
the day it names (else the day of the text), since the beginning of the term, in a year. Where the text speaks
of a body that is not to be told, nothing is compared unless a person says which it is.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from orgwork.exchange.texts.finds import Figure
from orgwork.exchange.texts.kept import KeptText, TextFind
from orgwork.exchange.texts.stated import agrees, named
from orgwork.foundation.dates import Period
from orgwork.foundation.refusals import Refusal
from orgwork.insight import frame
from orgwork.insight.series import term_of
from orgwork.registers import access
from orgwork.registers import figures as declared
from orgwork.registers.areas import AreaName
from orgwork.registers.units import ROOT, Unit, UnitForm, UnitLineage, UnitName, UnitService, under_ids

#: Words for levels and bodies, as ``scopes.py`` writes them, and the kinds of bodies they mean.
LEVELS = {
    "province": ("provincial_party_organisation", "central_party_organisation"),
    "district": ("district_party_organisation",),
    "commune": ("grassroots_party_organisation",),
}
_QUARTER = re.compile(r"(\d{4})-Q([1-4])")
_MONTHS = re.compile(r"(\d{4})-01\.\.(\d{4})-(\d\d)")


@dataclass(frozen=True)
class Asked:
    """What is to be counted: a stock on ``until``, or a flow from ``since`` to ``until``, both included."""

    code: str
    unit: Unit
    since: dt.date | None
    until: dt.date


def indicators() -> list[tuple[str, Any]]:
    """The figures to choose from: those that need no further groups."""
    return [(code, one.label) for code, one in declared.catalogue().items()]


def figure_of(said: Mapping) -> Figure:
    """A kept find as the figure that was read."""
    known = {name: said[name] for name in Figure.__dataclass_fields__ if name in said}
    return Figure(**known)


def asked(
    row: TextFind, text: KeptText, *, indicator: str = "", unit: Unit | None = None,
    since: dt.date | None = None, until: dt.date | None = None, scopes: Scopes | None = None,
) -> Asked:  # fmt: skip
    """What a find asks to be counted, as far as a person has not said otherwise; refuses what is open."""
    code = indicator or named(figure_of(row.said), text.text, text.language)
    if not code:
        raise Refusal(
            _("The words at “%(figure)s” name no figure that the registers count; choose one, or dismiss it.")
            % {"figure": row.surface},
            field="indicator", code="no_indicator",
        )  # fmt: skip
    if unit is None:
        unit = (scopes or Scopes(text)).unit(row.said.get("scope") or "")
    if unit is None:
        raise Refusal(
            _("“%(figure)s” is said of “%(scope)s”; choose the body of the register that is counted.")
            % {"figure": row.surface, "scope": row.said.get("scope")},
            field="unit", code="scope",
        )  # fmt: skip
    flow = declared.get(code).kind != declared.STOCK
    first, last = period(row.said.get("as_of_or_period") or "", text.day, flow=flow)
    first, last = since or first, until or last
    if not flow:
        return Asked(code, unit, None, last)
    first = first or term_of(last)
    if first > last:
        raise Refusal(
            _("The first day lies after the last one; exchange the two."), field="since", code="days"
        )
    return Asked(code, unit, first, last)


class Scopes:
    """Bodies by what texts call them, seen from the body of one text; each is looked for once."""

    def __init__(self, text: KeptText):
        self.text = text
        self._found: dict[str, Unit | None] = {}

    def unit(self, scope: str) -> Unit | None:
        """The body meant; None where it is none of the register, or more than one."""
        if not scope:
            return self.text.unit
        if scope not in self._found:
            self._found[scope] = self._look(scope)
        return self._found[scope]

    def _look(self, scope: str) -> Unit | None:
        day = self.text.day
        if scope == "national":
            return Unit.objects.filter(code=ROOT).first()
        above = UnitLineage.objects.on(day).filter(descendant=self.text.unit).order_by("depth")
        ids = list(above.values_list("ancestor", flat=True)) or [self.text.unit_id]
        if scope in LEVELS:
            kinds = UnitForm.objects.on(day).filter(unit__in=ids, kind__in=LEVELS[scope])
            held = set(kinds.values_list("unit", flat=True))
            own = next((pk for pk in ids if pk in held), None)
            return Unit.objects.filter(pk=own).first() if own else None
        return self._named(scope, ids)

    def _named(self, scope: str, ids: list[int]) -> Unit | None:
        """ "Dien Bien province": the body that serves the place of that name, above, at or below this one."""
        name, _blank, level = scope.rpartition(" ")
        kinds = LEVELS.get(level)
        if not name or kinds is None:
            return None
        from orgwork.foundation.search import fold

        day = self.text.day
        areas = AreaName.objects.on(day).filter(folded__endswith=fold(name)).values("area")
        served = UnitService.objects.on(day).filter(area__in=areas).values("unit")
        forms = UnitForm.objects.on(day).filter(unit__in=served, kind__in=kinds)
        near = forms.filter(unit__in=ids) | forms.filter(unit__in=under_ids(ids[-1], day))
        found = set(near.values_list("unit", flat=True)[:3])
        if not found:
            named_so = UnitName.objects.on(day).filter(folded__endswith=fold(name)).values("unit")
            found = set(
                UnitForm.objects.on(day)
                .filter(unit__in=named_so, kind__in=kinds)
                .values_list("unit", flat=True)[:3]
            )
        return Unit.objects.filter(pk=found.pop()).first() if len(found) == 1 else None


def period(said: str, day: dt.date, *, flow: bool) -> tuple[dt.date | None, dt.date]:
    """The first and the last day of what ``scopes.py`` wrote, for a text that speaks from ``day``."""
    if not said:
        return (term_of(day) if flow else None), day
    if said.startswith("term.."):
        last = _iso(said[6:]) or day
        return term_of(last), last
    if found := _QUARTER.fullmatch(said):
        first = dt.date(int(found[1]), int(found[2]) * 3 - 2, 1)
        return first, min(_last_of_month(first.year, first.month + 2), max(day, first))
    if found := _MONTHS.fullmatch(said):
        return dt.date(int(found[1]), 1, 1), min(_last_of_month(int(found[2]), int(found[3])), day)
    if re.fullmatch(r"\d{4}", said):
        first = dt.date(int(said), 1, 1)
        return first, min(first.replace(month=12, day=31), day) if first <= day else day
    if ".." in said:
        begun, ended = (_iso(part) for part in said.split("..", 1))
        return begun, ended or day
    if (then := _iso(said)) is not None:
        return (term_of(then) if flow else None), then
    return (term_of(day) if flow else None), day


def _last_of_month(year: int, month: int) -> dt.date:
    return dt.date(year + month // 12, month % 12 + 1, 1) - dt.timedelta(days=1)


def _iso(said: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(said)
    except ValueError:
        return None


def count(asked: Asked, *, known_at: int | None = None) -> frame.Result:
    """What the registers count of it."""
    if asked.since is None:
        return frame.compute(asked.code, asked.unit, on=asked.until, known_at=known_at)
    return frame.compute(
        asked.code, asked.unit, period=Period.days(asked.since, asked.until), known_at=known_at
    )


def compared(asked: Asked, row: TextFind, actor, *, now: dt.date, cleared: bool = False) -> dict[str, Any]:
    """Stated and counted side by side, as they are kept at the find. Refuses who may not read the figure."""
    if not cleared:
        access.require(actor, "figures.read", asked.unit, now=now)
    found = count(asked)
    figure = figure_of(row.said)
    return {
        "indicator": asked.code, "unit": asked.unit.code, "until": asked.until.isoformat(),
        "since": asked.since.isoformat() if asked.since else "",
        "stated": figure.value, "counted": found.value, "agrees": agrees(figure, found.value),
        "known_at": found.known.moment,
    }  # fmt: skip
