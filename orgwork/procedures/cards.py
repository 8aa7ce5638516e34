"""This room is for party cards: issued, exchanged, lost, withdrawn, and printed in runs with counterfoils.

A card keeps its number through its copies. Cards are printed in runs for a body: drawn up from those who
wait, printed with counterfoil numbers, spoilt sheets struck off, handed out by decision; only then the
register says that somebody has a card. A card ends with the membership; whoever leaves gives it back, which
is recorded when it happens: until then it stands on the list of cards to take back.
"""

from __future__ import annotations

import datetime as dt
import zlib
from collections.abc import Iterable

from django.db import connection, models
from django.db.models.functions import Length
from django.utils.translation import gettext_lazy as _

from orgwork.foundation import provisions, wording
from orgwork.foundation.dates import DAY, begin, change, end, swap
from orgwork.foundation.moments import Act
from orgwork.foundation.refusals import Refusal
from orgwork.foundation.rows import fetch
from orgwork.registers.aliases import standing_for
from orgwork.registers.members import (
    MemberCard,
    Membership,
    MembershipPlace,
    MembershipStanding,
    PlaceKind,
    Standing,
)
from orgwork.registers.people import Person, PersonName
from orgwork.registers.person_tables import REPOINT, about_people
from orgwork.registers.record import Cause
from orgwork.registers.units import Unit, under_ids

from .cases import Case, Opening, Outcome, Procedure, cause, possible_day
from .fields import REASON, REMARK, Field
from .members import above, name_of, require_home, standing_on
from .merging import body_of
from .operations import operation
from .papers import shown

#: PostgreSQL advisory locks of the card numbers, one for each party organisation under the Centre.
SERIES = 81
MOST = 2_000
PERSON = Field("person", "person", _("Member"))
DECISION = Field("document", "document", _("Decision"), paper="decision")
EXCHANGES = {
    "periodic": _("periodic exchange"),
    "damaged": _("damaged"),
    "particulars": _("particulars have changed"),
}
#: Whoever leaves for these reasons gives the card back; the family of the dead may keep it [K].
KEPT_BACK = ("left", "deleted", "expelled")
WITHDRAWALS = {
    "left": _("left the party"),
    "deleted": _("deleted from the list"),
    "expelled": _("expelled"),
    "died": _("died, card given back by the family"),
    "invalid": _("issued by mistake"),
}


class CardPrint(models.Model):
    """One sheet of a print run: whose card it is to be, and its counterfoil once it is printed."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="cards")
    person = models.ForeignKey(Person, models.PROTECT, related_name="card_prints")
    number = models.CharField(_("card number"), max_length=20)
    copy = models.PositiveSmallIntegerField(_("copy"), default=1)
    counterfoil = models.PositiveIntegerField(_("counterfoil"), null=True)
    spoilt_on = models.DateField(_("spoilt on"), null=True)

    class Meta:
        verbose_name = _("card to print")
        verbose_name_plural = _("cards to print")
        constraints = [
            models.UniqueConstraint(
                fields=["case", "person"],
                condition=models.Q(spoilt_on__isnull=True),
                name="card_print_once_a_run",
            ),
            models.UniqueConstraint(
                fields=["case", "counterfoil"],
                condition=models.Q(counterfoil__isnull=False),
                name="card_print_counterfoil_once",
            ),
        ]
        indexes = [models.Index(fields=["number"], name="card_print_number")]

    def __str__(self):
        return self.number


about_people(
    CardPrint, _("Cards printed"), persons=("person",), emptied={"number": lambda row: f"#{row.pk}"[:20]},
    merge=REPOINT, shown=("case", "number", "copy", "counterfoil", "spoilt_on"),
    retention=("retention.after_membership_years",),
)  # fmt: skip


# ── numbers ─────────────────────────────────────────────────────────────────────────────────────────────


def prefix_of(unit: Unit, day: dt.date) -> str:
    """The sign of the party organisation directly under the Centre: the first digits of its cards."""
    chain = above(unit, day)
    return f"{chain[-2].code:0>2}"[:2] if len(chain) > 1 else "00"


def new_numbers(prefix: str, count: int, day: dt.date) -> list[str]:
    """The next numbers of a series. A number that was ever drawn is never drawn again."""
    digits = provisions.on(day)["cards.serial_digits"].value
    if connection.vendor == "postgresql":
        fetch("SELECT pg_advisory_xact_lock(%s, %s)", [SERIES, zlib.crc32(prefix.encode()) & 0x7FFFFFFF])
    length = len(prefix) + digits
    last = 0
    for rows in (MemberCard.versions.all(), CardPrint.objects.all()):
        found = rows.filter(number__startswith=prefix).annotate(length=Length("number"))
        highest = found.filter(length=length).aggregate(last=models.Max("number"))["last"]
        serial = (highest or "")[len(prefix) :]
        last = max(last, int(serial) if serial.isdigit() else 0)
    if last + count >= 10**digits:
        raise Refusal(
            _("The card numbers beginning with %(prefix)s are used up.") % {"prefix": prefix}, code="used_up"
        )
    return [f"{prefix}{last + nr:0{digits}d}" for nr in range(1, count + 1)]


def number_of(person: Person) -> tuple[str, int]:
    """The number of the person's last card and which copy it was; empty where there never was one."""
    last = MemberCard.objects.filter(person=person).order_by("-valid_from", "-copy").first()
    return (last.number, last.copy) if last else ("", 0)


