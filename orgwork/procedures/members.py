"""This room is for what procedures about members share: where somebody belongs, who votes, who decides.

And for the three facts of a membership that begin and end together.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, NamedTuple

from django.utils.translation import gettext_lazy as _

from orgwork.foundation import provisions, wording
from orgwork.foundation.dates import DAY, Period, begin_together, end
from orgwork.foundation.moments import Act
from orgwork.foundation.refusals import Refusal
from orgwork.foundation.rows import Statement, fetch, fetch_once, valid_on
from orgwork.registers.members import (
    MemberCard,
    Membership,
    MembershipPlace,
    MembershipStanding,
    PlaceKind,
    Standing,
)
from orgwork.registers.people import Person, PersonName
from orgwork.registers.record import Cause
from orgwork.registers.units import Unit, names_of

from .conditions import end_conditions


def home(person: Person, day: dt.date) -> Unit | None:
    """The cell of the official place on the day."""
    place = _official(person, day)
    return place.unit if place else None


def require_home(person: Person, day: dt.date) -> Unit:
    """The same, refused where there is none."""
    found = home(person, day)
    if found is None:
        raise Refusal(
            _("%(name)s is a member of no cell on %(day)s; look at the day, or at the person again.")
            % {"name": name_of(person, day), "day": wording.day(day)},
            field="person",
            code="not_a_member",
        )
    return found


def last_home(person: Person, day: dt.date) -> Unit | None:
    """The official cell on the day, else the last one before it."""
    rows = MembershipPlace.objects.filter(person=person, kind=PlaceKind.OFFICIAL, valid_from__lte=day)
    last = rows.order_by("-valid_from").select_related("unit").first()
    return last.unit if last else None


def _official(person, day):
    rows = MembershipPlace.objects.on(day).filter(person=person, kind=PlaceKind.OFFICIAL)
    return rows.select_related("unit").first()


def numbered(person: Person) -> str:
    """The person by number: where whoever asks holds no power over them, a refusal tells no name."""
    return f"#{person.pk}"


def name_of(person: Person, day: dt.date) -> str:
    """The person's name on the day, for sentences; the number where there is none."""
    found = PersonName.objects.on(day).filter(person=person).values_list("full", flat=True).first()
    return found or f"#{person.pk}"


def body(unit: Unit, day: dt.date) -> str:
    """A body's name on the day, for sentences."""
    return names_of([unit], day).get(unit.pk) or unit.code


STANDING = f"SELECT standing FROM registers_membershipstanding WHERE person_id = %s AND {valid_on('')}"  # noqa: S608


def standing_on(person: Person, day: dt.date) -> str:
    found = fetch(*asking_standing(person, day))
    return found[0][0] if found else ""


def asking_standing(person: Person, day: dt.date) -> Statement:
    """The same as a statement, to be sent with others."""
    return STANDING, [person.pk, day, day]


def full_members(cell: Unit, day: dt.date) -> int:
    """How many of the cell may vote: full members with their official place in it (domain §3.3)."""
    there = MembershipPlace.objects.on(day).filter(unit=cell, kind=PlaceKind.OFFICIAL).values("person")
    return MembershipStanding.objects.on(day).filter(standing=Standing.FULL, person__in=there).count()


class ChainLink(NamedTuple):
    """One body of the chain from a body up to the root, with its kind ("" when it has none on the day)."""

    ident: int
    code: str
    kind: str

    @property
    def unit(self) -> Unit:
        return Unit(pk=self.ident, code=self.code)


Chain = list[ChainLink]


def require_cell(unit: Unit, day: dt.date, *, field: str = "unit", chain: Chain | None = None) -> None:
    """Refuse a body that does not exist on the day or where nobody can be a member."""
    chain = above(unit, day) if chain is None else chain
    kind = next((link.kind for link in chain if link.ident == unit.pk), "")
    if not kind:
        raise Refusal(
            _("%(body)s does not exist on %(day)s; choose a cell that does, such as its successor.")
            % {"body": body(unit, day), "day": wording.day(day)},
            field=field,
            code="no_such_body",
        )
    if not provisions.kinds()[kind].holds_members:
        raise Refusal(
            _("%(body)s is no cell: members belong to cells. Choose one of the cells under it.")
            % {"body": body(unit, day)},
            field=field,
            code="not_a_cell",
        )


CHAIN = f"""SELECT u.id, u.code, coalesce(f.kind, '') FROM registers_unitlineage l
    JOIN registers_unit u ON u.id = l.ancestor_id
    LEFT JOIN registers_unitform f ON f.unit_id = l.ancestor_id AND {valid_on("f")}
    WHERE l.descendant_id = %s AND {valid_on("l")} ORDER BY l.depth"""  # noqa: S608


