"""This room is for bodies: found, rename, move, change the kind (their end stands in unit_endings.py).

Each is a case (unit_change.py); ``found``, ``rename`` … propose and enact in one act.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _

from orgwork.foundation import provisions, wording
from orgwork.foundation.dates import Period, begin, change
from orgwork.foundation.refusals import Refusal, RegisterIncomplete
from orgwork.registers.areas import Area, AreaKind, AreaPlacement
from orgwork.registers.members import MembershipPlace, MembershipStanding, PlaceKind, Standing
from orgwork.registers.posts import Post, PostExistence
from orgwork.registers.units import (
    Status,
    Unit,
    UnitForm,
    UnitLineage,
    UnitName,
    UnitPlacement,
    UnitService,
    derive_lineage,
    kind_of,
    name_values,
    refuse_circles,
    under_ids,
)

from .cases import cause
from .fields import Field
from .members import body, numbered, require_home
from .unit_change import (
    KIND,
    LANGUAGES,
    NAMES,
    PARENT,
    SHORT,
    UNIT,
    Change,
    area_name,
    common_superior,
    kind_label,
    require_existing,
    require_grammar,
    require_longer_life,
    superior,
)
from .unit_endings import (  # noqa: F401 (who changes bodies finds all of it here)
    end_body,
    ending,
    hand_over_cases,
    left_by,
    merge_cells,
    merging,
)

ADMINISTRATIVE = (AreaKind.PROVINCE, AreaKind.DISTRICT, AreaKind.COMMUNE)
LEVELS_WITH_AREA_CODES = ("province", "district", "grassroots")

# ── found ───────────────────────────────────────────────────────────────────────────────────────────────


def _judge_founding(day, *, parent, kind, members, serves, status, **_names):
    require_existing(parent, day, "parent")
    require_longer_life(parent, Period(day), "parent")
    require_grammar(kind, parent, day, "kind")
    for area in serves:
        _require_area(area, day)
    known = provisions.kinds()[kind]
    if members and not known.holds_members:
        raise Refusal(
            _("A body of the kind “%(kind)s” holds no members; members belong to cells.")
            % {"kind": kind_label(kind)},
            field="members",
        )
    if known.holds_members and status != Status.FORMING:
        _require_size(kind, members, day)
    for person in members:
        home = require_home(person, day)
        if not UnitLineage.objects.on(day).filter(ancestor=parent, descendant=home).exists():
            raise Refusal(
                _("%(name)s belongs to %(cell)s, which is not under %(parent)s; use a transfer.")
                % {"name": numbered(person), "cell": body(home, day), "parent": body(parent, day)},
                field="members",
            )


def _require_size(kind, members, day):
    """Three full members make a cell (Statutes 2011, Art. 21)."""
    name = provisions.kinds()[kind].sizes.get("min_full_members")
    if not name:
        return
    rule = provisions.on(day)[name]
    full = MembershipStanding.objects.on(day).filter(person__in=members, standing=Standing.FULL).count()
    if full < rule.value:
        raise Refusal(
            _(
                "A cell takes at least %(least)s full members, %(given)s are named; name more of them, or "
                "found it as "
                "“being formed”."
            )
            % {"least": rule.value, "given": full},
            field="members",
            code="too_small",
            citation=rule.citation,
        )


def _require_area(area, day):
    if not AreaPlacement.objects.on(day).filter(area=area).exists():
        raise Refusal(
            _("%(area)s does not exist on %(day)s; choose a place that does.")
            % {"area": area_name(area, day), "day": wording.day(day)},
            field="serves",
        )


def next_code(parent: Unit, kind: str, serves: Iterable[Area] = ()) -> str:
    """The area's code for the party organisation of an administrative area, else the parent's and a number.

    Call it with the parent locked: the number is the next after the highest ever given.
    """
    known = provisions.kinds()[kind]
    if known.family == "party" and known.level in LEVELS_WITH_AREA_CODES:
        for area in serves:
            if area.kind in ADMINISTRATIVE and not Unit.objects.filter(code=area.code).exists():
                return area.code
    prefix = f"{parent.code}."
    taken = Unit.objects.filter(code__startswith=prefix).values_list("code", flat=True)
    numbers = [int(tail) for code in taken if (tail := code[len(prefix) :]).isdigit()]
    return f"{prefix}{max(numbers, default=0) + 1:0{known.child_digits or 2}d}"


def _found(act, case, day, document, *, parent, kind, members, serves, status, short, **names):
    unit = Unit.objects.create(code=next_code(parent, kind, serves))
    why = cause("founded", case=case, document=document)
    begin(UnitPlacement, act, day, unit=unit, parent=parent, cause=why)
    begin(UnitForm, act, day, unit=unit, kind=kind, status=status or Status.ACTIVE, cause=why)
    for language in LANGUAGES:
        if text := names[f"name_{language}"]:
            said = name_values(text, short if language == "vi" else "")
            begin(UnitName, act, day, unit=unit, language=language, cause=why, **said)
    for area in serves:
        begin(UnitService, act, day, unit=unit, area=area, cause=why)
    derive_lineage(act, [unit])
    subjects = [(("unit", parent.pk), {"founded": unit.code})]
    if members:
        moved = cause("transferred", case=case, document=document)
        subjects += [_bring(act, person, unit, day, moved) for person in members]
    return unit, {"code": unit.code, "kind": kind, "parent": parent.code}, subjects


def _bring(act, person, unit, day, why):
    """A member's official place becomes the unit; what the journal says of it."""
    home = require_home(person, day)
    key = {"person": person, "kind": PlaceKind.OFFICIAL}
    change(MembershipPlace, act, key, day, {"unit": unit}, cause=why, for_good=True)
    return ("person", person.pk), {"from": home.code, "to": unit.code}


