"""This room is for two records of one person: they are merged, and the merging is undone.

Merging is a correction: the register was wrong in having two. The rows of the record that goes pass to the
one that stays, with their days, spells and reasons; as known before, both are still there. Where both say
something of the same days a person decides. Who merges needs the power over both records, and never over the
own: a double of somebody, made where one has power, would else give power over the original.
"""

from __future__ import annotations

import zlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.db import models
from django.utils.translation import gettext_lazy as _

from orgwork.foundation.dates import begin, correct, end, swap
from orgwork.foundation.journal import EntrySubject
from orgwork.foundation.moments import Act
from orgwork.foundation.refusals import Refusal, Stale
from orgwork.registers import access, person_tables
from orgwork.registers.aliases import PeopleApart, PersonAlias, standing_for
from orgwork.registers.appointments import Appointment
from orgwork.registers.members import MembershipPlace
from orgwork.registers.people import ALL_LIFE, Person
from orgwork.registers.person_tables import MOVE, REPOINT, PersonTable
from orgwork.registers.record import Cause
from orgwork.registers.units import ROOT, Unit

from .cases import Case, CaseStep, Outcome, Procedure, cause
from .fields import REASON, Field
from .members import last_home, numbered
from .operations import operation
from .papers import shown

ACT, CONFIRM = "person.merge", "proposal.confirm"
STAYS, OTHER, STAYS_FIRST, OTHER_FIRST = "stays", "other", "stays_first", "other_first"
CHOICES = {
    STAYS: _("only what the record that stays says"),
    OTHER: _("only what the other record says"),
    STAYS_FIRST: _("both; where both speak of a day, the record that stays"),
    OTHER_FIRST: _("both; where both speak of a day, the other record"),
}
#: What is decided together, with the power by which it is shown; all further tables that move are "more".
GROUPS: dict[str, tuple[Any, str, tuple[str, ...]]] = {
    "name": (_("Name"), "names.read", ("registers.personname",)),
    "particulars": (_("Sex and date of birth"), "names.read", ("registers.personparticulars",)),
    "membership": (
        _("Membership, standing and cell"),
        "names.read",
        (
            "registers.membership",
            "registers.membershipstanding",
            "registers.membershipplace",
            "registers.membershipcondition",
        ),
    ),
    "posts": (_("Posts"), "names.read", ("registers.appointment",)),
    "cards": (_("Cards"), "names.read", ("registers.membercard",)),
    "badges": (_("Party badges"), "names.read", ("registers.memberbadge",)),
    "contact": (_("Contact"), "contact.read", ("registers.personcontact",)),
    "background": (_("Ethnicity and religion"), "background.read", ("registers.personbackground",)),
    "more": (_("Everything else"), "contact.read", ()),
}


def group_of(table: PersonTable) -> str:
    return next((code for code, (_label, _act, tables) in GROUPS.items() if table.code in tables), "more")


def moving() -> list[PersonTable]:
    """The tables whose rows pass to the record that stays."""
    return [table for table in person_tables.tables() if table.merge == MOVE]


def turning() -> list[PersonTable]:
    """The tables whose one column is turned to the record that stays."""
    return [table for table in person_tables.tables() if table.merge == REPOINT]


# ── what would come of it ───────────────────────────────────────────────────────────────────────────────


@dataclass
class Part:
    """One table in a merging: the rows of both, and what is left of them under the record that stays."""

    table: PersonTable
    mine: list
    theirs: list
    final: list = field(default_factory=list)

    @property
    def model(self) -> Any:
        return self.table.model

    @property
    def differs(self) -> bool:
        """Whether both speak of the same days and do not say the same: somebody has to decide."""
        return any(_contradict(one, two) for one in self.mine for two in self.theirs)


@dataclass
class Group:
    """What is decided together."""

    code: str
    label: Any
    act: str
    parts: list[Part]

    @property
    def differs(self) -> bool:
        return any(part.differs for part in self.parts)

    @property
    def empty(self) -> bool:
        return not any(part.mine or part.theirs for part in self.parts)


def compare(person: Person, other: Person) -> list[Group]:
    """Both records side by side, group by group."""
    found = {code: Group(code, label, act, []) for code, (label, act, _tables) in GROUPS.items()}
    for table in moving():
        part = Part(
            table, _rows(table, person), [_renamed(row, table, other, person) for row in _rows(table, other)]
        )
        found[group_of(table)].parts.append(part)
    return list(found.values())


