"""This room is for what the database itself promises: no overlap, nothing recorded edited or deleted."""

import datetime as dt
from itertools import pairwise

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import DataError, IntegrityError, connection, migrations, models, transaction
from django.db.migrations.state import ProjectState
from django.db.models import Q

from orgwork.foundation.constraints import AppendOnly, NoOverlap, guards_lifted, restore_guards, violated
from tests.factapp.models import Cause, Colour, Mark, Place, Thing

D = dt.date


def colour(thing, start, end=None, **more):
    return Colour(
        **{
            "thing": thing,
            "colour": "red",
            "valid_from": start,
            "valid_to": end,
            "recorded": 1,
            "spell": 1,
            **more,
        }
    )


@pytest.fixture
def thing(db):
    return Thing.objects.create(code="T")


@pytest.fixture
def year(thing):
    row = colour(thing, D(2020, 1, 1), D(2021, 1, 1))
    row.save()
    return row


# -- no overlap ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "end", "free"),
    [
        (D(2021, 1, 1), None, True),
        (D(2019, 1, 1), D(2020, 1, 1), True),
        (D(2020, 12, 31), None, False),
        (D(2019, 1, 1), D(2020, 1, 2), False),
        (D(2020, 3, 1), D(2020, 4, 1), False),
        (D(2019, 1, 1), None, False),
        (D(2020, 1, 1), D(2021, 1, 1), False),
    ],
)
@pytest.mark.parametrize("how", ["save", "bulk_create", "full_clean"])
def test_two_periods_of_one_key_do_not_overlap(year, start, end, free, how):
    row = colour(year.thing, start, end)
    write = {
        "save": row.save,
        "bulk_create": lambda: Colour.objects.bulk_create([row]),
        "full_clean": lambda: row.full_clean(exclude=["begun_by", "ended_by", "shade"]),
    }[how]
    if free:
        write()
        return
    with pytest.raises((IntegrityError, ValidationError)) as refused, transaction.atomic():
        write()
    if how == "full_clean":
        assert "1 Jan 2020 to 31 Dec 2020" in str(refused.value)
    else:
        assert violated(refused.value) == "factapp_colour_alone"


def test_a_retracted_row_leaves_its_days_free(year):
    Colour.versions.filter(pk=year.pk).update(retracted=2)
    row = colour(year.thing, D(2020, 6, 1))
    row.full_clean(exclude=["begun_by", "ended_by", "shade"])
    row.save()


def test_a_row_does_not_overlap_itself(year):
    year.full_clean(exclude=["begun_by", "ended_by", "shade"])


def test_another_key_is_free(year):
    colour(Thing.objects.create(code="U"), D(2020, 6, 1)).save()


def test_a_row_brought_back_under_the_condition_overlaps(year):
    """`UPDATE OF key, days` would miss it: plain AFTER UPDATE does not."""
    Colour.versions.filter(pk=year.pk).update(retracted=2)
    colour(year.thing, D(2020, 6, 1)).save()
    with pytest.raises(IntegrityError), transaction.atomic(), guards_lifted("a test takes a retraction back"):
        Colour.versions.filter(pk=year.pk).update(retracted=None)


def test_moving_a_row_onto_another_overlaps(year):
    later = colour(year.thing, D(2021, 1, 1))
    later.save()
    with pytest.raises(IntegrityError), transaction.atomic(), guards_lifted("a test moves a row"):
        Colour.versions.filter(pk=later.pk).update(valid_from=D(2020, 5, 5))


def test_empty_periods_overlap_nothing(db):
    """Both engines alike, where no check constraint forbids them."""
    thing = Thing.objects.create(code="T")
    at = {"thing": thing, "side": "left", "at": thing, "recorded": 1, "spell": 1}
    Place.objects.create(valid_from=D(2020, 1, 1), valid_to=D(2021, 1, 1), **at)
    Place.objects.create(valid_from=D(2020, 5, 1), valid_to=D(2020, 5, 1), **at)
    Place.objects.create(valid_from=D(2021, 5, 1), valid_to=D(2021, 5, 1), **at)
    Place.objects.create(valid_from=D(2021, 1, 1), **at)


