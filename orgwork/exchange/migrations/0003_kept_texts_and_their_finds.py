import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("exchange", "0002_outcome_without_plan"),
        ("registers", "0015_tasks_read_in_papers"),
    ]

    operations = [
        migrations.CreateModel(
            name="KeptText",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("title", models.CharField(max_length=300, verbose_name="title")),
                ("day", models.DateField(verbose_name="day")),
                ("language", models.CharField(max_length=2, verbose_name="language")),
                ("text", models.TextField(verbose_name="text")),
                ("checksum", models.CharField(max_length=64, verbose_name="checksum")),
                ("file_name", models.CharField(blank=True, max_length=200, verbose_name="file")),
                (
                    "file_checksum",
                    models.CharField(blank=True, max_length=64, verbose_name="checksum of the file"),
                ),
                ("read_with", models.CharField(max_length=16, verbose_name="read with")),
                ("kept_at", models.DateTimeField(verbose_name="brought at")),
                ("moment", models.BigIntegerField()),
                ("forgotten_at", models.DateTimeField(null=True, verbose_name="emptied at")),
                (
                    "kept_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="brought by",
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
                "verbose_name": "kept text",
                "verbose_name_plural": "kept texts",
            },
        ),
        migrations.CreateModel(
            name="TextFind",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("document", "paper"),
                            ("person", "person"),
                            ("figure", "figure"),
                            ("task", "instruction"),
                        ],
                        max_length=8,
                        verbose_name="kind",
                    ),
                ),
                ("start", models.PositiveIntegerField()),
                ("end", models.PositiveIntegerField()),
                ("norm", models.CharField(blank=True, max_length=300)),
                ("said", models.JSONField(default=dict)),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "open"), ("accepted", "accepted"), ("dismissed", "dismissed")],
                        default="open",
                        max_length=9,
                        verbose_name="state",
                    ),
                ),
                ("outcome", models.JSONField(default=dict)),
                ("task", models.CharField(blank=True, max_length=40)),
                ("decided", models.BigIntegerField(null=True)),
                (
                    "decided_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "paper",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="registers.document",
                    ),
                ),
                (
                    "text",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="finds",
                        to="exchange.kepttext",
                    ),
                ),
            ],
            options={
                "verbose_name": "find in a text",
                "verbose_name_plural": "finds in texts",
            },
        ),
        migrations.AddIndex(
            model_name="kepttext",
            index=models.Index(fields=["unit", "day"], name="kept_text_unit"),
        ),
        migrations.AddConstraint(
            model_name="kepttext",
            constraint=models.UniqueConstraint(
                condition=models.Q(("forgotten_at", None)), fields=("unit", "checksum"), name="text_kept_once"
            ),
        ),
        migrations.AddIndex(
            model_name="textfind",
            index=models.Index(fields=["text", "start", "id"], name="find_in_order"),
        ),
        migrations.AddConstraint(
            model_name="textfind",
            constraint=models.UniqueConstraint(
                fields=("text", "kind", "start", "end", "norm"), name="find_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="textfind",
            constraint=models.CheckConstraint(
                condition=models.Q(("end__gt", models.F("start"))), name="find_has_a_place"
            ),
        ),
    ]