def fingerprint(person: Person, other: Person) -> int:
    """A number that changes with every record of either: what somebody was looking at when deciding."""
    ids = [
        f"{table.code}:{row.pk}"
        for table in moving()
        for who in sorted((person, other), key=lambda one: one.pk)
        for row in _rows(table, who)
    ]
    return zlib.crc32("|".join(sorted(ids)).encode())


def _rows(table: PersonTable, person: Person) -> list:
    """What is held true of the person now."""
    wanted = models.Q()
    for column in table.persons:
        wanted |= models.Q(**{column: person})
    model: Any = table.model
    return list(model.objects.filter(wanted).order_by("valid_from", "pk"))


def _renamed(row, table: PersonTable, other: Person, person: Person):
    """The row as it would stand under the record that stays; it keeps its number, to be found again."""
    copied = {f.attname: getattr(row, f.attname) for f in row._meta.concrete_fields}
    for column in table.persons:
        name = row._meta.get_field(column).attname
        copied[name] = person.pk if copied[name] == other.pk else copied[name]
    return type(row)(**copied)


def _key(row) -> tuple:
    return tuple(getattr(row, row._meta.get_field(name).attname) for name in row.KEY)


def _contradict(one, two) -> bool:
    if not one.period.overlaps(two.period):
        return False
    if isinstance(one, Appointment):
        return one.post.kind == two.post.kind
    return _key(one) == _key(two) and (_said(one) != _said(two) or one.period != two.period)


BOOKKEEPING = {"id", "valid_from", "valid_to", "recorded", "retracted", "spell", "begun_by_id", "ended_by_id"}


def _said(row) -> dict:
    """What a row says, apart from of whom, since when and why."""
    names = [f.attname for f in row._meta.concrete_fields if f.attname not in BOOKKEEPING]
    return {name: getattr(row, name) for name in names}


def settle(part: Part, choice: str, why: int | None) -> list:
    """The rows that stand afterwards: those of one record, or of both with one of them first."""
    if choice == STAYS:
        return part.mine
    if choice == OTHER:
        return part.theirs
    first, second = (part.mine, part.theirs) if choice == STAYS_FIRST else (part.theirs, part.mine)
    by_key: dict[tuple, tuple[list, list]] = defaultdict(lambda: ([], []))
    for row in first:
        by_key[_key(row)][0].append(row)
    for row in second:
        by_key[_key(row)][1].append(row)
    return [row for leading, filling in by_key.values() for row in _joined(leading, filling, why)]


def _joined(leading: list, filling: list, why) -> list:
    """Rows of one key: the leading ones whole, the others on the days those say nothing of."""
    pieces = list(leading)
    cut: set[int] = set()
    for row in filling:
        for piece in _outside(row, leading):
            if (piece.valid_from, piece.valid_to) != (row.valid_from, row.valid_to):
                cut.add(id(piece))
            pieces.append(piece)
    pieces.sort(key=lambda one: one.valid_from)
    found: list = []
    for piece in pieces:
        before = found[-1] if found else None
        touches = before is not None and before.valid_to == piece.valid_from
        if not touches or not {id(before), id(piece)} & cut:
            found.append(piece)
        elif _said(before) == _said(piece):
            # The same goes on: one record, which began as the earlier and ends as the later.
            joined = _copy(before, valid_to=piece.valid_to, ended_by_id=piece.ended_by_id)
            cut.add(id(joined))
            found[-1] = joined
        else:
            found[-1] = _copy(before, ended_by_id=why)
            piece = _copy(piece, begun_by_id=why)
            cut |= {id(found[-1]), id(piece)}
            found.append(piece)
    return found


def _outside(row, leading: Sequence) -> list:
    """The pieces of a row on whose days none of the others says anything; a cut has no reason of its own."""
    pieces = [row]
    for one in leading:
        pieces = [rest for piece in pieces for rest in _without(piece, one)]
    return pieces


def _without(row, one) -> list:
    if not row.period.overlaps(one.period):
        return [row]
    pieces = []
    if row.valid_from < one.valid_from:
        pieces.append(_copy(row, valid_to=one.valid_from, ended_by_id=None))
    if one.valid_to is not None and (row.valid_to is None or row.valid_to > one.valid_to):
        pieces.append(_copy(row, valid_from=one.valid_to, begun_by_id=None))
    return pieces


def _copy(row, **changed):
    copied = {f.attname: getattr(row, f.attname) for f in row._meta.concrete_fields}
    return type(row)(**{**copied, "id": None, **changed})


# ── merging ─────────────────────────────────────────────────────────────────────────────────────────────

STAYING = Field("person", "person", _("Record that stays"))
GOING = Field("other", "person", _("Record that is merged into it"))
PAPER = Field("document", "document", _("Paper it rests on"), required=False, paper="decision")
SEEN = Field("seen", "record", _("Records as they were shown"), required=False)