# ── one card ────────────────────────────────────────────────────────────────────────────────────────────


@operation(
    "card.issue",
    label=_("Issue a card"),
    act="card.manage",
    at=lambda asked: require_home(asked["person"], asked["day"]),
    locks=["person"],
    help=_("The first one, or anew after a loss: the number stays the same."),
    fields=[
        PERSON,
        Field("number", "text", _("Card number"), required=False, most=20, help=_("Empty: the next one.")),
        DECISION,
    ],
    citation="HD 12-HD/BTCTW (2022)",
)
def issue(act: Act, *, day, person: Person, number, document):
    cell = require_home(person, day)
    _require_entitled(person, day)
    row = _give(act, person, day, cell, cause("issued", document=document), number)
    said = {"number": row.number, "copy": row.copy, "decision": shown(document)}
    return Outcome(
        subjects=[(("person", person.pk), said), (("unit", cell.pk), {"person": person.pk})], result=row
    )


@operation(
    "card.exchange",
    label=_("Exchange a card"),
    act="card.manage",
    at=lambda asked: require_home(asked["person"], asked["day"]),
    locks=["person"],
    fields=[
        PERSON,
        Field("why", "choice", _("Reason"), choices=lambda: list(EXCHANGES.items())),
        DECISION,
    ],
    citation="HD 12-HD/BTCTW (2022)",
)
def exchange(act: Act, *, day, person: Person, why, document):
    card = require_card(person, day)
    said = {"number": card.number, "copy": card.copy + 1, "why": why, "decision": shown(document)}
    row = _exchange(act, card, day, cause("exchanged", document=document))
    return Outcome(subjects=[(("person", person.pk), said)], result=row)


@operation(
    "card.lost",
    label=_("Report a card lost"),
    act="card.report",
    at=lambda asked: require_home(asked["person"], asked["day"]),
    locks=["person"],
    day_label=_("Day of the loss"),
    fields=[PERSON, Field("reason", "words", _("How it was lost"))],
    help=_("The card is void from this day. A new one is issued by decision."),
    citation="HD 12-HD/BTCTW (2022)",
)
def report_lost(act: Act, *, day, person: Person, reason):
    possible_day(act, day, ahead=False)
    card = require_card(person, day)
    end(MemberCard, act, {"person": person}, day, cause=cause("lost", text=reason))
    return Outcome(subjects=[(("person", person.pk), {"number": card.number, "reason": reason})], result=card)


@operation(
    "card.withdraw",
    label=_("Withdraw a card"),
    act="card.manage",
    at=lambda asked: body_of(asked["person"]),
    locks=["person"],
    day_label=_("Day on which it was given back"),
    fields=[
        PERSON,
        Field("why", "choice", _("Reason"), choices=lambda: list(WITHDRAWALS.items())),
        Field("document", "document", _("Decision"), paper="decision", required=False),
        REMARK,
    ],
    citation="HD 12-HD/BTCTW (2022)",
)
def withdraw_card(act: Act, *, day, person: Person, why, document, remark):
    possible_day(act, day, ahead=False)
    reason = cause("withdrawn", document=document, text=remark)
    card = MemberCard.objects.filter(person=person, ended_by__kind__in=KEPT_BACK, valid_to__lte=day).first()
    if card is None:
        card = require_card(person, day)
        end(MemberCard, act, {"person": person}, day, cause=reason)
    else:
        # It ended with the membership; now it is back, which is why it stands on no list any more.
        back = MemberCard(**{f.attname: getattr(card, f.attname) for f in card._meta.concrete_fields})
        back.ended_by = reason
        swap(MemberCard, act, [card], [back])
    said = {"number": card.number, "why": why, "decision": shown(document)}
    return Outcome(subjects=[(("person", person.pk), said)], result=card)


