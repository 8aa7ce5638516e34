"""This room is for units: every body from the centre to the cell, its names, kind, place and lineage.

``UnitPlacement`` is the truth about the tree. ``UnitLineage`` is derived from it: who stood under whom,
on which days, as known at which moment; it is coalesced and written only under the tree lock.
"""

from __future__ import annotations

import datetime as dt

from django.db import connection, models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from orgwork.foundation.constraints import AppendOnly
from orgwork.foundation.dates import Dated
from orgwork.foundation.moments import Act
from orgwork.foundation.refusals import Refusal
from orgwork.foundation.rows import Statement, fetch
from orgwork.foundation.search import fold
from orgwork.foundation.words import find_by_words

from .areas import Area
from .record import BYTES, Record, guarded, timed

ROOT = "TW"
#: The day before every recorded day, and the day after: for comparing open ends in SQL.
FAR = "9999-12-31"
#: PostgreSQL advisory lock of the tree.
TREE = 76
#: From so many rows of lineage below a body on, a move of it takes the shorter way.
LARGE = 500


class UnitQuerySet(models.QuerySet):
    def under(self, unit, day: dt.date, *, known_at: int | None = None):
        """The unit and everything below it on the day."""
        return self.filter(pk__in=under_ids(unit, day, known_at=known_at))

    def existing(self, day: dt.date, *, known_at: int | None = None):
        """Units that exist on the day."""
        return self.filter(pk__in=UnitPlacement.objects.on(day, known_at=known_at).values("unit"))


class Unit(models.Model):
    """A body (``Organization`` in Popolo): an identity with a code for life, and nothing that may change."""

    code = models.CharField(_("code"), max_length=60, unique=True, db_collation=BYTES)

    objects = UnitQuerySet.as_manager()

    class Meta:
        verbose_name = _("body")
        verbose_name_plural = _("bodies")

    def __str__(self):
        return self.code


class UnitName(Record):
    """The name of a body in one language."""

    KEY = ("unit", "language")

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="names")
    language = models.CharField(_("language"), max_length=8, default="vi")
    text = models.CharField(_("name"), max_length=300)
    short = models.CharField(_("short name"), max_length=120, blank=True)
    folded = models.CharField(max_length=300, db_collation=BYTES)

    class Meta:
        verbose_name = _("name of a body")
        base_manager_name = "versions"
        constraints = guarded("unit_name", "unit", "language")
        indexes = [
            models.Index(
                fields=["folded"], name="unit_name_folded", condition=models.Q(retracted__isnull=True)
            )
        ]

    def __str__(self):
        return self.text


find_by_words(UnitName)


class UnitPlacement(Record):
    """Under which body a unit stands; it exists exactly while it is placed (the root stands under none)."""

    KEY = ("unit",)

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="placements")
    parent = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="placed_below")

    class Meta:
        verbose_name = _("place of a body in the tree")
        base_manager_name = "versions"
        constraints = [
            *guarded("unit_placement", "unit"),
            models.CheckConstraint(
                condition=models.Q(parent__isnull=True) | ~models.Q(parent=models.F("unit")),
                name="not_under_itself",
            ),
        ]
        indexes = [
            models.Index(
                fields=["parent", "valid_from", "valid_to", "recorded", "retracted"], name="placement_parent"
            )
        ]

    def __str__(self):
        return f"{self.unit_id} under {self.parent_id}"


class Status(models.TextChoices):
    ACTIVE = "active", _("active")
    FORMING = "forming", _("being formed")
    SUSPENDED = "suspended", _("suspended")


class UnitForm(Record):
    """What kind of body it is (a code of provisions/kinds.yaml), and its status."""

    KEY = ("unit",)

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="forms")
    kind = models.CharField(_("kind"), max_length=40)
    status = models.CharField(_("status"), max_length=12, choices=Status, default=Status.ACTIVE)

    class Meta:
        verbose_name = _("kind of a body")
        base_manager_name = "versions"
        constraints = guarded("unit_form", "unit")
        indexes = [
            models.Index(
                fields=["kind", "valid_from", "valid_to", "recorded", "retracted", "unit"],
                name="form_kind_days",
            ),
            *timed("form"),
        ]

    def __str__(self):
        return f"{self.unit_id} {self.kind}"


