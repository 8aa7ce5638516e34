"""This room is for what commands and the API answer alike: a figure with its keys, and what it counts."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from orgwork.foundation.accounts import Account
from orgwork.foundation.dates import Period
from orgwork.insight import frame
from orgwork.insight.records import PERSONAL, Listing, listing, ordered, part_of
from orgwork.insight.regrouped import ELSEWHERE, OPEN, Regrouped
from orgwork.registers import figures
from orgwork.registers.reads import note_read
from orgwork.registers.units import Unit


def figure(
    code: str, unit: Unit, *, on: dt.date | None = None, first: dt.date | None = None,
    last: dt.date | None = None, known: dt.date | dt.datetime | None = None, **options: str,
) -> dict[str, Any]:  # fmt: skip
    """The keys of design §9: value, days, known_at, unit_of_value, definition, records_url and the rest."""
    found = frame.compute(code, unit, on=on, period=period(first, last), known_at=known, **options)
    return found.as_json()


def on_structure(
    code: str, unit: Unit, structure: dt.date, *, on: dt.date | None = None, first: dt.date | None = None,
    last: dt.date | None = None, known: dt.date | dt.datetime | None = None, **options: str,
) -> dict[str, Any]:  # fmt: skip
    """The figure by the bodies of its own day, and the same records by those of a later one."""
    when = frame.asked_when(figures.get(code), on, period(first, last))
    found = Regrouped(code, unit, when, structure, known_at=frame.known(known), options=options)
    both = found.beside()
    codes = dict(Unit.objects.filter(pk__in=found.names_before).values_list("pk", "code"))
    return {
        "indicator": code, "unit": unit.code, "structure": structure, "known_at": str(found.at),
        "value": both.total,
        "reported": [{"unit": one.key, "name": one.name, "value": one.value} for one in both.reported],
        "regrouped": [
            {
                "unit": None if one.key in (ELSEWHERE, OPEN) else one.key, "line": one.key, "name": one.name,
                "value": one.value, "came_of": {codes[body]: n for body, n in one.came_of.items()},
                "records_url": figure_records_url(found, one.key),
            }
            for one in both.regrouped
        ],
    }  # fmt: skip


def figure_records_url(found: Regrouped, line: str) -> str:
    """The page that lists the records of a line of the new structure."""
    return frame.records_url(
        found.indicator.code, found.unit.code, found.when, known_at=found.at, below="structure/",
        **found.options, structure=found.day.isoformat(), line=line,
    )  # fmt: skip


def period(first: dt.date | None, last: dt.date | None) -> Period | None:
    """As people name it: both days included."""
    return Period.days(first, last) if first and last else None


def known(when: dt.date | dt.datetime | None) -> dt.date | dt.datetime | None:
    """A time without a zone is one of this house's zone."""
    if isinstance(when, dt.datetime) and when.tzinfo is None:
        return timezone.make_aware(when)
    return when


def growth(unit: Unit, quarter: str, *, known: dt.date | dt.datetime | None = None) -> dict[str, Any]:
    """Where growth is low (report 002): the body and those directly under it, set against their past."""
    from orgwork.insight.growth import growth as compute

    found = compute(unit, quarter, known_at=known)
    return {
        "unit": found.unit.code, "quarter": str(found.quarter), "known_at": str(found.known),
        "past_years": list(found.past_years), "limits": dict(found.limits), "rules": list(found.rules),
        "notes": [str(note) for note in found.notes], "own": _line(found.own),
        "lines": [_line(line) for line in found.lines],
    }  # fmt: skip


def _line(line) -> dict[str, Any]:
    remark = line.remark
    return {
        "unit": line.code, "name": line.name, "kind": line.kind, "members": line.members,
        "admitted": line.admitted, "past": {str(year): n for year, n in line.past.items()},
        "past_mean": line.past_mean, "of_past": line.of_past, "target": line.target,
        "admitted_this_year": line.admitted_this_year, "target_due": line.target_due,
        "of_target": line.of_target, "rate": line.rate, "kind_median": line.kind_median,
        "low": list(line.low), "below_kind": line.below_kind, "records_url": line.url,
        "causes": remark.causes if remark else "", "proposals": remark.proposals if remark else "",
    }  # fmt: skip


def page_of_records(
    code: str, unit: Unit, account: Account | None, *, offset: int = 0, limit: int = 50,
    on: dt.date | None = None, first: dt.date | None = None, last: dt.date | None = None, known=None,
    **options: str,
) -> Listing:  # fmt: skip
    """One page of the records behind a figure, as far as the account may see them today."""
    return listing(
        code, unit, actor=account, now=timezone.localdate(), on=on, period=period(first, last),
        known_at=known, offset=offset, limit=limit, **options,
    )  # fmt: skip


def all_records(
    code: str, unit: Unit, account: Account | None, *, door: str, on: dt.date | None = None,
    first: dt.date | None = None, last: dt.date | None = None, known=None, **options: str,
) -> dict[str, Any]:  # fmt: skip
    """Every record behind a figure. The operator of the machine reads the numbers of people, never a name."""
    asked = {"on": on, "first": first, "last": last, "known": known, **options}
    indicator, when = part_of(code, on, period(first, last))
    if account is None and indicator.subject in PERSONAL:
        return {"records": _unnamed(indicator, unit, when, frame.known(known), options)}
    rows, offset = [], 0
    while offset is not None:
        found = page_of_records(code, unit, account, offset=offset, limit=2000, **asked)  # type: ignore[arg-type]
        rows += [row.as_json() for row in found.rows]
        offset = found.following
    if found.personal and rows:
        note_read(account, "names.read", door=door, unit=unit, count=len(rows))
    if not found.hidden:
        return {"records": rows}
    return {"records": rows, "records_hidden": found.hidden, "who": who(found)}


def who(found: Listing) -> list[str]:
    """Those who may open what is hidden."""
    return [f"{h.post}, {h.body}" + (f" ({h.name})" if h.name else "") for h in found.who[:5]]


def _unnamed(indicator, unit: Unit, when, at: frame.Known, options: dict[str, str]) -> list[dict[str, Any]]:
    rows = ordered(indicator, frame.scoped(indicator, unit, when, at.moment, options))
    if indicator.subject == "case":
        return [
            {
                "type": "case",
                "id": row.pk,
                "label": _("Case %(id)s") % {"id": row.pk},
                "url": f"/cases/{row.pk}/",
            }
            for row in rows
        ]
    return [
        {
            "type": "person", "id": row.person_id, "label": _("Person %(id)s") % {"id": row.person_id},
            "url": f"/people/{row.person_id}/",
        }
        for row in rows
    ]  # fmt: skip


def catalogue() -> list[dict[str, Any]]:
    """Every figure with its definition, in the order of the catalogue."""
    return [
        {
            "indicator": one.code, "label": str(one.label), "definition": str(one.definition),
            "kind": one.kind, "unit_of_value": one.unit_of_value, "source": one.source,
            "subject": one.subject,
            "options": sorted({*one.options, *(b.code for b in one.breakdowns if not b.sensitive)}),
        }
        for one in figures.catalogue().values()
    ]  # fmt: skip