founding = Change(
    "founding",
    label=_("Founding of a body"),
    help=_("The grammar of bodies says what may stand where; the code is given by the register."),
    act="unit.found",
    over=lambda asked: asked["parent"],
    judge=_judge_founding,
    effect=_found,
    fields=[
        PARENT,
        KIND,
        *NAMES,
        SHORT,
        Field(
            "serves", "area", _("Serves"), required=False, many=True, help=_("Area, village, firm or school.")
        ),
        Field(
            "status",
            "choice",
            _("Status"),
            required=False,
            default=Status.ACTIVE,
            choices=[
                (Status.ACTIVE.value, Status.ACTIVE.label),
                (Status.FORMING.value, Status.FORMING.label),
            ],
        ),
        Field(
            "members",
            "person",
            _("First members"),
            required=False,
            many=True,
            help=_(
                "Members from cells under the same superior body, who belong to the new cell from that day."
            ),
        ),
    ],
)


# ── rename ──────────────────────────────────────────────────────────────────────────────────────────────


def _judge_renaming(day, *, unit, short, **names):
    require_existing(unit, day, "unit")
    if not short and not any(names.values()):
        raise Refusal(_("Enter the new name in at least one language."), field="name_vi", code="missing")


def _rename(act, case, day, document, *, unit, short, **names):
    why = cause("renamed", case=case, document=document)
    said = {}
    for language in LANGUAGES:
        row = UnitName.objects.on(day).filter(unit=unit, language=language).first()
        text = names[f"name_{language}"] or (row.text if row and short and language == "vi" else "")
        if not text:
            continue
        brief = short if short and language == "vi" else (row.short if row else "")
        if row and (row.text, row.short) == (text, brief):
            raise Refusal(
                _("“%(name)s” is the name already; enter another one.") % {"name": text},
                field=f"name_{language}",
            )
        said[language] = {"before": row.text if row else "", "after": text}
        key = {"unit": unit, "language": language}
        values = name_values(text, brief)
        if row:
            change(UnitName, act, key, day, values, cause=why)
        else:
            later = UnitName.objects.filter(**key, valid_from__gt=day).order_by("valid_from").first()
            begin(UnitName, act, day, until=later.valid_from if later else None, cause=why, **key, **values)
    return unit, {"names": said}, []


renaming = Change(
    "renaming",
    label=_("Renaming of a body"),
    help=_("In one language or several; the code stays."),
    act="unit.rename",
    over=lambda asked: superior(asked["unit"], asked["day"]),
    judge=_judge_renaming,
    effect=_rename,
    locks=("unit",),
    fields=[UNIT, *[Field(n.name, n.type, n.label, required=False, most=n.most) for n in NAMES], SHORT],
)


# ── move ────────────────────────────────────────────────────────────────────────────────────────────────


def _judge_moving(day, *, unit, parent):
    row = require_existing(unit, day, "unit")
    require_existing(parent, day, "parent")
    if row.parent_id == parent.pk:
        raise Refusal(
            _("%(body)s stands under %(parent)s already.")
            % {"body": body(unit, day), "parent": body(parent, day)},
            field="parent",
            code="already_there",
        )
    if UnitLineage.objects.on(day).filter(ancestor=unit, descendant=parent).exists():
        raise Refusal(
            _("%(parent)s stands under %(body)s; a body cannot stand below itself. Choose another parent.")
            % {"body": body(unit, day), "parent": body(parent, day)},
            field="parent",
            code="circle",
        )
    require_longer_life(parent, row.period, "parent")
    require_grammar(kind_of(unit, day), parent, day, "parent", unit)


