import django.db.models.deletion
import django.db.models.manager
import orgwork.foundation.constraints
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("registers", "0014_plans_of_reorganisation"),
    ]

    operations = [
        migrations.CreateModel(
            name="TaskProposal",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("valid_from", models.DateField(verbose_name="valid from")),
                ("valid_to", models.DateField(blank=True, null=True, verbose_name="valid to")),
                ("recorded", models.BigIntegerField(verbose_name="recorded")),
                ("retracted", models.BigIntegerField(blank=True, null=True, verbose_name="retracted")),
                ("spell", models.BigIntegerField(verbose_name="spell")),
                ("code", models.CharField(max_length=40, verbose_name="number")),
                ("giver", models.CharField(blank=True, max_length=300, verbose_name="who asks")),
                (
                    "assignee_name",
                    models.CharField(blank=True, max_length=300, verbose_name="who is to do it, in words"),
                ),
                ("what", models.TextField(verbose_name="what")),
                ("due", models.DateField(null=True, verbose_name="due")),
                ("due_said", models.CharField(blank=True, max_length=20, verbose_name="due, as said")),
                ("source", models.CharField(blank=True, max_length=300, verbose_name="said in")),
                ("text", models.BigIntegerField(null=True, verbose_name="text")),
                (
                    "assignee",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="registers.unit",
                        verbose_name="who is to do it",
                    ),
                ),
                (
                    "begun_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="registers.cause",
                    ),
                ),
                (
                    "ended_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="registers.cause",
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="registers.unit",
                        verbose_name="body",
                    ),
                ),
            ],
            options={
                "verbose_name": "proposed task",
                "verbose_name_plural": "proposed tasks",
                "base_manager_name": "versions",
            },
            managers=[
                ("objects", django.db.models.manager.Manager()),
                ("versions", django.db.models.manager.Manager()),
            ],
        ),
        migrations.AddIndex(
            model_name="taskproposal",
            index=models.Index(fields=["unit", "valid_from"], name="task_proposal_unit"),
        ),
        migrations.AddIndex(
            model_name="taskproposal",
            index=models.Index(
                condition=models.Q(("due__isnull", False)), fields=["due"], name="task_proposal_due"
            ),
        ),
        migrations.AddConstraint(
            model_name="taskproposal",
            constraint=orgwork.foundation.constraints.AppendOnly(
                allow=("retracted",), name="task_proposal_append_only"
            ),
        ),
        migrations.AddConstraint(
            model_name="taskproposal",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("valid_to__isnull", True), ("valid_to__gt", models.F("valid_from")), _connector="OR"
                ),
                name="task_proposal_days_in_order",
            ),
        ),
        migrations.AddConstraint(
            model_name="taskproposal",
            constraint=orgwork.foundation.constraints.NoOverlap(
                condition=models.Q(("retracted__isnull", True)),
                fields=("code",),
                name="task_proposal_no_overlap",
            ),
        ),
    ]
