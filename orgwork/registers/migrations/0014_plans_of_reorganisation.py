import django.core.serializers.json
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("registers", "0013_area_succession"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Plan",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.CharField(max_length=40, unique=True, verbose_name="code")),
                ("title", models.CharField(blank=True, max_length=300, verbose_name="title")),
                ("day", models.DateField(verbose_name="effective from")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "draft"),
                            ("ready", "rehearsed and ready"),
                            ("enacted", "enacted"),
                            ("undone", "taken back"),
                        ],
                        default="draft",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("note", models.TextField(blank=True, verbose_name="note")),
                ("batch", models.CharField(blank=True, max_length=64)),
                ("moment", models.BigIntegerField(null=True)),
                (
                    "outcome",
                    models.JSONField(default=dict, encoder=django.core.serializers.json.DjangoJSONEncoder),
                ),
                (
                    "rehearsed",
                    models.JSONField(default=dict, encoder=django.core.serializers.json.DjangoJSONEncoder),
                ),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "papers",
                    models.ManyToManyField(
                        related_name="plans", to="registers.document", verbose_name="papers"
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="plans",
                        to="registers.unit",
                        verbose_name="body at the head",
                    ),
                ),
                (
                    "variant_of",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="variants",
                        to="registers.plan",
                        verbose_name="variant of",
                    ),
                ),
            ],
            options={
                "verbose_name": "reorganisation plan",
                "verbose_name_plural": "reorganisation plans",
            },
        ),
        migrations.CreateModel(
            name="HandoverLine",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "item",
                    models.CharField(
                        choices=[
                            ("members", "members' files"),
                            ("bodies", "organisations and cells"),
                            ("papers", "papers"),
                            ("cases", "open cases"),
                            ("quotas", "quotas and targets"),
                            ("seals", "seals"),
                            ("assets", "assets"),
                            ("money", "money"),
                            ("dues", "party dues"),
                            ("other", "other"),
                        ],
                        max_length=12,
                        verbose_name="item",
                    ),
                ),
                ("label", models.CharField(blank=True, max_length=200, verbose_name="what")),
                ("amount", models.DecimalField(decimal_places=2, max_digits=18, verbose_name="given")),
                ("measure", models.CharField(blank=True, max_length=40, verbose_name="unit")),
                (
                    "received",
                    models.DecimalField(decimal_places=2, max_digits=18, null=True, verbose_name="received"),
                ),
                ("given_on", models.DateField(null=True, verbose_name="signed by the giver on")),
                ("received_on", models.DateField(null=True, verbose_name="signed by the receiver on")),
                (
                    "given_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="registers.person",
                    ),
                ),
                (
                    "giver",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="registers.unit",
                        verbose_name="giver",
                    ),
                ),
                (
                    "received_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="registers.person",
                    ),
                ),
                (
                    "receiver",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="registers.unit",
                        verbose_name="receiver",
                    ),
                ),
                (
                    "plan",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="handovers",
                        to="registers.plan",
                    ),
                ),
            ],
            options={
                "verbose_name": "line of a handover",
                "verbose_name_plural": "lines of handovers",
            },
        ),
        migrations.CreateModel(
            name="PlanDecision",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "what",
                    models.CharField(
                        choices=[
                            ("body", "body"),
                            ("place", "place"),
                            ("person", "member"),
                            ("remainder", "what an ended body leaves"),
                            ("seat", "post"),
                        ],
                        max_length=12,
                        verbose_name="about",
                    ),
                ),
                ("subject", models.BigIntegerField(verbose_name="number")),
                ("target_key", models.CharField(blank=True, max_length=120)),
                ("changed", models.BooleanField(default=False, verbose_name="other than proposed")),
                ("at", models.DateTimeField(auto_now=True, verbose_name="decided at")),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="registers.person",
                    ),
                ),
                (
                    "plan",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="decisions",
                        to="registers.plan",
                    ),
                ),
                (
                    "target",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="registers.unit",
                        verbose_name="goes to",
                    ),
                ),
            ],
            options={
                "verbose_name": "decision of a plan",
                "verbose_name_plural": "decisions of plans",
            },
        ),
        migrations.CreateModel(
            name="PlannedChange",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("order", models.PositiveIntegerField(verbose_name="order")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("area", "territory"),
                            ("found", "found"),
                            ("end", "end"),
                            ("merge", "merge into"),
                            ("absorb", "absorb into"),
                            ("split", "split into"),
                            ("move", "move under"),
                            ("rename", "rename"),
                            ("change_kind", "change the kind"),
                            ("transfer_function", "hand over a function"),
                            ("transfer_areas", "hand over served places"),
                        ],
                        max_length=20,
                        verbose_name="kind",
                    ),
                ),
                ("key", models.CharField(blank=True, max_length=120)),
                ("target_key", models.CharField(blank=True, max_length=120)),
                ("values", models.JSONField(default=dict)),
                ("clause", models.CharField(blank=True, max_length=300, verbose_name="clause")),
                ("rule", models.CharField(blank=True, max_length=40, verbose_name="rule")),
                ("checked", models.BooleanField(default=False, verbose_name="checked against the text")),
                (
                    "founded",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="registers.unit",
                    ),
                ),
                (
                    "plan",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="changes",
                        to="registers.plan",
                    ),
                ),
                (
                    "subject",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="registers.unit",
                        verbose_name="body that changes",
                    ),
                ),
                (
                    "target",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="registers.unit",
                        verbose_name="body",
                    ),
                ),
            ],
            options={
                "verbose_name": "planned change",
                "verbose_name_plural": "planned changes",
            },
        ),
        migrations.AddIndex(
            model_name="plan",
            index=models.Index(fields=["state", "day"], name="plan_state"),
        ),
        migrations.AddConstraint(
            model_name="handoverline",
            constraint=models.UniqueConstraint(
                fields=("plan", "giver", "receiver", "item", "label"), name="handover_line_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="handoverline",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount__gte", 0)), name="handover_amount_positive"
            ),
        ),
        migrations.AddConstraint(
            model_name="handoverline",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("received_on__isnull", True),
                    models.Q(("given_on__isnull", False), ("received", models.F("amount"))),
                    _connector="OR",
                ),
                name="handover_signed_for_one_sum",
            ),
        ),
        migrations.AddConstraint(
            model_name="plandecision",
            constraint=models.UniqueConstraint(fields=("plan", "what", "subject"), name="plan_decides_once"),
        ),
        migrations.AddConstraint(
            model_name="plandecision",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("person__isnull", False), ("what", "person")),
                    models.Q(("person__isnull", True), models.Q(("what", "person"), _negated=True)),
                    _connector="OR",
                ),
                name="plan_decision_names_its_person",
            ),
        ),
        migrations.AddIndex(
            model_name="plannedchange",
            index=models.Index(fields=["plan", "kind"], name="planned_change_kind"),
        ),
        migrations.AddConstraint(
            model_name="plannedchange",
            constraint=models.UniqueConstraint(fields=("plan", "order"), name="planned_change_order"),
        ),
    ]