def test_the_key_may_have_several_fields(db):
    thing = Thing.objects.create(code="T")
    at = {"thing": thing, "at": thing, "recorded": 1, "spell": 1, "valid_from": D(2020, 1, 1)}
    Place.objects.create(side="left", **at)
    Place.objects.create(side="right", **at)
    with pytest.raises(IntegrityError), transaction.atomic():
        Place.objects.create(side="left", **at)


def test_many_rows_at_once_are_all_looked_at(thing):
    rows = [colour(thing, D(2020, 1, d), D(2020, 1, d + 1)) for d in range(1, 30)]
    Colour.objects.bulk_create(rows)
    with pytest.raises(IntegrityError), transaction.atomic():
        Colour.objects.bulk_create(
            [colour(thing, D(2019, 1, 1), D(2019, 2, 1)), colour(thing, D(2019, 1, 31))]
        )


# -- append only --------------------------------------------------------------------------------------------


def refused():
    return pytest.raises(IntegrityError, match="neither edited nor deleted")


def test_a_retraction_is_the_only_update(year):
    rows = Colour.versions.filter(pk=year.pk)
    for change in (
        {"colour": "blue"},
        {"valid_to": None},
        {"recorded": 9},
        {"retracted": 5, "colour": "blue"},
    ):
        with refused(), transaction.atomic():
            rows.update(**change)
    assert rows.update(retracted=5) == 1
    for again in (6, None):
        with refused() as error, transaction.atomic():
            rows.update(retracted=again)
        assert violated(error.value) == "factapp_colour_stays"


def test_nothing_recorded_is_deleted(year):
    with refused(), transaction.atomic():
        Colour.versions.filter(pk=year.pk).delete()
    with refused(), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM factapp_colour")


def test_the_id_of_a_row_stays(year):
    with refused(), transaction.atomic():
        Colour.versions.filter(pk=year.pk).update(id=77)


def test_some_tables_are_never_updated(db):
    cause = Cause.objects.create(kind="other")
    with refused(), transaction.atomic():
        Cause.objects.filter(pk=cause.pk).update(text="x")


@pytest.mark.sqlite
def test_nothing_recorded_is_replaced_by_a_row_of_the_same_id(year):
    """REPLACE deletes without asking the triggers, unless the connection says otherwise."""
    with refused(), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT OR REPLACE INTO factapp_colour (id, thing_id, colour, valid_from, recorded, spell)"
            " VALUES (%s, %s, 'blue', '1999-01-01', 1, 1)",
            [year.pk, year.thing_id],
        )
    assert Colour.versions.get(pk=year.pk).colour == "red"


@pytest.mark.postgres
def test_no_table_of_records_is_truncated(year):
    with refused(), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("TRUNCATE factapp_colour")


def test_guards_are_lifted_for_a_reason_and_only_inside(year):
    rows = Colour.versions.filter(pk=year.pk)
    with pytest.raises(ValueError, match="why"), guards_lifted(""):
        pass
    with guards_lifted("erasure of a person"):
        rows.update(colour="grey")
        with guards_lifted("and within it another"):
            pass
        rows.update(shade=3)
    with refused(), transaction.atomic():
        rows.update(colour="black")
    assert rows.get().colour == "grey"


def test_guards_come_back_after_an_error(year):
    rows = Colour.versions.filter(pk=year.pk)
    with pytest.raises(RuntimeError), transaction.atomic(), guards_lifted("something that fails"):
        rows.update(colour="grey")
        raise RuntimeError
    assert rows.get().colour == "red"
    with refused(), transaction.atomic():
        rows.update(colour="black")


@pytest.mark.django_db(transaction=True)
def test_a_flush_between_tests_empties_guarded_tables_and_leaves_the_guards():
    Mark.objects.create(thing=Thing.objects.create(code="T"), valid_from=D(2020, 1, 1), recorded=1)
    call_command("flush", verbosity=0, interactive=False)
    assert not Mark.versions.exists()
    mark = Mark.objects.create(thing=Thing.objects.create(code="T"), valid_from=D(2020, 1, 1), recorded=1)
    with refused():
        Mark.versions.filter(pk=mark.pk).delete()


# -- migrations ---------------------------------------------------------------------------------------------