def _move(act, case, day, document, *, unit, parent):
    before = UnitPlacement.objects.on(day).select_related("parent").get(unit=unit)
    why = cause("moved", case=case, document=document)
    change(UnitPlacement, act, {"unit": unit}, day, {"parent": parent}, cause=why)
    refuse_circles(unit)
    derive_lineage(act, [unit])
    said = {"from": before.parent.code if before.parent else "", "to": parent.code}
    subjects = [(("unit", parent.pk), {"came": unit.code})]
    if before.parent:
        subjects.append((("unit", before.parent_id), {"went": unit.code}))
    return unit, said, subjects


moving = Change(
    "moving",
    label=_("Moving of a body"),
    help=_("The body goes with everything under it; its members move with it, no transfer is needed."),
    act="unit.move",
    over=lambda asked: common_superior(superior(asked["unit"], asked["day"]), asked["parent"], asked["day"]),
    judge=_judge_moving,
    effect=_move,
    fields=[UNIT, PARENT],
)


# ── change the kind ─────────────────────────────────────────────────────────────────────────────────────


def _judge_kind(day, *, unit, kind):
    row = require_existing(unit, day, "unit")
    if kind_of(unit, day) == kind:
        raise Refusal(_("The body is of this kind already."), field="kind", code="already_there")
    if row.parent is None:
        raise Refusal(_("The root of the tree keeps its kind."), field="unit")
    require_grammar(kind, row.parent, day, "kind", unit)
    known = provisions.kinds()[kind]
    below = UnitPlacement.objects.on(day).filter(parent=unit).values("unit")
    for form in UnitForm.objects.on(day).filter(unit__in=below).select_related("unit"):
        if not provisions.kinds()[form.kind].may_stand_under(kind, day):
            raise Refusal(
                _("%(body)s (%(kind)s) could not stand under it then; move or end it first.")
                % {"body": body(form.unit, day), "kind": kind_label(form.kind)},
                field="kind",
                code="grammar",
            )
    for post in _posts(unit, day):
        if not provisions.posts()[post.kind].may_be_at(kind):
            raise Refusal(
                _("The post %(post)s cannot be at a body of that kind; end the post first.")
                % {"post": post.code},
                field="kind",
                code="post_left",
            )
    inside = MembershipPlace.objects.during(Period(day)).filter(unit=unit)
    if not known.holds_members and (count := inside.count()):
        raise RegisterIncomplete(
            _(
                "%(count)s members belong to %(body)s and would have no cell; found cells under it and "
                "transfer them "
                "first."
            )
            % {"count": count, "body": body(unit, day)},
            left=[("members", count)],
            field="kind",
        )
    _require_members(known, unit, day)


def _require_members(known, unit, day):
    """Thirty members make a grassroots cell a grassroots party organisation (Statutes 2011, Art. 21)."""
    name = known.sizes.get("min_members")
    if not name or known.level != "grassroots":
        return
    rule = provisions.on(day)[name]
    there = MembershipPlace.objects.on(day).filter(kind=PlaceKind.OFFICIAL, unit__in=under_ids(unit, day))
    if (count := there.count()) < rule.value:
        raise Refusal(
            _("A grassroots party organisation takes %(least)s members; there are %(count)s.")
            % {"least": rule.value, "count": count},
            field="kind",
            code="too_small",
            citation=rule.citation,
        )


def _posts(unit, day):
    existing = PostExistence.objects.during(Period(day)).values("post")
    return Post.objects.filter(unit=unit, pk__in=existing)


def _change_kind(act, case, day, document, *, unit, kind):
    before = kind_of(unit, day)
    why = cause("other", case=case, document=document)
    change(UnitForm, act, {"unit": unit}, day, {"kind": kind}, cause=why)
    return unit, {"before": before, "after": kind}, []


kind_change = Change(
    "kind_change",
    label=_("Change of a body's kind"),
    help=_("For instance a grassroots cell that becomes a grassroots party organisation."),
    act="unit.kind",
    over=lambda asked: superior(asked["unit"], asked["day"]),
    judge=_judge_kind,
    effect=_change_kind,
    fields=[UNIT, KIND],
)

found, rename, move = founding.at_once, renaming.at_once, moving.at_once
change_unit_kind = kind_change.at_once
CHANGES = {one.procedure.code: one for one in (founding, renaming, moving, kind_change, ending, merging)}