def above(unit: Unit | int, day: dt.date) -> Chain:
    """The body itself and everything above it on the day, nearest first, each with its kind; one query."""
    ident = unit.pk if isinstance(unit, Unit) else unit
    return chain_from(fetch_once(*asking_above(ident, day)))


def asking_above(unit: int, day: dt.date) -> Statement:
    """The same as a statement, to be sent with others; ``chain_from`` reads the answer."""
    return CHAIN, [day, day, unit, day, day]


def chain_from(rows) -> Chain:
    return [ChainLink(*row) for row in rows]


def grassroots(chain: Chain) -> int:
    """The place in the chain of the grassroots organisation (or grassroots cell) over a cell."""
    kinds = provisions.kinds()
    for place, link in enumerate(chain):
        if link.kind in kinds and kinds[link.kind].level == "grassroots":
            return place
    raise Refusal(
        _(
            "The cell stands under no grassroots organisation on that day; put its place in the tree right "
            "first."
        ),
        field="unit",
        code="no_grassroots",
    )


def competent(chain: Chain, *, over_age: bool = False) -> Unit:
    """The committee that decides: directly above the grassroots organisation (Statutes 2011, Art. 5).

    For applicants above the highest age a committee directly under the Centre.
    """
    place = grassroots(chain) + 1
    if over_age:
        place = len(chain) - 2
    if not 0 < place < len(chain):
        raise Refusal(
            _(
                "No committee above the grassroots organisation is recorded for that day; put the tree "
                "right first."
            ),
            field="unit",
            code="no_committee",
        )
    return chain[place].unit


def decider(cell: Unit, day: dt.date) -> Unit:
    """The committee directly above the grassroots organisation of the cell: it decides about members."""
    return competent(above(cell, day))


def overseer(cell: Unit, day: dt.date, *, steps: int = 1) -> Unit:
    """The body above the one that decides: it answers complaints; further up with more steps."""
    chain = above(cell, day)
    place = grassroots(chain) + 1 + steps
    if place >= len(chain):
        raise Refusal(
            _("Above these committees there is no other; the last decision stands."),
            field="person",
            code="no_committee",
        )
    return chain[place].unit


def under_the_centre(chain: Chain) -> Unit:
    """The body directly under the Centre to which the cell belongs: the province."""
    return chain[max(len(chain) - 2, 0)].unit


def committee_of(chain: Chain) -> Unit | None:
    """The grassroots organisation whose committee votes after the cell; None for a grassroots cell."""
    place = grassroots(chain)
    return chain[place].unit if place else None


class Particulars(NamedTuple):
    """What is asked of somebody's particulars."""

    sex: str
    birth: dt.date
    birth_precision: str


PARTICULARS = (
    f"SELECT sex, birth, birth_precision FROM registers_personparticulars"  # noqa: S608
    f" WHERE person_id = %s AND {valid_on('')}"
)


def asking_particulars(person: Person, day: dt.date) -> Statement:
    """Sex and birth as a statement, to be sent with others; ``particulars`` reads the answer."""
    return PARTICULARS, [person.pk, day, day]


def particulars(person: Person, day: dt.date, rows: list[tuple] | None = None) -> Particulars:
    """Sex and birth, refused where they are not recorded."""
    found = fetch(*asking_particulars(person, day)) if rows is None else rows
    if not found:
        raise Refusal(
            _("Sex and date of birth of %(name)s are not recorded; enter them first.")
            % {"name": name_of(person, day)},
            field="person",
            code="no_particulars",
        )
    return Particulars(*found[0])


def begin_membership(act: Act, person: Person, unit: Unit, day: dt.date, *, cause: Cause, standing: str):
    """The three facts of a membership begin with one cause."""
    facts: list[tuple[Any, dict]] = [
        (Membership, {"person": person}),
        (MembershipStanding, {"person": person, "standing": standing}),
        (MembershipPlace, {"person": person, "unit": unit, "kind": PlaceKind.OFFICIAL}),
    ]
    begin_together(facts, act, Period(day), cause=cause)


def end_membership(act: Act, person: Person, day: dt.date, *, cause: Cause):
    """The three facts of a membership end with one cause; temporary places, conditions and card with them."""
    for model in (Membership, MembershipStanding):
        end(model, act, {"person": person}, day, cause=cause)
    end_conditions(act, person, day, cause=cause)
    if MemberCard.objects.on(day - DAY).filter(person=person, valid_to__isnull=True).exists():
        end(MemberCard, act, {"person": person}, day, cause=cause)
    for kind in PlaceKind.values:
        key = {"person": person, "kind": kind}
        if MembershipPlace.objects.on(day - DAY).filter(**key).exists():
            end(MembershipPlace, act, key, day, cause=cause)
