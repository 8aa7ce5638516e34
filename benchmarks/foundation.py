"""This room is for what the second time, the guards, the lineage and the journal cost."""

import datetime as dt
import random
from itertools import pairwise

from django.db import connection, models, transaction

from benchmarks.measure import result, seconds, stopwatch
from orgwork.foundation import journal
from orgwork.foundation.bulk import allocate_ids, insert
from orgwork.foundation.dates import Period, begin, change, correct, new_spells
from orgwork.foundation.moments import horizon, writing
from orgwork.registers.models import Cause, MembershipPlace, Person, Unit, UnitLineage, UnitPlacement
from orgwork.registers.units import check_lineage, derive_lineage, lock_tree, refuse_circles, under_ids

FIRST, TODAY = dt.date(2020, 1, 1), dt.date(2024, 5, 1)
PLACE = ["person_id", "unit_id", "kind", "valid_from", "valid_to", "recorded", "spell", "begun_by_id"]


def measure(*, people, bodies):
    house = House(people, bodies)
    yield from house.tree()
    yield from house.rows()
    yield from reading(house)
    yield from verbs(house)
    yield from moves(house)
    yield from entries(house)


class House:
    """A province of the size asked for: root, 10 districts, 130 communes, and cells below them."""

    def __init__(self, people, bodies):
        self.dice = random.Random(7)
        self.people, self.bodies = people, bodies
        self.cause = Cause.objects.create(kind="takeover")

    def tree(self):
        with writing() as act:
            ids = list(allocate_ids(Unit, self.bodies))
            insert(Unit, ["id", "code"], ((pk, f"B{n}") for n, pk in enumerate(ids)))
            districts, communes = ids[1:11], ids[11:141]
            self.root, self.districts, self.communes, self.cells = ids[0], districts, communes, ids[141:]
            parents = [None, *[ids[0]] * 10, *self.dice.choices(districts, k=130)]
            parents += self.dice.choices(communes, k=len(self.cells))
            spells = new_spells(self.bodies)
            insert(
                UnitPlacement,
                ["unit_id", "parent_id", "valid_from", "recorded", "spell", "begun_by_id"],
                (
                    (pk, parent, FIRST, act.moment, spell, self.cause.pk)
                    for pk, parent, spell in zip(ids, parents, spells, strict=True)
                ),
            )
            with stopwatch() as took:
                derive_lineage(act)
        count = UnitLineage.objects.count()
        yield result(f"lineage of {self.bodies:,} bodies derived ({count:,} rows)", took() * 1000, "ms")
        yield result("the same derived anew and compared", seconds(check_lineage) * 1000, "ms")

    def rows(self):
        """People and places by the one writer, against the same rows by plain SQL into the same tables."""
        with writing() as act:
            self.persons = list(allocate_ids(Person, self.people))
            insert(Person, ["id", "erased"], ((pk, False) for pk in self.persons))
            spells = new_spells(2 * self.people)
            rows = [
                (
                    pk,
                    self.dice.choice(self.cells),
                    "official",
                    self.some_day(),
                    None,
                    act.moment,
                    spell,
                    self.cause.pk,
                )
                for pk, spell in zip(self.persons, spells, strict=False)
            ]
            with stopwatch() as took:
                insert(MembershipPlace, PLACE, rows)
        others = [
            (*row[:2], "temporary", *row[3:6], spell, row[7])
            for row, spell in zip(rows, spells[self.people :], strict=True)
        ]
        with transaction.atomic(), stopwatch() as plain:
            plain_rows("registers_membershipplace", PLACE, others)
            transaction.set_rollback(True)
        with transaction.atomic():
            bare_copy("bare_place", "registers_membershipplace")
            with stopwatch() as bare:
                plain_rows("bare_place", PLACE, others)
            transaction.set_rollback(True)
        vacuum()
        yield result(
            "places written by bulk.insert", self.people / took(), "rows/s",
            baseline=self.people / plain(), against="plain SQL, same constraints",
        )  # fmt: skip
        yield result(
            "the same", self.people / took(), "rows/s",
            baseline=self.people / bare(), against="plain SQL, no constraint, no index",
        )  # fmt: skip

    def some_day(self):
        return FIRST + dt.timedelta(days=self.dice.randrange(1500))


