"""This room is for handing over: what each body that ended gives to whom, with counts, signed by both for the
same sum; what was not handed over stays on the list until it is.

Members' files, organisations, papers, cases and targets are counted from the registers as they stood on the
eve and as they lie on the day; seals, assets, money and dues are typed, line by line.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from orgwork.foundation import printing, wording
from orgwork.foundation.moments import Act
from orgwork.foundation.refusals import Refusal
from orgwork.registers import hanging
from orgwork.registers.access import person_of
from orgwork.registers.reorganisation import (
    COUNTED_ITEMS,
    HandoverItem,
    HandoverLine,
    Plan,
    PlanState,
)
from orgwork.registers.units import Unit, UnitCustody, UnitPlacement, names_of

from .cases import Outcome
from .fields import Field
from .operations import operation

TYPED = [
    (item.value, item.label)
    for item in HandoverItem
    if item not in COUNTED_ITEMS
]  # fmt: skip
SIDES = {"give": _("given"), "receive": _("received")}
DAY = dt.timedelta(days=1)


def draw_up(plan: Plan) -> int:
    """The counted lines of an enacted plan; those that are there stay as signed. How many are new."""
    if plan.state != PlanState.ENACTED:
        raise Refusal(
            _("The plan %(plan)s is not enacted; what is handed over is counted from its day on.")
            % {"plan": plan.code},
            code="not_enacted",
        )
    there = set(plan.handovers.values_list("giver", "receiver", "item", "label"))
    rows = [
        HandoverLine(plan=plan, giver_id=giver, receiver_id=receiver, item=item, amount=amount)
        for giver, receiver, item, amount in _counted(plan)
        if amount and (giver, receiver, item, "") not in there
    ]
    HandoverLine.objects.bulk_create(rows, batch_size=500)
    return len(rows)


def _counted(plan: Plan) -> Iterator[tuple[int, int, str, int]]:
    """(giver, receiver, item, how many): what stood under an ended body, by where it stands now."""
    eve = plan.day - DAY
    was = dict(UnitPlacement.objects.on(eve).values_list("unit", "parent"))
    now = dict(UnitPlacement.objects.on(plan.day).values_list("unit", "parent"))
    ended = {unit for unit in was if unit not in now}
    keeper = dict(UnitCustody.objects.on(plan.day).filter(unit__in=ended).values_list("unit", "custodian"))
    bodies: Counter = Counter()
    for unit, parent in was.items():
        if parent in ended and unit in now and now[unit] is not None:
            bodies[(parent, now[unit])] += 1
    members = _members(was, now, ended, plan)
    for (giver, receiver), count in sorted(members.items()):
        yield giver, receiver, HandoverItem.MEMBERS, count
    for (giver, receiver), count in sorted(bodies.items()):
        yield giver, receiver, HandoverItem.BODIES, count
    items = {"papers": HandoverItem.PAPERS, "cases": HandoverItem.CASES, "targets": HandoverItem.QUOTAS}
    for code, item in items.items():
        if code not in hanging.known:
            continue
        for giver, count in sorted(hanging.known[code].by_body(eve).items()):
            if giver in ended and giver in keeper:
                yield giver, keeper[giver], item, count


def _members(was, now, ended, plan) -> Counter:
    """Members under each ended body that led others, by the body under which they stand now."""
    found: Counter = Counter()
    for cell, count in hanging.known["members"].by_body(plan.day).items():
        if cell not in now:
            continue
        before = _first_ended(cell, was, ended)
        if before is None:
            continue
        giver, child = before
        receiver = now.get(child) if child in now else now.get(cell)
        if receiver is not None and receiver != giver:
            found[(giver, receiver)] += count
    return found


def _first_ended(cell: int, was, ended) -> tuple[int, int] | None:
    """The nearest body above the cell that ended, and the body directly under it on the way."""
    child, at = cell, was.get(cell)
    while at is not None:
        if at in ended:
            return at, child
        child, at = at, was.get(at)
    return None


def add_line(
    plan: Plan, giver: Unit, receiver: Unit, item: str, label: str, amount: Decimal | int, measure: str = ""
) -> HandoverLine:
    """A line that is typed: seals, assets, money, dues."""
    if item not in dict(TYPED):
        raise Refusal(_("This item is counted from the registers; it is not typed."), field="item")
    if not label.strip():
        raise Refusal(_("Say what is handed over."), field="label", code="missing")
    key = {"plan": plan, "giver": giver, "receiver": receiver, "item": item, "label": label.strip()[:200]}
    if HandoverLine.objects.filter(**key).exists():
        raise Refusal(_("This line is there already; sign that one."), field="label", code="already_there")
    return HandoverLine.objects.create(**key, amount=amount, measure=measure[:40])


@operation(
    "reorganisation.sign",
    label=_("Sign a handover"),
    act="unit.found",
    at=lambda asked: _over(asked),
    citation="KL 163-KL/TW",
    day_label=_("Day of the signature"),
    help=_("Giver and receiver sign for the same sum; the line stays open until both have."),
    fields=[
        Field("line", "number", _("Line")),
        Field("side", "choice", _("Side"), choices=list(SIDES.items())),
        Field("amount", "int", _("Amount")),
    ],
)
def sign(act: Act, *, day, line: int, side: str, amount: int):
    """The giver first, then the receiver, for the sum that stands on the line."""
    found = _line(line, lock=True)
    if side == "give" and found.given_on is None:
        if found.item in dict(TYPED):
            found.amount = Decimal(amount)
        elif found.amount != amount:
            raise Refusal(_differs(found, amount), field="amount", code="sums_differ")
        found.given_on, found.given_by_id = day, person_of(act.actor)
    elif side == "receive" and found.received_on is None:
        if found.given_on is None:
            raise Refusal(_("The giver signs first."), field="side", code="not_given")
        if found.amount != amount:
            raise Refusal(_differs(found, amount), field="amount", code="sums_differ")
        found.received, found.received_on, found.received_by_id = found.amount, day, person_of(act.actor)
    else:
        raise Refusal(_("This side has signed already."), field="side", code="signed_already")
    found.save()
    said = {"plan": found.plan.code, "item": str(found.item), "amount": str(found.amount), "side": side}
    over = found.giver_id if side == "give" else found.receiver_id
    return Outcome(subjects=[(("unit", over), said)], result=found)


def _differs(found: HandoverLine, amount: int) -> str:
    sentence = _(
        "The line says %(line)s, the signature %(said)s; find out what is missing, both sign for one sum."
    )
    return str(sentence) % {"line": f"{found.amount:g}", "said": amount}


def _line(number: int, *, lock: bool = False) -> HandoverLine:
    rows = HandoverLine.objects.select_related("plan", "giver", "receiver")
    if lock:
        rows = HandoverLine.objects.select_for_update(no_key=True)
    found = rows.filter(pk=number).first()
    if found is None:
        raise Refusal(_("No handover has this line."), field="line", code="no_such_line")
    return found


def _over(asked) -> Unit:
    found = _line(asked["line"])
    return found.receiver if asked.get("side") == "receive" else found.giver


# ── what is left, and the protocol ──────────────────────────────────────────────────────────────────────


def left(plan: Plan):
    """What was not handed over yet: it stays on the list until both have signed."""
    return plan.handovers.filter(received_on__isnull=True).order_by("giver", "receiver", "item", "label")


def pairs(plan: Plan) -> list[dict[str, Any]]:
    """Who hands over to whom: how many lines there are, and how many of them both have signed."""
    found: dict[tuple[int, int], list[HandoverLine]] = defaultdict(list)
    for line in plan.handovers.order_by("giver", "receiver", "item", "label"):
        found[(line.giver_id, line.receiver_id)].append(line)
    return [
        {"giver": g, "receiver": r, "lines": lines, "done": sum(line.done for line in lines)}
        for (g, r), lines in found.items()
    ]  # fmt: skip


def protocol(plan: Plan, giver: Unit, receiver: Unit, *, word: bool = False) -> bytes:
    """The protocol of one handover as PDF, or as Word: every line with its sum, and who signed when."""
    named = names_of([giver], plan.day - DAY) | names_of([receiver], plan.day)
    lines = plan.handovers.filter(giver=giver, receiver=receiver).order_by("item", "label")
    rows = [
        [
            str(HandoverItem(line.item).label) + (f": {line.label}" if line.label else ""),
            f"{line.amount:g} {line.measure}".strip(),
            "" if line.received is None else f"{line.received:g} {line.measure}".strip(),
            wording.day(line.given_on) if line.given_on else "",
            wording.day(line.received_on) if line.received_on else "",
        ]
        for line in lines
    ]  # fmt: skip
    part = printing.section(
        columns=[
            gettext("What"), gettext("Given"), gettext("Received"), gettext("Giver signed"),
            gettext("Receiver signed"),
        ],
        rows=rows, numbers=[1, 2],
        pairs=[
            (gettext("Giver"), named.get(giver.pk, giver.code)),
            (gettext("Receiver"), named.get(receiver.pk, receiver.code)),
            (gettext("Plan"), plan.code),
        ],
        note=gettext("Both sign for the same sum. What is not signed has not been handed over."),
    )  # fmt: skip
    made = printing.word if word else printing.document
    return made(gettext("Protocol of handover"), [part], day=plan.day, subtitle=plan.title)
