"""This room is for reorganisation plans: what is to change, on which day, resting on which papers, and what
people have decided about everything that hangs on the bodies that change.

A plan is paper, not fact: drafts and variants stand side by side, and nothing of it is true until it is
enacted (procedures/reorganisation_enacting.py). A body that a plan founds has no number before that day, so
targets are either a body of the register or the key of a planned founding.
"""

from __future__ import annotations

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils.translation import gettext_lazy as _

from .documents import Document
from .people import Person
from .units import Unit


class PlanState(models.TextChoices):
    DRAFT = "draft", _("draft")
    READY = "ready", _("rehearsed and ready")
    ENACTED = "enacted", _("enacted")
    UNDONE = "undone", _("taken back")
    WITHDRAWN = "withdrawn", _("withdrawn")


class Plan(models.Model):
    """A reorganisation: its day, its papers, the body it is about (none: territories only)."""

    code = models.CharField(_("code"), max_length=40, unique=True)
    title = models.CharField(_("title"), max_length=300, blank=True)
    day = models.DateField(_("effective from"))
    unit = models.ForeignKey(
        Unit, models.PROTECT, null=True, related_name="plans", verbose_name=_("body at the head")
    )
    papers = models.ManyToManyField(Document, related_name="plans", verbose_name=_("papers"))
    state = models.CharField(_("state"), max_length=10, choices=PlanState, default=PlanState.DRAFT)
    variant_of = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="variants", verbose_name=_("variant of")
    )
    note = models.TextField(_("note"), blank=True)
    #: The batch and the moment of the last enactment; the counts of its invariants before and after.
    batch = models.CharField(max_length=64, blank=True)
    moment = models.BigIntegerField(null=True)
    outcome = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    #: What the last rehearsal showed, at which version of the plan.
    rehearsed = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    version = models.PositiveIntegerField(default=1)
    closed_on = models.DateField(_("closed on"), null=True)

    class Meta:
        verbose_name = _("reorganisation plan")
        verbose_name_plural = _("reorganisation plans")
        indexes = [models.Index(fields=["state", "day"], name="plan_state")]

    def __str__(self):
        return self.code


class ChangeOf(models.TextChoices):
    """What a planned change does."""

    AREA = "area", _("territory")
    FOUND = "found", _("found")
    END = "end", _("end")
    MERGE = "merge", _("merge into")
    ABSORB = "absorb", _("absorb into")
    SPLIT = "split", _("split into")
    MOVE = "move", _("move under")
    RENAME = "rename", _("rename")
    CHANGE_KIND = "change_kind", _("change the kind")
    TRANSFER_FUNCTION = "transfer_function", _("hand over a function")
    TRANSFER_AREAS = "transfer_areas", _("hand over served places")


class ClauseState(models.TextChoices):
    """What a person said of a clause that a reading made into planned changes."""

    OPEN = "open", _("to be checked")
    ACCEPTED = "accepted", _("accepted")
    CORRECTED = "corrected", _("corrected")
    LEFT_OUT = "left_out", _("left out")


class PlanClause(models.Model):
    """A clause of the text from which a plan was read: its words stand beside what was made of them.

    Until a person has accepted it, corrected what was read, or left it out, the plan is not enacted.
    """

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="clauses")
    order = models.PositiveIntegerField(_("order"))
    clause = models.CharField(_("clause"), max_length=300)
    text = models.TextField(_("text"), blank=True)
    state = models.CharField(_("state"), max_length=10, choices=ClauseState, default=ClauseState.OPEN)

    class Meta:
        verbose_name = _("clause of a plan")
        verbose_name_plural = _("clauses of plans")
        constraints = [models.UniqueConstraint(fields=["plan", "order"], name="plan_clause_order")]

    def __str__(self):
        return self.clause


#: In the values of a change of territories: why the text leaves it open. It counts once a person has chosen.
LEFT_OPEN = "left_open"


class PlannedChange(models.Model):
    """One change of a plan, with the clause of the text that says it and the rule by which it followed.

    ``key`` names the body that a founding will make; ``target`` or ``target_key`` is where the subject goes.
    ``founded`` is the body that an enactment made: taken back and enacted again, it is the same one.
    ``day`` is empty for a change that takes effect with the plan.
    """

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="changes")
    order = models.PositiveIntegerField(_("order"))
    kind = models.CharField(_("kind"), max_length=20, choices=ChangeOf)
    day = models.DateField(_("effective from"), null=True)
    paper = models.ForeignKey(Document, models.PROTECT, null=True, related_name="+", verbose_name=_("paper"))
    said_in = models.ForeignKey(
        PlanClause, models.PROTECT, null=True, related_name="changes", verbose_name=_("clause of the text")
    )
    subject = models.ForeignKey(
        Unit, models.PROTECT, null=True, related_name="+", verbose_name=_("body that changes")
    )
    key = models.CharField(max_length=120, blank=True)
    target = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+", verbose_name=_("body"))
    target_key = models.CharField(max_length=120, blank=True)
    values = models.JSONField(default=dict)
    clause = models.CharField(_("clause"), max_length=300, blank=True)
    rule = models.CharField(_("rule"), max_length=40, blank=True)
    checked = models.BooleanField(_("checked against the text"), default=False)
    founded = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("planned change")
        verbose_name_plural = _("planned changes")
        constraints = [models.UniqueConstraint(fields=["plan", "order"], name="planned_change_order")]
        indexes = [models.Index(fields=["plan", "kind"], name="planned_change_kind")]

    def __str__(self):
        return f"{self.plan_id}.{self.order} {self.kind}"


