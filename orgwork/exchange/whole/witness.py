"""This room is for proving that two databases hold the same: rows, journal, rules broken, figures.

A witness is taken on one side and compared on the other. Whoever calls has routed the usual connection.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import Counter
from typing import Any

from django.utils.translation import gettext as _

from orgwork.foundation import journal, moments
from orgwork.foundation.dates import Period
from orgwork.insight import frame
from orgwork.insight.issued import printed_heads
from orgwork.registers import access, rules

from . import tables

#: Stocks and flows from every register, at the root; a flow over all of the days there are.
STOCKS = ("members.stock", "bodies.count", "villages.with_organisation", "villages.heads_members")
FLOWS = ("members.admitted",)
ALL_DAYS = Period(dt.date(1930, 1, 1), dt.date(2101, 1, 1))


def take(day: dt.date) -> dict[str, Any]:
    """What this database holds. Of one that still has to be migrated, only what no migration touches."""
    found: dict[str, Any] = {
        "tables": tables.counted(),
        "migrations": tables.applied(),
        "day": day.isoformat(),
    }
    if "foundation_link" not in found["tables"]:
        return found
    position, link = journal.head()
    found |= {"horizon": moments.horizon(), "journal": {"position": position, "link": link}}
    if not tables.missing():
        found |= {"figures": figures(day, found["horizon"]), "breaches": breaches(day)}
    return found


def figures(day: dt.date, horizon: int) -> dict[str, Any]:
    root = access.root()
    if root is None:
        return {}
    stocks = {code: frame.compute(code, root, on=day, known_at=horizon).value for code in STOCKS}
    flows = {code: frame.compute(code, root, period=ALL_DAYS, known_at=horizon).value for code in FLOWS}
    return stocks | flows


def breaches(day: dt.date) -> dict[str, Any]:
    """By rule how many, and one digest over all of them (no name is in it)."""
    found = rules.check(None, day)
    keys = sorted(f"{one.rule} {one.type} {one.id}" for one in found)
    digest = hashlib.sha256("\n".join(keys).encode()).hexdigest()
    return {"rules": dict(sorted(Counter(one.rule for one in found).items())), "digest": digest}


def differences(said: dict[str, Any]) -> list[str]:
    """In what this database differs from the witness, in sentences; the journal is walked from end to end."""
    found = []
    now = tables.counted()
    for name, count in said["tables"].items():
        if now.get(name) != count:
            found.append(
                _("%(table)s holds %(now)s rows instead of %(then)s.")
                % {"table": name, "now": now.get(name, 0), "then": count}
            )
    if "journal" in said:
        found += _journal(said["journal"])
    if "figures" in said:
        day = dt.date.fromisoformat(said["day"])
        for code, value in figures(day, said["horizon"]).items():
            if said["figures"].get(code) != value:
                found.append(
                    _("The figure %(figure)s is %(now)s instead of %(then)s.")
                    % {"figure": code, "now": value, "then": said["figures"].get(code)}
                )
        if breaches(day) != said["breaches"]:
            found.append(_("“check” finds other breaches than before."))
    return found


def _journal(said: dict[str, Any]) -> list[str]:
    heads = [(said["position"], said["link"])] if said["position"] else []
    verdict = journal.verify(heads=[*printed_heads(), *heads])
    return [_("The journal is not whole: %s") % one.text for one in verdict.findings[:5]]