def body_of(person: Person) -> Unit:
    """Over which body the power is needed: the last cell, post or case, who entered them, else the whole."""
    cell = last_home(person, ALL_LIFE.max)
    if cell is not None:
        return cell
    held = Appointment.objects.filter(person=person, post__unit__isnull=False).order_by("-valid_from", "pk")
    if last := held.select_related("post__unit").first():
        return last.post.unit
    if case := person.cases.order_by("-pk").select_related("unit").first():
        return case.unit
    said = EntrySubject.objects.filter(
        type="person", subject_id=person.pk, entry__verb="person.enter"
    ).first()
    code = said.content.get("unit", ROOT) if said and said.content else ROOT
    return Unit.objects.get(code=code)


@operation(
    "person.merge",
    label=_("Merge two records of one person"),
    act=ACT,
    at=lambda asked: body_of(asked["person"]),
    locks=["person"],
    help=_("Takes the power over both. The other record's address leads to this one; it can be undone."),
    fields=[
        STAYING,
        GOING,
        *(
            Field(code, "choice", label, required=False, choices=lambda: list(CHOICES.items()))
            for code, (label, _act, _tables) in GROUPS.items()
        ),
        REASON,
        PAPER,
        SEEN,
    ],
    citation="Law 91/2025/QH15: data are accurate; Orgwork's own rule",
)
def merge(act: Act, *, day, person: Person, other: Person, reason, document, seen, **choices):
    _refuse_pair(act, person, other, day)
    if seen is not None and seen != fingerprint(person, other):
        raise Stale(_("One of the two records has changed since it was shown. Look at both again."))
    why = cause("corrected", document=document, text=reason)
    decided = _decided(compare(person, other), choices)
    moved: dict[str, Any] = {"rows": {}, "turned": {}}
    for group, choice in decided:
        for part in group.parts:
            if written := _pass_on(act, part, choice, why, other):
                moved["rows"][part.table.code] = written
    for table in turning():
        if ids := _turn(table, other, person):
            moved["turned"][table.code] = ids
    begin(PersonAlias, act, ALL_LIFE, person=other, survivor=person, rows=moved, cause=why)
    Person.objects.filter(pk=other.pk).update(merged=True)
    said = {group.code: choice for group, choice in decided if group.differs}
    paper = shown(document)
    subjects = [
        (("person", person.pk), {"merged": other.pk, "decided": said, "reason": reason, "paper": paper}),
        (("person", other.pk), {"into": person.pk, "paper": paper}),
        (("unit", body_of(person).pk), {"person": person.pk, "merged": other.pk}),
    ]
    return Outcome(subjects=subjects, result=person)


def _decided(groups: list[Group], choices: dict[str, str]) -> list[tuple[Group, str]]:
    found = []
    for group in groups:
        choice = choices.get(group.code) or ""
        if not choice and group.differs:
            raise Refusal(
                _(
                    "Both records speak of the same days under “%(what)s” and differ; decide which of them "
                    "holds."
                )
                % {"what": group.label},
                field=group.code,
                code="to_be_decided",
            )
        found.append((group, choice or STAYS_FIRST))
    return found


def _pass_on(act: Act, part: Part, choice: str, why: Cause, other: Person) -> dict:
    """Retract what goes and write what comes; the numbers of both. Nothing is touched that stays as it is."""
    if not part.theirs:
        return {}
    final = settle(part, choice, why.pk)
    kept = {row.pk for row in final if row.pk and any(row is one for one in part.mine)}
    out = [row for row in part.mine if row.pk not in kept] + part.theirs
    into = [row for row in final if row.pk not in kept]
    gone = [row.pk for row in out]
    came = swap(part.model, act, out, into)
    return {"out": gone, "in": [row.pk for row in came]}


def _turn(table: PersonTable, source: Person, target: Person, ids: Iterable[int] | None = None) -> list[int]:
    """Turn the column of these rows (all that name the source, unless said) from one person to another."""
    column = table.persons[0]
    rows = table.model._default_manager.filter(**{column: source})
    if ids is not None:
        rows = rows.filter(pk__in=ids)
    found = list(rows.order_by("pk").values_list("pk", flat=True))
    rows.filter(pk__in=found).update(**{column: target})
    return found