class UnitService(Record):
    """Which area, village, firm or school a body serves."""

    KEY = ("unit", "area")

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="services")
    area = models.ForeignKey(Area, models.PROTECT, related_name="services")

    class Meta:
        verbose_name = _("served area")
        base_manager_name = "versions"
        constraints = guarded("unit_service", "unit", "area")
        indexes = [models.Index(fields=["area", "valid_from"], name="service_area"), *timed("service")]

    def __str__(self):
        return f"{self.unit_id} serves {self.area_id}"


class SuccessionKind(models.TextChoices):
    MERGED = "merged", _("merged into")
    ABSORBED = "absorbed", _("absorbed by")
    SPLIT = "split", _("split into")
    CONTINUED = "continued", _("continued by")


class UnitSuccession(Record):
    """Which body came of which, from the day of the change on."""

    KEY = ("predecessor", "successor")

    predecessor = models.ForeignKey(Unit, models.PROTECT, related_name="successions")
    successor = models.ForeignKey(Unit, models.PROTECT, related_name="precessions")
    kind = models.CharField(_("kind"), max_length=12, choices=SuccessionKind)

    class Meta:
        verbose_name = _("succession")
        base_manager_name = "versions"
        constraints = guarded("unit_succession", "predecessor", "successor")

    def __str__(self):
        return f"{self.predecessor_id} → {self.successor_id}"


class UnitCustody(Record):
    """Who looks after what an ended body left: files, papers, cases (``of``: everything or one kind)."""

    KEY = ("unit", "of")

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="custodies")
    custodian = models.ForeignKey(Unit, models.PROTECT, related_name="in_custody")
    of = models.CharField(_("of what"), max_length=20, default="everything")

    class Meta:
        verbose_name = _("custody")
        base_manager_name = "versions"
        constraints = guarded("unit_custody", "unit", "of")
        indexes = [
            models.Index(fields=["custodian", "valid_from"], name="custody_custodian"),
            *timed("custody"),
        ]

    def __str__(self):
        return f"{self.unit_id} kept by {self.custodian_id}"


class UnitLineage(Dated):
    """Derived: on these days ``descendant`` stood ``depth`` steps below ``ancestor`` (0: itself)."""

    KEY = ("ancestor", "descendant", "depth")

    ancestor = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    descendant = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    depth = models.PositiveSmallIntegerField()

    class Meta:
        base_manager_name = "versions"
        constraints = [AppendOnly(name="unit_lineage_append_only")]
        indexes = [
            models.Index(
                fields=["ancestor", "valid_from", "valid_to", "recorded", "retracted", "descendant"],
                name="lineage_down",
            ),
            models.Index(
                fields=["descendant", "valid_from", "valid_to", "recorded", "retracted", "ancestor", "depth"],
                name="lineage_up",
            ),
            *timed("lineage"),
        ]

    def __str__(self):
        return f"{self.descendant_id} under {self.ancestor_id}"


def under_ids(unit, day: dt.date, *, known_at: int | None = None, custody: bool = False):
    """Subquery of ids of the unit and everything below it on the day, for ``unit_id__in``.

    With ``custody`` also what ended bodies left to a body in that scope: their records have a home.
    """
    ident = getattr(unit, "pk", unit)
    lineage = UnitLineage.objects.on(day, known_at=known_at).filter(ancestor=ident)
    below = lineage.values("descendant")
    if not custody:
        return below
    kept = UnitCustody.objects.on(day, known_at=known_at).filter(custodian__in=below)
    return below.union(kept.values("unit"))


def parents_of(unit, day: dt.date, *, known_at: int | None = None):
    """The chain from the root down to the unit itself on the day, as units with ``depth``."""
    rows = UnitLineage.objects.on(day, known_at=known_at).filter(descendant=getattr(unit, "pk", unit))
    return [row.ancestor for row in rows.select_related("ancestor").order_by("-depth")]


def kind_of(unit, day: dt.date) -> str:
    """The code of the body's kind on the day; empty when it does not exist then."""
    return UnitForm.objects.on(day).filter(unit=unit).values_list("kind", flat=True).first() or ""


def name_values(text: str, short: str = "") -> dict:
    """The columns of a body's name."""
    return {"text": text, "short": short, "folded": fold(text)}