def require_card(person: Person, day: dt.date) -> MemberCard:
    """The card the person has had up to the day."""
    found = MemberCard.objects.on(day - DAY).filter(person=person).first()
    if found is None:
        raise Refusal(
            _("%(name)s holds no card on %(day)s; issue one first.")
            % {"name": name_of(person, day), "day": wording.day(day)},
            field="person",
            code="no_card",
        )
    return found


def _require_entitled(person: Person, day: dt.date) -> None:
    rule = provisions.on(day)["cards.only_full_members"]
    if rule.value and standing_on(person, day) != Standing.FULL:
        raise Refusal(
            _("%(name)s is not a full member on %(day)s; cards are issued after recognition.")
            % {"name": name_of(person, day), "day": wording.day(day)},
            field="person",
            code="not_full",
            citation=rule.citation,
        )


def _give(
    act: Act, person: Person, day, cell: Unit, why: Cause, number: str = "", copy: int = 0
) -> MemberCard:
    """A card begins: under the number the person had before, else under the one given or the next."""
    before, copies = number_of(person)
    stays = provisions.on(day)["cards.number_stays"].value
    if number and before and stays and number != before:
        raise Refusal(
            _("%(name)s has had the number %(number)s before, which stays; leave the number empty.")
            % {"name": name_of(person, day), "number": before},
            field="number",
            code="number_stays",
        )
    number = number or (before if stays else "") or new_numbers(prefix_of(cell, day), 1, day)[0]
    taken = MemberCard.objects.filter(number=number).exclude(person=person).first()
    if taken is not None:
        raise Refusal(
            _("Number %(number)s belongs to another member (#%(person)s); look at the number again.")
            % {"number": number, "person": taken.person_id},
            field="number",
            code="number_taken",
        )
    said = {"person": person, "number": number, "copy": copy or (copies + 1 if number == before else 1)}
    return begin(MemberCard, act, day, cause=why, **said)


def _exchange(act: Act, card: MemberCard, day, why: Cause, copy: int = 0) -> MemberCard:
    value = {"copy": copy or card.copy + 1}
    return change(MemberCard, act, {"person": card.person_id}, day, value, cause=why, for_good=True)


# ── print runs ──────────────────────────────────────────────────────────────────────────────────────────

PURPOSES = {
    "first": _("first cards"),
    "reissue": _("anew after a loss"),
    "exchange": _("exchange"),
}

card_run = Procedure(
    "card_run",
    label=_("Print run of cards"),
    states={
        "drawn_up": _("drawn up, to be printed"),
        "printed": _("printed, to be handed out"),
        "handed_out": _("handed out"),
        "withdrawn": _("withdrawn"),
    },
    initial="drawn_up",
    final=("handed_out", "withdrawn"),
    citation="HD 12-HD/BTCTW (2022)",
    about="unit",
    help=_("Cards for everybody of a body who waits for one; a card holds from the day it is handed out."),
)


def waiting(unit: Unit, day: dt.date, purpose: str) -> models.QuerySet:
    """Members under the body who wait: full members without a card, with a lost one, or all who hold one."""
    here = MembershipPlace.objects.on(day).filter(kind=PlaceKind.OFFICIAL, unit__in=under_ids(unit, day))
    full = MembershipStanding.objects.on(day).filter(standing=Standing.FULL)
    held = MemberCard.objects.on(day)
    ever = MemberCard.objects.filter(valid_from__lte=day)
    found = here.filter(person__in=full.values("person"))
    if purpose == "exchange":
        return found.filter(person__in=held.values("person"))
    found = found.exclude(person__in=held.values("person"))
    if purpose == "reissue":
        return found.filter(person__in=ever.values("person"))
    return found.exclude(person__in=ever.values("person"))


