"""This room is for the indicators: every figure has a name, a definition and the queryset of its records."""

from . import badges, bodies, coverage, groups, members, papers, places
from .base import (
    CHANGE,
    FLOW,
    KINDS,
    RATIO,
    STOCK,
    UNITS_OF_VALUE,
    Breakdown,
    Derived,
    Indicator,
    When,
    add,
    catalogue,
    day_of,
    get,
    ratio,
)
from .members import DECREASES, INCREASES

__all__ = [
    "CHANGE", "DECREASES", "FLOW", "INCREASES", "KINDS", "RATIO", "STOCK", "UNITS_OF_VALUE", "Breakdown",
    "Derived", "Indicator", "When", "add", "badges", "bodies", "catalogue", "coverage", "day_of",
    "get", "groups", "members", "papers", "places", "ratio",
]  # fmt: skip