def names_of(
    units, day: dt.date, *, known_at: int | None = None, language: str | None = None
) -> dict[int, str]:
    """Names of many bodies on the day in the reader's language, else in Vietnamese; one query.

    A body that does not exist on the day goes by its last (or first) name.
    """
    ids = [getattr(u, "pk", u) for u in units]
    language = (language or get_language() or "vi")[:2]
    found: dict[int, tuple] = {}
    rows = (
        UnitName.objects.at(known_at)
        .filter(unit__in=ids)
        .values_list("unit", "language", "text", "valid_from", "valid_to")
    )
    for ident, spoken, text, start, stop in rows:
        valid = start <= day and (stop is None or day < stop)
        rank = (valid, spoken == language, spoken == "vi", start)
        if ident not in found or rank > found[ident][0]:
            found[ident] = (rank, text)
    return {ident: text for ident, (_rank, text) in found.items()}


def lock_tree():
    """One lock for all placements, taken first, held to the end: two moves at once spoilt lineage."""
    if connection.vendor == "postgresql":
        fetch(*locking_tree())


def locking_tree() -> Statement:
    """The same on PostgreSQL, to be sent with the other locks of a step."""
    return "SELECT pg_advisory_xact_lock(%s)", [TREE]


def subtree_ever(units) -> set[int]:
    """Everything that is recorded below the units on any day, by placements, with the units themselves."""
    found = {getattr(u, "pk", u) for u in units}
    edge = found
    while edge:
        below = set()
        for some in _chunks(sorted(edge), 500):
            below |= set(UnitPlacement.objects.filter(parent__in=some).values_list("unit", flat=True))
        edge = below - found
        found |= edge
    return found


def refuse_circles(unit):
    """After a placement under the tree lock: nobody may stand below themselves on any day."""
    sql = f"""
        WITH RECURSIVE up(ancestor, valid_from, valid_to, depth) AS (
            SELECT parent_id, valid_from, coalesce(valid_to, {_far()}), 1 FROM registers_unitplacement
            WHERE unit_id = %s AND retracted IS NULL AND parent_id IS NOT NULL
            UNION ALL
            SELECT p.parent_id, {_later("up.valid_from", "p.valid_from")},
                   {_earlier("up.valid_to", f"coalesce(p.valid_to, {_far()})")}, up.depth + 1
            FROM up JOIN registers_unitplacement p ON p.unit_id = up.ancestor AND p.retracted IS NULL
             AND p.parent_id IS NOT NULL AND p.valid_from < up.valid_to
             AND coalesce(p.valid_to, {_far()}) > up.valid_from
            WHERE up.ancestor <> %s AND up.depth < 40
        ) SELECT 1 FROM up WHERE ancestor = %s LIMIT 1"""
    with connection.cursor() as cursor:
        cursor.execute(sql, [unit.pk, unit.pk, unit.pk])
        if cursor.fetchone():
            raise Refusal(
                _("A body cannot stand below itself; choose a parent that is not one of its own bodies."),
                field="parent",
                code="circle",
            )


def derive_lineage(act: Act, units=None) -> tuple[int, int]:
    """Bring the lineage of the units and everything below them in line with the placements; None: of all.

    Call it under the tree lock after any placement changed. Set-based: what should be is computed by one
    dated recursion, coalesced, and compared with what is recorded. Returns (retracted, inserted) rows.

    A large body that merely moved takes a shorter way: what stands below it is as it was.
    """
    units = None if units is None else list(units)
    with connection.cursor() as cursor:
        if units is not None and len(units) == 1:
            moved = _carried(cursor, act, getattr(units[0], "pk", units[0]))
            if moved is not None:
                return moved
        _wanted(cursor, None if units is None else subtree_ever(units))
        scope = "descendant_id IN (SELECT id FROM lineage_scope)"
        changed = _recorded_as(cursor, act, "lineage_wanted", scope)
        _forget(cursor)
    return changed


def _recorded_as(cursor, act: Act, wanted: str, scope: str) -> tuple[int, int]:
    """Record what a table says of a scope: how many rows were retracted and how many inserted."""
    cursor.execute(
        f"""UPDATE registers_unitlineage SET retracted = %s WHERE retracted IS NULL
            AND {scope} AND NOT EXISTS (SELECT 1 FROM {wanted} w WHERE {_SAME})""",
        [act.moment],
    )
    gone = cursor.rowcount
    cursor.execute(
        f"""INSERT INTO registers_unitlineage
            (ancestor_id, descendant_id, depth, valid_from, valid_to, recorded)
            SELECT w.ancestor_id, w.descendant_id, w.depth, w.valid_from, w.valid_to, %s
            FROM {wanted} w WHERE NOT EXISTS
            (SELECT 1 FROM registers_unitlineage WHERE retracted IS NULL AND {_SAME})""",
        [act.moment],
    )
    return gone, cursor.rowcount