def in_a_run() -> set[int]:
    """People who stand in a run that is under way: drawn up, or on a sheet that is printed."""
    printed = CardPrint.objects.filter(case__closed_on__isnull=True, spoilt_on__isnull=True)
    found = set(printed.values_list("person", flat=True))
    for case in Case.objects.filter(procedure="card_run", state="drawn_up"):
        found |= set(case.data["people"])
    return found


@card_run.opener(
    label=_("Draw up a print run of cards"),
    act="card.manage",
    at=lambda asked: asked["unit"],
    locks=["unit"],
    fields=[
        Field("unit", "unit", _("Body")),
        Field("purpose", "choice", _("For"), choices=lambda: list(PURPOSES.items())),
        Field("people", "person", _("Only for"), required=False, many=True, help=_("Empty: all who wait.")),
    ],
)
def open_run(act: Act, *, day, unit: Unit, purpose, people):
    rows = waiting(unit, day, purpose).exclude(person__in=in_a_run())
    if people:
        rows = rows.filter(person__in=people)
    found = list(rows.order_by("person").values_list("person", flat=True)[: MOST + 1])
    missing = {person.pk for person in people} - set(found)
    if missing:
        raise Refusal(
            _("%(who)s: not waiting for such a card here, or in another run already.")
            % {"who": ", ".join(f"#{ident}" for ident in sorted(missing))},
            field="people",
            code="not_waiting",
        )
    if not found:
        raise Refusal(_("Nobody under this body waits for such a card."), field="unit", code="nobody_waits")
    if len(found) > MOST:
        raise Refusal(
            _("More than %(most)s wait; draw up a run for a smaller body.") % {"most": wording.number(MOST)},
            field="unit",
            code="too_many",
        )
    data = {"purpose": purpose, "people": found, "unit": unit.pk}
    return Opening(unit=unit, data=data, said={"purpose": purpose, "cards": len(found)})


def sheets(case: Case) -> models.QuerySet:
    """The sheets of a run, spoilt ones included, in the order of their counterfoils."""
    return CardPrint.objects.filter(case=case).order_by("counterfoil", "pk").select_related("person")


def _draw_sheets(case: Case, day: dt.date) -> list[CardPrint]:
    """Numbers and copies for everybody of the run, by name."""
    ids = case.data["people"]
    names = dict(PersonName.objects.on(day).filter(person__in=ids).values_list("person", "sort_key"))
    found = {standing_for(one) for one in Person.objects.filter(pk__in=ids)}
    people = sorted(found, key=lambda one: (names.get(one.pk, ""), one.pk))
    rows = []
    for person in people:
        number, copy = number_of(person)
        rows.append(CardPrint(case=case, person=person, number=number, copy=copy + 1 if number else 1))
    fresh = [row for row in rows if not row.number]
    numbers = new_numbers(prefix_of(case.unit, day), len(fresh), day) if fresh else []
    for row, number in zip(fresh, numbers, strict=True):
        row.number = number
    return rows


@card_run.step(
    "print_cards",
    source="drawn_up",
    target="printed",
    act="card.manage",
    label=_("Print"),
    help=_("Numbers and counterfoils are given now; the list to print can be had as PDF and as a workbook."),
    day_label=_("Day of printing"),
    locks=["unit"],
    fields=[
        Field("first", "int", _("First counterfoil"), required=False, help=_("Empty: after the last run."))
    ],
)
def print_cards(case: Case, act: Act, *, day, first):
    rows = _draw_sheets(case, day)
    start = first or _last_counterfoil(case) + 1
    for nr, row in enumerate(rows):
        row.counterfoil = start + nr
    CardPrint.objects.bulk_create(rows)
    case.data = {**case.data, "people": []}
    said = {"cards": len(rows), "first": start, "last": start + len(rows) - 1}
    return Outcome(said=said)


def _last_counterfoil(case: Case) -> int:
    """Of the runs of the same body."""
    rows = CardPrint.objects.filter(case__unit=case.unit)
    return rows.aggregate(last=models.Max("counterfoil"))["last"] or 0


