"""This room is for every body at once: records are counted per body first and then added up along the tree.

The indicator's queryset is compiled as it stands and joined to the lineage in one statement; nothing is asked
body by body. Both engines understand the SQL; only counting and comparing is done in it.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection
from django.db.models import Count, F

from orgwork.foundation.dates import DAY, Period
from orgwork.registers.units import Unit, UnitCustody, UnitLineage

LINEAGE = UnitLineage._meta.db_table


class Few(list):
    """Bodies of which few records are counted: these lead to the lineage, no index is sought by the body."""


def counts(
    indicator, queryset, when, known_at: int | None, *, only: Sequence[int] | None = None
) -> dict[int, int]:
    """{body: count} for all bodies, or for some, from the unscoped records of an indicator."""
    if only is not None and not only:
        return {}
    if indicator.structural:
        return _run(*_structural(indicator.structural, queryset, when, known_at, only))
    if only is not None and indicator.unit == "unit" and not isinstance(only, Few):
        below = _below(only, when, known_at)
        if not _most(below):
            queryset = queryset.filter(unit__in=below.values("descendant"))
    if indicator.event is None:
        found = _run(*_stock(indicator, queryset, when, known_at, only))
        if indicator.distinct:
            for body, number in _run(*_twice(indicator, queryset, when, known_at, only)).items():
                found[body] -= number
        return found
    found = _run(*_events(indicator, queryset, known_at, only))
    if indicator.against:
        inside = _run(*_inside(indicator, queryset, known_at, only))
        for body, number in inside.items():
            found[body] = found.get(body, 0) - number
    return found


def by_group(
    indicator, queryset, when, known_at: int | None, only: Sequence[int]
) -> dict[tuple[int, str], int]:
    """{(body, group): count} of a stock whose records carry ``group``, for some bodies, in one statement."""
    grouped = queryset.values(u_=F(indicator.unit), g_=F("group")).annotate(n_=Count("*"))
    inner, params = compiled(grouped)
    tree_sql, tree_params = compiled(_tree(when, known_at, False))
    which, ids = _of("l", only)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT l.ancestor_id, c.g_, sum(c.n_) FROM ({inner}) c JOIN ({tree_sql}) l"
            f" ON l.descendant_id = c.u_{which} GROUP BY l.ancestor_id, c.g_",
            (*params, *tree_params, *ids),
        )
        return {(body, group): int(number) for body, group, number in cursor.fetchall()}


def _run(sql: str, params: Sequence) -> dict[int, int]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return {body: int(number) for body, number in cursor.fetchall()}


def compiled(queryset) -> tuple[str, tuple]:
    """SQL and bound values of a queryset, unordered."""
    return queryset.order_by().query.sql_with_params()


def _below(only, when, known_at):
    rows = UnitLineage.objects.at(known_at).filter(ancestor__in=only)
    if isinstance(when, Period):
        return rows.overlapping(Period(when.start - DAY, when.end))
    return rows.valid_on(when)


def _most(below) -> bool:
    """Whether so many bodies lie below that looking for each costs more than reading all records once.

    What is read beyond them falls away where the counts are added up: only the cost differs.
    """
    return 2 * below.count() > Unit.objects.count()


def _known(alias: str, known_at: int | None) -> tuple[str, list]:
    """The condition of ``DatedQuerySet.known`` in SQL."""
    if known_at is None:
        return f"{alias}.retracted IS NULL", []
    return f"{alias}.recorded < %s AND ({alias}.retracted IS NULL OR {alias}.retracted >= %s)", [
        known_at,
        known_at,
    ]


def _of(alias: str, only) -> tuple[str, list]:
    if only is None:
        return "", []
    plus = "+" if isinstance(only, Few) else ""
    return f" AND {plus}{alias}.ancestor_id IN ({', '.join(['%s'] * len(only))})", list(only)


def _tree(when, known_at, custody: bool):
    """The lineage of a day as a queryset of pairs, with what custodians keep."""
    rows = UnitLineage.objects.on(when, known_at=known_at)
    if not custody:
        return rows.values("ancestor_id", "descendant_id")
    kept = UnitCustody.objects.on(when, known_at=known_at)
    kept_sql, kept_params = compiled(kept.values("custodian_id", "unit_id"))
    sql, params = compiled(rows.values("ancestor_id", "descendant_id"))
    return (
        f"{sql} UNION SELECT t.ancestor_id, k.unit_id FROM ({kept_sql}) k JOIN ({sql}) t"
        " ON t.descendant_id = k.custodian_id",
        (*params, *kept_params, *params),
    )


def _stock(indicator, queryset, when, known_at, only):
    inner, params = compiled(queryset.values(u_=F(indicator.unit)).annotate(n_=Count("*")))
    tree = _tree(when, known_at, indicator.custody)
    tree_sql, tree_params = tree if isinstance(tree, tuple) else compiled(tree)
    which, ids = _of("l", only)
    return (
        f"SELECT l.ancestor_id, sum(c.n_) FROM ({inner}) c JOIN ({tree_sql}) l ON l.descendant_id = "
        f"c.u_{which}"
        " GROUP BY l.ancestor_id",
        (*params, *tree_params, *ids),
    )


def _twice(indicator, queryset, when, known_at, only):
    """By how much people with several places are counted too often at each body: they are few."""
    several = queryset.order_by().values(indicator.person).annotate(several=Count("*")).filter(several__gt=1)
    queryset = queryset.filter(**{f"{indicator.person}__in": several.values(indicator.person)})
    inner, params = compiled(queryset.values(u_=F(indicator.unit), p_=F(indicator.person)))
    tree_sql, tree_params = compiled(_tree(when, known_at, False))
    which, ids = _of("l", only)
    return (
        f"SELECT l.ancestor_id, count(*) - count(DISTINCT c.p_) FROM ({inner}) c JOIN ({tree_sql}) l"
        f" ON l.descendant_id = c.u_{which} GROUP BY l.ancestor_id",
        (*params, *tree_params, *ids),
    )


def _stood(alias: str, day: str, eve: bool) -> str:
    """SQL: the lineage row covers the day, or the day before it."""
    if eve:
        return f"{alias}.valid_from < {day} AND ({alias}.valid_to IS NULL OR {alias}.valid_to >= {day})"
    return f"{alias}.valid_from <= {day} AND ({alias}.valid_to IS NULL OR {alias}.valid_to > {day})"


def _events(indicator, queryset, known_at, only):
    grouped = queryset.values(u_=F(indicator.unit), e_=F(indicator.event)).annotate(n_=Count("*"))
    inner, params = compiled(grouped)
    known, moments = _known("l", known_at)
    which, ids = _of("l", only)
    return (
        f"SELECT l.ancestor_id, sum(c.n_) FROM ({inner}) c JOIN {LINEAGE} l ON l.descendant_id = c.u_"
        f" AND {_stood('l', 'c.e_', indicator.judged == 'end')} AND {known}{which} GROUP BY l.ancestor_id",
        (*params, *moments, *ids),
    )


def _inside(indicator, queryset, known_at, only):
    """Events with both sides under the same body: to be taken off there.

    The plus signs keep SQLite from seeking by the ancestor, which has far more rows than a descendant.
    """
    grouped = queryset.values(u_=F(indicator.unit), e_=F(indicator.event), o_=F(indicator.against))
    inner, params = compiled(grouped.annotate(n_=Count("*")))
    here, there = _known("l", known_at), _known("m", known_at)
    ends = indicator.judged == "end"
    which, ids = _of("l", only)
    return (
        f"SELECT l.ancestor_id, sum(c.n_) FROM ({inner}) c JOIN {LINEAGE} l ON l.descendant_id = c.u_"
        f" AND {_stood('l', 'c.e_', ends)} AND {here[0]}"
        f" JOIN {LINEAGE} m ON m.descendant_id = c.o_ AND +m.ancestor_id = +l.ancestor_id"
        f" AND {_stood('m', 'c.e_', not ends)} AND {there[0]}{which} GROUP BY l.ancestor_id",
        (*params, *here[1], *there[1], *ids),
    )


def _structural(way, queryset, period: Period, known_at, only):
    """Members of bodies that came to stand, or ceased to stand, under each body in the period."""
    edge, other = ("valid_from", "valid_to") if way == "in" else ("valid_to", "valid_from")
    inner, params = compiled(
        queryset.values("unit_id", "valid_from", "valid_to", "begun_by_id", "ended_by_id", "pk")
    )
    known, moments = _known("l", known_at)
    known_m, moments_m = _known("m", known_at)
    which, ids = _of("l", only)
    if way == "in":
        held = (
            "(p.valid_from < l.valid_from OR (p.valid_from = l.valid_from AND p.begun_by_id IS NULL))"
            " AND (p.valid_to IS NULL OR p.valid_to > l.valid_from)"
        )
    else:
        held = (
            "p.valid_from < l.valid_to AND (p.valid_to IS NULL OR p.valid_to > l.valid_to"
            " OR (p.valid_to = l.valid_to AND p.ended_by_id IS NULL))"
        )
    return (
        f"SELECT l.ancestor_id, count(*) FROM {LINEAGE} l JOIN ({inner}) p ON p.unit_id = l.descendant_id "
        f"AND {held}"
        f" WHERE {known} AND l.{edge} >= %s AND l.{edge} < %s{which} AND NOT EXISTS (SELECT 1 FROM "
        f"{LINEAGE} m"
        f" WHERE +m.ancestor_id = +l.ancestor_id AND m.descendant_id = l.descendant_id"
        f" AND m.{other} = l.{edge}"
        f" AND {known_m}) GROUP BY l.ancestor_id",
        (*params, *moments, day(period.start), day(period.end), *ids, *moments_m),
    )


def day(value):
    """A day as the engine binds it."""
    return connection.ops.adapt_datefield_value(value)