def check_lineage() -> list[tuple]:
    """Derive the whole lineage anew and compare: rows that are missing or false (none when all is well)."""
    with connection.cursor() as cursor:
        _wanted(cursor, None)
        cursor.execute(
            f"""SELECT 'missing', w.ancestor_id, w.descendant_id, w.depth, w.valid_from, w.valid_to
                FROM lineage_wanted w WHERE NOT EXISTS
                (SELECT 1 FROM registers_unitlineage WHERE retracted IS NULL AND {_SAME})
                UNION ALL
                SELECT 'false', ancestor_id, descendant_id, depth, valid_from, valid_to
                FROM registers_unitlineage WHERE retracted IS NULL AND NOT EXISTS
                (SELECT 1 FROM lineage_wanted w WHERE {_SAME})"""
        )
        rows = cursor.fetchall()
        _forget(cursor)
    return rows


def _carried(cursor, act: Act, unit: int) -> tuple[int, int] | None:
    """The lineage of a subtree of which only the place of its head has changed: for everything below, the
    head's new ancestors joined with the recorded way down from the head; None where that is not all.

    Not all it is where something below the head stood elsewhere on other days, where what is above stood
    below it once, or where the head itself begins or ends: then everything is derived.
    """
    cursor.execute(
        "SELECT count(*) FROM registers_unitlineage WHERE retracted IS NULL AND ancestor_id = %s", [unit]
    )
    if cursor.fetchone()[0] < LARGE:
        return None
    _wanted(cursor, {unit})
    cursor.execute("DROP TABLE IF EXISTS lineage_below")
    cursor.execute(
        "CREATE TEMPORARY TABLE lineage_below AS SELECT DISTINCT descendant_id AS id"
        " FROM registers_unitlineage WHERE retracted IS NULL AND ancestor_id = %s",
        [unit],
    )
    cursor.execute("CREATE INDEX lineage_below_id ON lineage_below (id)")
    if connection.vendor == "postgresql":
        cursor.execute("ANALYZE lineage_below")
    if _more_than_a_move(cursor, unit):
        cursor.execute("DROP TABLE lineage_below")
        _forget(cursor)
        return None
    later, earlier, far = _later("w.valid_from", "d.valid_from"), _earlier, _far()
    ends = earlier(f"coalesce(w.valid_to, {far})", f"coalesce(d.valid_to, {far})")
    cursor.execute(
        f"""CREATE TEMPORARY TABLE lineage_carried AS
        WITH up AS (
            SELECT w.ancestor_id, d.descendant_id, w.depth + d.depth AS depth, {later} AS valid_from,
                   {ends} AS valid_to
            FROM lineage_wanted w JOIN registers_unitlineage d ON d.ancestor_id = %s AND d.retracted IS NULL
             AND d.valid_from < coalesce(w.valid_to, {far}) AND coalesce(d.valid_to, {far}) > w.valid_from
            WHERE w.depth > 0
        ), {_coalesced()}""",
        [unit],
    )
    cursor.execute("CREATE INDEX lineage_carried_key ON lineage_carried (descendant_id, ancestor_id)")
    if connection.vendor == "postgresql":
        cursor.execute("ANALYZE lineage_carried")
    below = "(SELECT id FROM lineage_below)"
    changed = _recorded_as(
        cursor, act, "lineage_carried", f"descendant_id IN {below} AND ancestor_id NOT IN {below}"
    )
    cursor.execute("DROP TABLE lineage_carried")
    cursor.execute("DROP TABLE lineage_below")
    _forget(cursor)
    return changed


def _more_than_a_move(cursor, unit: int) -> bool:
    """Whether more than the place of the head has to be looked at (see ``_carried``)."""
    far = _far()
    cursor.execute(
        f"""SELECT EXISTS (SELECT 1 FROM registers_unitlineage l
             JOIN lineage_below b ON b.id = l.descendant_id
             WHERE l.retracted IS NULL AND l.depth = 0 AND NOT EXISTS
              (SELECT 1 FROM registers_unitlineage u WHERE u.retracted IS NULL AND u.ancestor_id = %s
               AND u.descendant_id = l.descendant_id AND u.valid_from <= l.valid_from
               AND coalesce(u.valid_to, {far}) >= coalesce(l.valid_to, {far})))
         OR EXISTS (SELECT 1 FROM lineage_wanted w JOIN lineage_below b ON b.id = w.ancestor_id
             WHERE w.depth > 0)
         OR EXISTS (SELECT 1 FROM lineage_wanted w WHERE w.depth = 0 AND NOT EXISTS
              (SELECT 1 FROM registers_unitlineage WHERE retracted IS NULL AND {_SAME}))
         OR EXISTS (SELECT 1 FROM registers_unitlineage WHERE retracted IS NULL AND depth = 0
              AND descendant_id = %s AND NOT EXISTS (SELECT 1 FROM lineage_wanted w WHERE {_SAME}))""",
        [unit, unit],
    )
    return bool(cursor.fetchone()[0])