@card_run.step(
    "spoil",
    source="printed",
    target="printed",
    act="card.manage",
    label=_("Strike off a spoilt sheet"),
    help=_("The sheet is void with its counterfoil; the card is printed on the next one."),
    locks=["unit"],
    fields=[PERSON, REASON],
)
def spoil(case: Case, act: Act, *, day, person: Person, reason):
    row = CardPrint.objects.filter(case=case, person=person, spoilt_on__isnull=True).first()
    if row is None:
        raise Refusal(_("This run has no card for this person."), field="person", code="not_in_this_run")
    row.spoilt_on = day
    row.save(update_fields=["spoilt_on"])
    last = row.counterfoil or 0
    said = {"number": row.number, "copy": row.copy, "counterfoil": max(last, _last_counterfoil(case)) + 1}
    CardPrint.objects.create(case=case, person=person, **said)
    subjects = [(("person", person.pk), {**said, "spoilt": row.counterfoil})]
    return Outcome(remark=reason, said={"spoilt": row.counterfoil}, subjects=subjects)


@card_run.step(
    "hand_out",
    source="printed",
    target="handed_out",
    act="card.manage",
    label=_("Hand out"),
    help=_("From this day these cards hold. Who has left in the meantime gets none."),
    day_label=_("Day on which they are handed out"),
    locks=["unit"],
    fields=[DECISION],
)
def hand_out(case: Case, act: Act, *, day, document):
    why = {
        kind: cause(kind, case=case, document=document)
        for kind in (("exchanged",) if case.data["purpose"] == "exchange" else ("issued",))
    }
    rows = list(sheets(case).filter(spoilt_on__isnull=True))
    list(
        Person.objects.filter(pk__in=[r.person_id for r in rows])
        .order_by("pk")
        .select_for_update(no_key=True)
    )
    given, left = [], []
    for row in rows:
        if _hand_out_one(act, case, row, day, why):
            given.append(row)
        else:
            left.append(row.person_id)
            row.spoilt_on = day
            row.save(update_fields=["spoilt_on"])
    subjects = [
        (("person", row.person_id), {"number": row.number, "copy": row.copy, "decision": shown(document)})
        for row in given
    ]
    said = {"cards": len(given), "decision": shown(document)} | ({"left_out": left} if left else {})
    return Outcome(document=document, said=said, subjects=subjects)


def _hand_out_one(act: Act, case: Case, row: CardPrint, day, why: dict[str, Cause]) -> bool:
    """Give one card; not to somebody who is no full member any more, or has got a card elsewhere."""
    person = row.person
    held = MemberCard.objects.on(day).filter(person=person).first()
    if standing_on(person, day) != Standing.FULL:
        return False
    if case.data["purpose"] == "exchange":
        if held is None or held.valid_from >= day:
            return False
        _exchange(act, held, day, why["exchanged"], row.copy)
        return True
    if held is not None:
        return False
    begin(MemberCard, act, day, cause=why["issued"], person=person, number=row.number, copy=row.copy)
    return True


withdraw = card_run.may_be_withdrawn(source=("drawn_up", "printed"), act="card.manage")


# ── lists ───────────────────────────────────────────────────────────────────────────────────────────────


def to_take_back(day: dt.date, *, known_at: int | None = None) -> models.QuerySet:
    """Cards of people who are no members any more: ended with the membership, but not back yet."""
    members = Membership.objects.on(day, known_at=known_at)
    held = models.Q(valid_to__isnull=True) | models.Q(valid_to__gt=day)
    gone = models.Q(valid_to__lte=day, ended_by__kind__in=KEPT_BACK)
    rows = MemberCard.objects.at(known_at).filter(held | gone, valid_from__lte=day)
    return rows.exclude(person__in=members.values("person"))


def of_body(
    rows: models.QuerySet, unit_ids: Iterable | models.QuerySet, day, *, known_at=None
) -> models.QuerySet:
    """Cards of people whose official cell on the day, or whose last one before it, lies among the bodies."""
    here = MembershipPlace.objects.on(day, known_at=known_at).filter(
        kind=PlaceKind.OFFICIAL, unit__in=unit_ids
    )
    gone = MembershipPlace.objects.at(known_at).filter(
        kind=PlaceKind.OFFICIAL, unit__in=unit_ids, valid_to__lte=day
    )
    members = Membership.objects.on(day, known_at=known_at)
    return rows.filter(
        models.Q(person__in=here.values("person"))
        | models.Q(person__in=gone.exclude(person__in=members.values("person")).values("person"))
    )