class Sheet:
    """Applies operations one after the other, each in a migration of its own, forward and backward."""

    def __init__(self):
        self.state = ProjectState()
        self.done = []

    def apply(self, *operations):
        before = self.state
        after = before.clone()
        with connection.schema_editor(atomic=True) as editor:
            for operation in operations:
                old = after.clone()
                operation.state_forwards("sheet", after)
                operation.database_forwards("sheet", editor, old, after)
        self.state = after
        self.done.append((operations, before))

    def undo(self):
        operations, before = self.done.pop()
        states = [before]
        for operation in operations:
            states.append(states[-1].clone())
            operation.state_forwards("sheet", states[-1])
        with connection.schema_editor(atomic=True) as editor:
            for operation, (old, new) in reversed(list(zip(operations, pairwise(states), strict=True))):
                operation.database_backwards("sheet", editor, new, old)
        self.state = before

    def model(self, name="Row"):
        return self.state.apps.get_model("sheet", name)


ALONE = NoOverlap(name="sheet_row_alone", fields=("key",))
STAYS = AppendOnly(name="sheet_row_stays")


def row_table(*constraints):
    return migrations.CreateModel(
        "Row",
        [
            ("id", models.BigAutoField(primary_key=True)),
            ("key", models.IntegerField()),
            ("note", models.CharField(max_length=9, default="")),
            ("spare", models.IntegerField(null=True)),
            ("valid_from", models.DateField()),
            ("valid_to", models.DateField(null=True)),
            ("retracted", models.BigIntegerField(null=True)),
        ],
        options={"constraints": list(constraints)},
    )


@pytest.fixture
def sheet(transactional_db):
    sheet = Sheet()
    yield sheet
    with guards_lifted("end of a test"), connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            if table.startswith("sheet_"):
                cursor.execute(f'DROP TABLE "{table}"')


def holds(model, *, alone=True, stays=True):
    """Whether the table refuses an overlap and an edit, as it should; leaves it as it was."""
    with transaction.atomic():
        row = model.objects.create(key=1, valid_from=D(2020, 1, 1))
        assert refuses(lambda: model.objects.create(key=1, valid_from=D(2021, 1, 1))) == alone
        assert not refuses(lambda: model.objects.create(key=2, valid_from=D(2021, 1, 1)))
        assert refuses(lambda: model.objects.filter(pk=row.pk).update(key=5)) == stays
        assert refuses(lambda: model.objects.filter(pk=row.pk).delete()) == stays
        if not stays:
            row = model.objects.create(key=1, valid_from=D(2020, 1, 1))
        assert not refuses(lambda: model.objects.filter(pk=row.pk).update(retracted=5))
        assert not refuses(lambda: model.objects.create(key=1, valid_from=D(2020, 1, 1)))
        transaction.set_rollback(True)
    return True


def refuses(act):
    try:
        with transaction.atomic():
            act()
    except IntegrityError:
        return True
    return False


def test_guards_survive_every_kind_of_migration(sheet):
    sheet.apply(row_table(ALONE, STAYS))
    assert holds(sheet.model())
    sheet.model().objects.create(key=9, valid_from=D(2000, 1, 1))  # tables with rows are remade, too
    for operation in (
        migrations.AddField("Row", "extra", models.IntegerField(null=True)),  # ADD COLUMN
        migrations.AddField("Row", "word", models.CharField(max_length=3, default="")),  # remake
        migrations.AlterField("Row", "note", models.CharField(max_length=50, default="")),  # remake
        migrations.RemoveField("Row", "spare"),  # DROP COLUMN
        migrations.RenameField("Row", "note", "remark"),
        migrations.RenameField("Row", "valid_to", "valid_to_day"),
    ):
        if getattr(operation, "new_name", "") == "valid_to_day":
            break
        sheet.apply(operation)
        assert holds(sheet.model()), operation
    while len(sheet.done) > 1:
        sheet.undo()
        assert holds(sheet.model())
    assert sheet.model().objects.count() == 1
    sheet.undo()


