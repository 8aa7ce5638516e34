"""Where a case lies, and until when something is due, become records with two times.

Of cases opened before, the register knows where they lie now, not where they lay: they are said to lie there
from their opening on. A deadline is said to run from the opening, known from its first step; that it was met is
known from the moment of the step of that day.
"""

import django.db.models.deletion
import django.db.models.manager
import orgwork.foundation.constraints
from django.db import migrations, models

FIRST = "coalesce((SELECT min(s.moment) FROM procedures_casestep s WHERE s.case_id = c.id), 0)"
MET = """coalesce(
    (SELECT min(s.moment) FROM procedures_casestep s WHERE s.case_id = d.case_id AND s.day = d.met_on),
    (SELECT max(s.moment) FROM procedures_casestep s WHERE s.case_id = d.case_id), 0)"""
SAID = "case_id, kind, due, basis, runs_from"


def say_what_was(apps, schema_editor):
    connection = schema_editor.connection
    with connection.cursor() as cursor:
        run = cursor.execute
        run(
            "INSERT INTO procedures_casehome (case_id, unit_id, valid_from, recorded, spell)"
            f" SELECT c.id, c.unit_id, c.opened_on, {FIRST}, c.id FROM procedures_case c"  # noqa: S608
        )
        run(
            "UPDATE procedures_casedeadline SET"
            " runs_from = (SELECT c.opened_on FROM procedures_case c WHERE c.id = case_id),"
            f" recorded = (SELECT {FIRST} FROM procedures_case c WHERE c.id = case_id)"  # noqa: S608
        )
        run("SELECT coalesce(max(id), 0) FROM procedures_casedeadline")
        (last,) = cursor.fetchone()
        run(
            f"INSERT INTO procedures_casedeadline ({SAID}, met_on, recorded)"  # noqa: S608
            f" SELECT {SAID}, met_on, {MET} FROM procedures_casedeadline d WHERE met_on IS NOT NULL"
        )
        # What was met has just been said anew; up to then it was known as running.
        run(
            "UPDATE procedures_casedeadline SET met_on = NULL, retracted = (SELECT min(said.recorded)"
            " FROM procedures_casedeadline said WHERE said.id > %s"
            " AND said.case_id = procedures_casedeadline.case_id"
            " AND said.kind = procedures_casedeadline.kind AND said.due = procedures_casedeadline.due)"
            " WHERE met_on IS NOT NULL AND id <= %s",
            [last, last],
        )
        if connection.vendor == "postgresql":
            # What waits for the end of the transaction would stand in the way of changing the table.
            run("SET CONSTRAINTS ALL IMMEDIATE")
            run("SET CONSTRAINTS ALL DEFERRED")


class Migration(migrations.Migration):

    dependencies = [
        ('procedures', '0004_cards'),
        ('registers', '0009_mandates_lent_and_holds'),
    ]

    operations = [
        migrations.CreateModel(
            name='CaseHome',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('valid_from', models.DateField(verbose_name='valid from')),
                ('valid_to', models.DateField(blank=True, null=True, verbose_name='valid to')),
                ('recorded', models.BigIntegerField(verbose_name='recorded')),
                ('retracted', models.BigIntegerField(blank=True, null=True, verbose_name='retracted')),
                ('spell', models.BigIntegerField(verbose_name='spell')),
            ],
            options={
                'verbose_name': 'responsibility for a case',
                'base_manager_name': 'versions',
            },
            managers=[
                ('objects', django.db.models.manager.Manager()),
                ('versions', django.db.models.manager.Manager()),
            ],
        ),
        migrations.AlterModelOptions(
            name='casedeadline',
            options={'base_manager_name': 'versions', 'verbose_name': 'deadline', 'verbose_name_plural': 'deadlines'},
        ),
        migrations.AlterModelManagers(
            name='casedeadline',
            managers=[
                ('objects', django.db.models.manager.Manager()),
                ('versions', django.db.models.manager.Manager()),
            ],
        ),
        migrations.AddField(
            model_name='casedeadline',
            name='recorded',
            field=models.BigIntegerField(null=True, verbose_name='recorded'),
        ),
        migrations.AddField(
            model_name='casedeadline',
            name='retracted',
            field=models.BigIntegerField(blank=True, null=True, verbose_name='retracted'),
        ),
        migrations.AddField(
            model_name='casedeadline',
            name='runs_from',
            field=models.DateField(null=True, verbose_name='runs from'),
        ),
        migrations.AddField(
            model_name='casehome',
            name='begun_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registers.cause'),
        ),
        migrations.AddField(
            model_name='casehome',
            name='case',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='homes', to='procedures.case'),
        ),
        migrations.AddField(
            model_name='casehome',
            name='ended_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registers.cause'),
        ),
        migrations.AddField(
            model_name='casehome',
            name='unit',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registers.unit', verbose_name='body'),
        ),
        migrations.AddIndex(
            model_name='casehome',
            index=models.Index(fields=['unit', 'valid_from', 'valid_to', 'case'], name='case_home_unit'),
        ),
        migrations.AddConstraint(
            model_name='casehome',
            constraint=orgwork.foundation.constraints.AppendOnly(allow=('retracted',), name='case_home_append_only'),
        ),
        migrations.AddConstraint(
            model_name='casehome',
            constraint=models.CheckConstraint(condition=models.Q(('valid_to__isnull', True), ('valid_to__gt', models.F('valid_from')), _connector='OR'), name='case_home_days_in_order'),
        ),
        migrations.AddConstraint(
            model_name='casehome',
            constraint=orgwork.foundation.constraints.NoOverlap(condition=models.Q(('retracted__isnull', True)), fields=('case',), name='case_home_no_overlap'),
        ),
        migrations.RunPython(say_what_was, migrations.RunPython.noop),
        migrations.AlterField(
            model_name='casedeadline',
            name='recorded',
            field=models.BigIntegerField(verbose_name='recorded'),
        ),
        migrations.AlterField(
            model_name='casedeadline',
            name='runs_from',
            field=models.DateField(verbose_name='runs from'),
        ),
        migrations.AddConstraint(
            model_name='casedeadline',
            constraint=orgwork.foundation.constraints.AppendOnly(allow=('retracted',), name='case_deadline_append_only'),
        ),
    ]