def _refuse_pair(act: Act, person: Person, other: Person, day) -> None:
    """What stands against it before anything is looked at; names are told to nobody who may not read them."""
    if person.pk == other.pk:
        raise Refusal(_("This is one and the same record; name the other one."), field="other", code="same")
    _require_both(act, person, other)
    _refuse_alias((person, other))
    if PeopleApart.objects.filter(**_pair(person, other)).valid_on(act.day).exists():
        raise Refusal(
            _("Somebody decided that these are two people; take that back first if it was wrong."),
            field="other",
            code="apart",
        )
    mine, theirs = (
        set(Case.objects.filter(person=one, closed_on__isnull=True).values_list("procedure", flat=True))
        for one in (person, other)
    )
    if both := sorted(mine & theirs):
        raise Refusal(
            _("Both records have an open case “%(case)s”; close one of them first.")
            % {"case": Procedure.known[both[0]].label},
            field="other",
            code="case_open",
        )


def _require_both(act: Act, person: Person, other: Person) -> None:
    if access.person_of(act.actor) in (person.pk, other.pk):
        raise Refusal(
            _("Nobody decides about a record of their own; ask somebody else who has the power."),
            field="person",
            code="own_record",
        )
    for one in (person, other):
        _require(act, body_of(one))


def _require(act: Act, over: Unit) -> None:
    """Of the one who proposes it and of the one who confirms it alike; the frame asks for one body only."""
    if vars(act).get("second") in (None, "trial"):
        if not act.cleared:
            access.require(act.actor, ACT, over, now=act.day)
    elif not access.may(act.actor, CONFIRM, over, now=act.day):
        access.require(act.actor, ACT, over, now=act.day)


def _refuse_alias(people: Iterable[Person]) -> None:
    """Looked at under the locks: somebody may have merged one of them in the meantime."""
    gone = PersonAlias.objects.filter(person__in=people).order_by("pk").first()
    if gone is not None:
        raise Stale(
            _("Record #%(number)s was merged into #%(survivor)s in the meantime; go on with that one.")
            % {"number": gone.person_id, "survivor": gone.survivor_id}
        )


def _pair(person: Person, other: Person) -> dict[str, Person]:
    first, second = sorted((person, other), key=lambda one: one.pk)
    return {"first": first, "second": second}


# ── undoing it ──────────────────────────────────────────────────────────────────────────────────────────


def alias_of(gone: Person) -> PersonAlias:
    """The merging of that record, refused where there is none."""
    found = PersonAlias.objects.filter(person=gone).select_related("person", "survivor").first()
    if found is None:
        raise Refusal(
            _("Record #%(number)s is not merged into another one.") % {"number": gone.pk},
            field="other",
            code="not_merged",
        )
    return found


@operation(
    "person.unmerge",
    label=_("Undo the merging of two records"),
    act=ACT,
    at=lambda asked: body_of(standing_for(asked["other"])),
    help=_("Everything stands as before, unless something has come to rest on the merged record since."),
    fields=[Field("other", "person", _("Record that was merged"), merged=True), REASON, PAPER],
)
def unmerge(act: Act, *, day, other: Person, reason, document):
    found = alias_of(other)
    _lock_people([found.person_id, found.survivor_id])
    found = alias_of(other)
    person, gone = found.survivor, found.person
    _require_bodies(act, found)
    if rests := rests_on(found):
        raise Refusal(
            _("The merging cannot be undone as it was, since this rests on it: %(what)s.")
            % {"what": "; ".join(map(str, rests))},
            field="other",
            code="rests_on_it",
        )
    for code, written in found.rows["rows"].items():
        model = apps.get_model(code)
        came = list(model.versions.filter(pk__in=written["in"]))
        went = list(model.versions.filter(pk__in=written["out"]))
        swap(model, act, came, went)
    for table in turning():
        _turn(table, person, gone, found.rows["turned"].get(table.code, ()))
    why = cause("corrected", document=document, text=reason)
    correct(PersonAlias, act, {"person": gone}, found.period, None, cause=why)
    Person.objects.filter(pk=gone.pk).update(merged=False)
    paper = shown(document)
    subjects = [
        (("person", person.pk), {"parted": gone.pk, "reason": reason, "paper": paper}),
        (("person", gone.pk), {"parted_from": person.pk, "paper": paper}),
        (("unit", body_of(person).pk), {"person": person.pk, "parted": gone.pk}),
    ]
    return Outcome(subjects=subjects, result=gone)


def _lock_people(ids: Iterable[int]) -> None:
    """As the locks of a step: in the order of their ids."""
    list(Person.objects.filter(pk__in=set(ids)).order_by("pk").select_for_update(no_key=True))