class DecisionOn(models.TextChoices):
    """About what somebody decides: where it goes when the bodies change."""

    BODY = "body", _("body")
    PLACE = "place", _("place")
    PERSON = "person", _("member")
    REMAINDER = "remainder", _("what an ended body leaves")
    SEAT = "seat", _("post")
    CASE = "case", _("open case")
    STAFF = "staff", _("member of staff")
    FUNCTION = "function", _("function")


class PlanDecision(models.Model):
    """What hangs on a body that changes → where it goes, as somebody accepted or decided it.

    ``subject`` is the number of the body, place, seat, case or function, of staff that of the spell; of a
    member the person is named. What rules propose is not kept: it is worked out anew, and only what people
    said stands here.
    """

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="decisions")
    what = models.CharField(_("about"), max_length=12, choices=DecisionOn)
    subject = models.BigIntegerField(_("number"))
    person = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    target = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+", verbose_name=_("goes to"))
    target_key = models.CharField(max_length=120, blank=True)
    changed = models.BooleanField(_("other than proposed"), default=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(_("decided at"), auto_now=True)

    class Meta:
        verbose_name = _("decision of a plan")
        verbose_name_plural = _("decisions of plans")
        constraints = [
            models.UniqueConstraint(fields=["plan", "what", "subject"], name="plan_decides_once"),
            models.CheckConstraint(
                condition=models.Q(what="person", person__isnull=False)
                | models.Q(person__isnull=True) & ~models.Q(what="person"),
                name="plan_decision_names_its_person",
            ),
        ]

    def __str__(self):
        return f"{self.what} {self.subject}"


class PlanAcceptance(models.Model):
    """Somebody accepted what a rule proposes: what hangs on a body that ends goes to this successor.

    ``what`` is the kind of thing (a code of hanging.py). It counts as long as the rule proposes the same; a
    group that has another successor since is to be accepted anew. ``count`` is how many there were then.
    """

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="acceptances")
    what = models.CharField(_("kind of thing"), max_length=40)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name=_("body that ends"))
    target = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+", verbose_name=_("goes to"))
    target_key = models.CharField(max_length=120, blank=True)
    count = models.PositiveIntegerField(_("how many"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(_("accepted at"))

    class Meta:
        verbose_name = _("acceptance in a plan")
        verbose_name_plural = _("acceptances in plans")
        constraints = [
            models.UniqueConstraint(
                fields=["plan", "what", "unit", "target"], name="plan_accepts_once",
                condition=models.Q(target__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["plan", "what", "unit", "target_key"], name="plan_accepts_founded_once",
                condition=models.Q(target__isnull=True),
            ),
        ]  # fmt: skip

    def __str__(self):
        return f"{self.what} {self.unit_id}"


class HandoverItem(models.TextChoices):
    """What is handed over; the first five are counted from the registers, the others are typed."""

    MEMBERS = "members", _("members' files")
    BODIES = "bodies", _("organisations and cells")
    PAPERS = "papers", _("papers")
    CASES = "cases", _("open cases")
    QUOTAS = "quotas", _("quotas and targets")
    SEALS = "seals", _("seals")
    ASSETS = "assets", _("assets")
    MONEY = "money", _("money")
    DUES = "dues", _("party dues")
    OTHER = "other", _("other")


COUNTED_ITEMS = (
    HandoverItem.MEMBERS, HandoverItem.BODIES, HandoverItem.PAPERS, HandoverItem.CASES, HandoverItem.QUOTAS,
)  # fmt: skip


class HandoverLine(models.Model):
    """One line of what a body hands to another: the same sum, signed by the giver and by the receiver."""

    plan = models.ForeignKey(Plan, models.PROTECT, related_name="handovers")
    giver = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name=_("giver"))
    receiver = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name=_("receiver"))
    item = models.CharField(_("item"), max_length=12, choices=HandoverItem)
    label = models.CharField(_("what"), max_length=200, blank=True)
    amount = models.DecimalField(_("given"), max_digits=18, decimal_places=2)
    measure = models.CharField(_("unit"), max_length=40, blank=True)
    received = models.DecimalField(_("received"), max_digits=18, decimal_places=2, null=True)
    given_on = models.DateField(_("signed by the giver on"), null=True)
    given_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    received_on = models.DateField(_("signed by the receiver on"), null=True)
    received_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("line of a handover")
        verbose_name_plural = _("lines of handovers")
        constraints = [
            models.UniqueConstraint(
                fields=["plan", "giver", "receiver", "item", "label"], name="handover_line_once"
            ),
            models.CheckConstraint(condition=models.Q(amount__gte=0), name="handover_amount_positive"),
            models.CheckConstraint(
                condition=models.Q(received_on__isnull=True)
                | models.Q(given_on__isnull=False, received=models.F("amount")),
                name="handover_signed_for_one_sum",
            ),
        ]  # fmt: skip

    def __str__(self):
        return f"{self.giver_id} → {self.receiver_id}: {self.item}"

    @property
    def done(self) -> bool:
        """Both have signed the same sum."""
        return self.received_on is not None