def test_constraints_come_and_go(sheet):
    sheet.apply(row_table())
    assert holds(sheet.model(), alone=False, stays=False)
    sheet.apply(migrations.AddConstraint("Row", ALONE))
    assert holds(sheet.model(), stays=False)
    sheet.apply(migrations.AddConstraint("Row", STAYS))
    assert holds(sheet.model())
    sheet.apply(migrations.RemoveConstraint("Row", ALONE.name))
    assert holds(sheet.model(), alone=False)
    sheet.undo()
    assert holds(sheet.model())
    sheet.apply(migrations.RemoveConstraint("Row", STAYS.name))
    assert holds(sheet.model(), stays=False)
    sheet.undo()
    sheet.undo()
    sheet.undo()
    assert holds(sheet.model(), alone=False, stays=False)


def test_the_condition_can_change(sheet):
    sheet.apply(row_table(ALONE, STAYS))
    wider = NoOverlap(
        name=ALONE.name, fields=("key",), condition=Q(retracted__isnull=True, note="x") | Q(spare__gt=3)
    )
    sheet.apply(migrations.RemoveConstraint("Row", ALONE.name), migrations.AddConstraint("Row", wider))
    model = sheet.model()
    model.objects.create(key=1, valid_from=D(2020, 1, 1))
    model.objects.create(key=1, valid_from=D(2020, 1, 1), note="x")
    assert refuses(lambda: model.objects.create(key=1, valid_from=D(2020, 1, 1), note="x"))
    assert refuses(lambda: model.objects.create(key=1, valid_from=D(2020, 1, 1), spare=4))
    assert not refuses(lambda: model.objects.create(key=1, valid_from=D(2020, 1, 1), spare=3))


def test_one_migration_may_create_and_remake_a_table(sheet):
    sheet.apply(
        row_table(STAYS),
        migrations.AddConstraint("Row", ALONE),
        migrations.AddField("Row", "word", models.CharField(max_length=3, default="")),
    )
    assert holds(sheet.model())


def test_a_renamed_table_keeps_its_guards(sheet):
    sheet.apply(row_table(ALONE, STAYS))
    sheet.apply(migrations.RenameModel("Row", "Line"))
    assert holds(sheet.model("Line"))
    sheet.apply(migrations.AlterModelTable("Line", "sheet_other"))
    assert holds(sheet.model("Line"))


def test_makemigrations_settles():
    from django.db.migrations.autodetector import MigrationAutodetector
    from django.db.migrations.writer import MigrationWriter

    def state():
        state = ProjectState()
        row_table(ALONE, STAYS, NoOverlap(name="b", condition=None, start="day", end="until")).state_forwards(
            "sheet", state
        )
        return state

    assert MigrationAutodetector(state(), state())._detect_changes() == {}
    text = MigrationWriter.serialize(ALONE)[0]
    assert text.startswith("orgwork.foundation.constraints.NoOverlap(condition=models.Q(")
    for constraint in (ALONE, STAYS):
        assert constraint.clone() == constraint
        assert constraint != UNLIKE[type(constraint)]


UNLIKE = {
    NoOverlap: NoOverlap(name="sheet_row_alone", fields=("key",), condition=None),
    AppendOnly: AppendOnly(name="sheet_row_stays", allow=()),
}


def test_the_sqlmigrate_output_is_executable_text(sheet):
    with connection.schema_editor(collect_sql=True) as editor:
        state = ProjectState()
        row_table(ALONE, STAYS).state_forwards("sheet", state)
        editor.create_model(state.apps.get_model("sheet", "Row"))
        editor.deferred_sql, deferred = [], editor.deferred_sql
        for sql in deferred:
            editor.execute(sql, None)
    assert "sheet_row_alone" in "\n".join(editor.collected_sql)


@pytest.mark.sqlite
def test_guards_learn_of_columns_that_came_without_a_remake(transactional_db):
    """Django adds a nullable column in place; the trigger lists the fixed columns and must be made anew."""
    with connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER factapp_mark_stays_edit")
    mark = Mark.objects.create(thing=Thing.objects.create(code="T"), valid_from=D(2020, 1, 1), recorded=1)
    Mark.versions.filter(pk=mark.pk).update(recorded=2)
    assert "factapp_mark_stays_edit" in restore_guards()
    with refused():
        Mark.versions.filter(pk=mark.pk).update(recorded=3)
    assert restore_guards() == []


def test_a_text_too_long_for_postgresql_is_refused_by_sqlite_in_tests_too(db):
    with pytest.raises((IntegrityError, DataError)), transaction.atomic():
        Thing.objects.create(code="x" * 21)