def _require_bodies(act: Act, found: PersonAlias) -> None:
    """The power over both as they will be: over the body now, and over those of the rows given back."""
    if access.person_of(act.actor) in (found.person_id, found.survivor_id):
        raise Refusal(
            _("Nobody decides about a record of their own; ask somebody else who has the power."),
            field="other",
            code="own_record",
        )
    went = found.rows["rows"].get("registers.membershipplace", {}).get("out", ())
    for one in (found.person, found.survivor):
        places = MembershipPlace.versions.filter(pk__in=went, person=one).order_by("-valid_from")
        if home := places.select_related("unit").first():
            _require(act, home.unit)


def rests_on(found: PersonAlias) -> list:
    """What has come since that cannot be parted; empty where the merging can be undone exactly."""
    onward = PersonAlias.objects.filter(person=found.survivor).first()
    if onward is not None:
        return [
            _("the record itself was merged into #%(number)s; undo that first")
            % {"number": onward.survivor_id}
        ]
    rests: list = []
    if found.survivor.erased or found.person.erased:
        rests.append(_("personal content was erased since"))
    later = PersonAlias.objects.filter(survivor=found.survivor, recorded__gt=found.recorded).order_by(
        "-recorded"
    )
    for one in later:
        mine = {pk for written in found.rows["rows"].values() for pk in written["in"]}
        if mine & {pk for written in one.rows["rows"].values() for pk in written["out"]}:
            rests.append(
                _("#%(number)s was merged into it later; undo that first") % {"number": one.person_id}
            )
    for code, written in found.rows["rows"].items():
        model = apps.get_model(code)
        label = model._meta.verbose_name
        if model.versions.filter(pk__in=written["in"], retracted__isnull=False).exists():
            rests.append(_("%(what)s: changed or ended since") % {"what": label})
        elif _days_taken(model, written):
            rests.append(_("%(what)s: the days are taken by another record") % {"what": label})
    cases = found.rows["turned"].get("procedures.case", ())
    for ident in (
        CaseStep.objects.filter(case__in=cases, moment__gt=found.recorded)
        .order_by("case")
        .values_list("case", flat=True)
        .distinct()
    ):
        rests.append(_("case %(number)s has gone on") % {"number": ident})
    return rests


def _days_taken(model, written) -> bool:
    """Whether the days that would be given back were filled by something else."""
    for row in model.versions.filter(pk__in=written["out"]):
        key = {name: getattr(row, row._meta.get_field(name).attname) for name in model.KEY}
        others = model.objects.filter(**key).overlapping(row.period).exclude(pk__in=written["in"])
        if others.exists():
            return True
    return False


# ── two people after all ────────────────────────────────────────────────────────────────────────────────


@operation(
    "person.apart",
    label=_("Decide that two records are two people"),
    act=ACT,
    at=lambda asked: body_of(asked["person"]),
    locks=["person"],
    help=_("They are not proposed for merging again."),
    fields=[
        Field("person", "person", _("One record")),
        Field("other", "person", _("The other record")),
        REASON,
        PAPER,
    ],
)
def tell_apart(act: Act, *, day, person: Person, other: Person, reason, document):
    if person.pk == other.pk:
        raise Refusal(_("This is one and the same record; name the other one."), field="other", code="same")
    _require_both(act, person, other)
    why = cause("corrected", document=document, text=reason)
    row = begin(PeopleApart, act, day, cause=why, **_pair(person, other))
    said = {"reason": reason, "paper": shown(document)}
    subjects = [
        (("person", person.pk), {"apart_from": other.pk, **said}),
        (("person", other.pk), {"apart_from": person.pk, **said}),
    ]
    return Outcome(subjects=subjects, result=row)


@operation(
    "person.maybe_same",
    label=_("Take back that two records are two people"),
    act=ACT,
    at=lambda asked: body_of(asked["person"]),
    locks=["person"],
    fields=[
        Field("person", "person", _("One record")),
        Field("other", "person", _("The other record")),
        REASON,
    ],
)
def maybe_same(act: Act, *, day, person: Person, other: Person, reason):
    _require_both(act, person, other)
    row = PeopleApart.objects.filter(**_pair(person, other)).first()
    if row is None or row.valid_to is not None:
        raise Refusal(
            _("Nobody has decided that %(name)s and #%(other)s are two people.")
            % {"name": numbered(person), "other": other.pk},
            field="other",
            code="nothing_there",
        )
    why = cause("corrected", text=reason)
    if day > row.valid_from:
        end(PeopleApart, act, _pair(person, other), day, cause=why)
    else:
        correct(PeopleApart, act, _pair(person, other), row.period, None, cause=why)
    subjects = [
        (("person", person.pk), {"maybe": other.pk, "reason": reason}),
        (("person", other.pk), {"maybe": person.pk, "reason": reason}),
    ]
    return Outcome(subjects=subjects, result=row)