def plain_rows(table, columns, rows):
    names = ", ".join(columns)
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            text = [tuple(str(v) if isinstance(v, dt.date) else v for v in row) for row in rows]
            cursor.cursor.connection.executemany(
                f"INSERT INTO {table} ({names}) VALUES ({', '.join('?' * len(columns))})", text
            )
            return
        with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)


def bare_copy(name, table):
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE {name} AS SELECT * FROM {table} WHERE 1 = 0")


def vacuum():
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


# -- reading ------------------------------------------------------------------------------------------------


def reading(house):
    """Who is in a district, in a commune and at the root on a day: held now, as known, with one time."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE one_time AS SELECT id, person_id, unit_id, valid_from, valid_to"
            " FROM registers_membershipplace WHERE retracted IS NULL"
        )
        cursor.execute("CREATE INDEX one_time_unit ON one_time (unit_id, valid_from, valid_to, person_id)")
        cursor.execute("ANALYZE one_time")

    class OneTime(models.Model):
        unit = models.ForeignKey(Unit, models.DO_NOTHING, related_name="+")
        valid_from = models.DateField()
        valid_to = models.DateField(null=True)

        class Meta:
            app_label = "registers"
            db_table = "one_time"
            managed = False

    number = horizon()
    open_or_later = models.Q(valid_to__isnull=True) | models.Q(valid_to__gt=TODAY)
    for what, unit in (
        ("a commune", house.communes[3]),
        ("a district", house.districts[3]),
        ("the root", house.root),
    ):
        plain = seconds(
            lambda: OneTime.objects.filter(
                open_or_later,
                valid_from__lte=TODAY,
                unit__in=under_ids(unit, TODAY),  # noqa: B023
            ).count(),
            times=7,
        )
        for how, known in (("held now", None), ("as known", number)):
            took = seconds(
                lambda: (
                    MembershipPlace.objects.on(TODAY, known_at=known)  # noqa: B023
                    .filter(unit__in=under_ids(unit, TODAY, known_at=known))  # noqa: B023
                    .count()
                ),
                times=7,
            )
            against = "a table with one time"
            yield result(
                f"members of {what}, {how}", took * 1000, "ms", baseline=plain * 1000, against=against
            )
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE one_time")


# -- writing ------------------------------------------------------------------------------------------------


def verbs(house):
    """Acts in a transaction each, moment and sealing included, against the bare rows saved by the ORM."""
    persons = iter(house.dice.sample(house.persons, 2000))
    april = Period(dt.date(2024, 4, 1), dt.date(2024, 4, 15))

    def cell():
        return house.dice.choice(house.cells)

    def started(act, person):
        more = {"person": Person(pk=person), "kind": "temporary", "unit_id": cell()}
        begin(MembershipPlace, act, TODAY, cause=house.cause, **more)

    def moved(act, person):
        key = {"person": person, "kind": "official"}
        change(MembershipPlace, act, key, TODAY, {"unit": cell()}, cause=house.cause)

    def put_right(act, person):
        key = {"person": person, "kind": "official"}
        correct(MembershipPlace, act, key, april, {"unit": cell()}, cause=house.cause)

    for what, verb, inserts in (
        ("begin", started, 1),
        ("change", moved, 2),
        ("correct in the middle", put_right, 3),
    ):
        some = [next(persons) for _ in range(300)]

        def acts(verb=verb, some=some):
            for person in some:
                with writing() as act:
                    verb(act, person)

        def rows(some=some, inserts=inserts):
            for person in some:
                bare_rows(person, cell(), inserts)

        took, plain = len(some) / seconds(acts), len(some) / seconds(rows)
        against = f"{inserts} rows saved bare" + (", 1 retracted" if inserts > 1 else "")
        yield result(f"{what}, each in its own transaction", took, "acts/s", baseline=plain, against=against)


def bare_rows(person, unit, inserts):
    """The same rows by the ORM: no moment, no look at what is there."""
    days = [TODAY + dt.timedelta(days=n) for n in range(inserts + 1)]
    with transaction.atomic():
        rows = [
            MembershipPlace(
                person_id=person,
                unit_id=unit,
                kind="bare",
                valid_from=day,
                valid_to=until,
                spell=1,
                recorded=1,
            )
            for day, until in pairwise(days)
        ]
        for row in rows:
            row.save(force_insert=True)
        if inserts > 1:
            MembershipPlace.versions.filter(pk=rows[0].pk, retracted__isnull=True).update(retracted=1)


def moves(house):
    """Moving a body with everything below it: placement, circle, lineage; against a closure with one time."""
    by_size = sorted(house.communes, key=lambda pk: UnitLineage.objects.on(TODAY).filter(ancestor=pk).count())
    for what, unit, targets in (
        ("the largest commune", by_size[-1], house.districts),
        ("a district", house.districts[2], [house.districts[3]]),
    ):
        below = UnitLineage.objects.on(TODAY).filter(ancestor=unit).count()
        now = UnitPlacement.objects.on(TODAY).get(unit=unit).parent_id
        parent = next(t for t in targets if t not in (now, unit))
        plain = one_time_move(unit, parent)
        with writing() as act:
            with stopwatch() as took:
                lock_tree()
                key = {"unit": unit}
                change(UnitPlacement, act, key, dt.date(2024, 6, 1), {"parent": parent}, cause=house.cause)
                refuse_circles(Unit(pk=unit))
                derive_lineage(act, [unit])
        yield result(
            f"{what} moved ({below:,} bodies)", took() * 1000, "ms",
            baseline=plain * 1000, against="a closure table with one time",
        )  # fmt: skip


def one_time_move(unit, parent):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE one_closure AS SELECT ancestor_id, descendant_id, depth"
            " FROM registers_unitlineage WHERE retracted IS NULL AND valid_to IS NULL"
        )
        cursor.execute("CREATE INDEX one_down ON one_closure (ancestor_id, descendant_id)")
        cursor.execute("CREATE INDEX one_up ON one_closure (descendant_id, ancestor_id, depth)")
        cursor.execute("ANALYZE one_closure")
        with stopwatch() as took:
            cursor.execute(
                "DELETE FROM one_closure WHERE descendant_id IN"
                " (SELECT descendant_id FROM one_closure WHERE ancestor_id = %s)"
                " AND ancestor_id NOT IN (SELECT descendant_id FROM one_closure WHERE ancestor_id = %s)",
                [unit, unit],
            )
            cursor.execute(
                "INSERT INTO one_closure SELECT up.ancestor_id, down.descendant_id, up.depth + down.depth + 1"
                " FROM one_closure up, one_closure down"
                " WHERE up.descendant_id = %s AND down.ancestor_id = %s",
                [parent, unit],
            )
        transaction.set_rollback(True)
    return took()


# -- the journal --------------------------------------------------------------------------------------------


def entries(house):
    count = 2000
    content = {"unit": 1, "from": "2024-05-01", "remark": "moved with the village"}

    def act_on(person, say):
        with writing() as act:
            if say:
                journal.record(act, "member.transferred", day=TODAY, subjects=[(("person", person), content)])

    quiet = count / seconds(lambda: [act_on(person, False) for person in house.persons[:count]])
    said = count / seconds(lambda: [act_on(person, True) for person in house.persons[:count]])
    yield result(
        "acts with an entry, sealed", said, "acts/s", baseline=quiet, against="a moment and no entry"
    )
    with writing() as act:
        for person in house.persons[:10_000]:
            journal.record(act, "member.transferred", day=TODAY, subjects=[(("person", person), content)])
    sealed = journal.verify().sealed
    yield result("entries verified", sealed / seconds(lambda: verified(sealed)), "/s")


def verified(count):
    verdict = journal.verify()
    assert verdict.ok and verdict.sealed == count