_SAME = f"""w.ancestor_id = registers_unitlineage.ancestor_id
    AND w.descendant_id = registers_unitlineage.descendant_id AND w.depth = registers_unitlineage.depth
    AND w.valid_from = registers_unitlineage.valid_from
    AND coalesce(w.valid_to, '{FAR}') = coalesce(registers_unitlineage.valid_to, '{FAR}')"""


def _far():
    return f"date '{FAR}'" if connection.vendor == "postgresql" else f"'{FAR}'"


def _later(a, b):
    return f"{'greatest' if connection.vendor == 'postgresql' else 'max'}({a}, {b})"


def _earlier(a, b):
    return f"{'least' if connection.vendor == 'postgresql' else 'min'}({a}, {b})"


def _wanted(cursor, scope: set[int] | None):
    """Fill the temporary tables: which descendants are looked at, and what their lineage should be.

    The recursion climbs from each descendant, cutting its days at every change above; then touching rows with
    the same ancestor and depth are joined (uncoalesced: 90,020 false differences).
    """
    _forget(cursor)
    cursor.execute("CREATE TEMPORARY TABLE lineage_scope (id bigint PRIMARY KEY)")
    if scope is None:
        cursor.execute("INSERT INTO lineage_scope SELECT id FROM registers_unit")
    else:
        for some in _chunks(sorted(scope), 500):
            cursor.execute(f"INSERT INTO lineage_scope VALUES {', '.join(['(%s)'] * len(some))}", some)
    if connection.vendor == "postgresql":
        cursor.execute("ANALYZE lineage_scope")
    cursor.execute(
        f"""CREATE TEMPORARY TABLE lineage_wanted AS
        WITH RECURSIVE up(descendant_id, ancestor_id, depth, valid_from, valid_to) AS (
            SELECT unit_id, unit_id, 0, valid_from, coalesce(valid_to, {_far()})
            FROM registers_unitplacement WHERE retracted IS NULL AND unit_id IN (SELECT id FROM lineage_scope)
            UNION ALL
            SELECT up.descendant_id, p.parent_id, up.depth + 1, {_later("up.valid_from", "p.valid_from")},
                   {_earlier("up.valid_to", f"coalesce(p.valid_to, {_far()})")}
            FROM up JOIN registers_unitplacement p ON p.unit_id = up.ancestor_id AND p.retracted IS NULL
             AND p.parent_id IS NOT NULL AND p.valid_from < up.valid_to
             AND coalesce(p.valid_to, {_far()}) > up.valid_from
            WHERE up.depth < 40
        ), {_coalesced()}"""
    )
    cursor.execute("CREATE INDEX lineage_wanted_key ON lineage_wanted (descendant_id, ancestor_id)")
    if connection.vendor == "postgresql":
        cursor.execute("ANALYZE lineage_wanted")


def _coalesced() -> str:
    """The end of a statement that has gathered stretches in ``up``: touching ones joined."""
    return f"""parted AS (
            SELECT up.*, CASE WHEN valid_from <= max(valid_to) OVER (
                PARTITION BY ancestor_id, descendant_id, depth ORDER BY valid_from
                ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) THEN 0 ELSE 1 END AS fresh FROM up
        ), numbered AS (
            SELECT parted.*, sum(fresh) OVER (PARTITION BY ancestor_id, descendant_id, depth
                ORDER BY valid_from ROWS UNBOUNDED PRECEDING) AS island FROM parted
        )
        SELECT ancestor_id, descendant_id, depth, min(valid_from) AS valid_from,
               nullif(max(valid_to), {_far()}) AS valid_to
        FROM numbered GROUP BY ancestor_id, descendant_id, depth, island"""


def _forget(cursor):
    cursor.execute("DROP TABLE IF EXISTS lineage_wanted")
    cursor.execute("DROP TABLE IF EXISTS lineage_scope")


def _chunks(items, size):
    return (items[n : n + size] for n in range(0, len(items), size))
