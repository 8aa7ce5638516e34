"""This room is for possible doubles: the list with its reasons, and two records side by side to be merged."""

from __future__ import annotations

from dataclasses import replace

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from orgwork.doors.web import formats, lists_printed, offered, places, proposals, words
from orgwork.doors.web.bodies import names_of_people
from orgwork.doors.web.cards import tabs
from orgwork.doors.web.cases import done_or
from orgwork.doors.web.forms import perform
from orgwork.doors.web.lists import Column, export, table
from orgwork.doors.web.named import names_for
from orgwork.foundation.refusals import Refusal
from orgwork.foundation.rehearsal import rehearsal
from orgwork.procedures import doubles as finder
from orgwork.procedures import merging
from orgwork.registers.aliases import PersonAlias, standing_for
from orgwork.registers.members import MembershipPlace, PlaceKind
from orgwork.registers.people import Person, PersonParticulars, Precision, Sex
from orgwork.registers.reads import note_read
from orgwork.registers.units import Unit, names_of, under_ids

SHOWN = 300
#: Columns that say nothing of their own, or say again what another column says.
UNSHOWN = ("person", "folded", "sort_key", "family", "middle", "given", "birth_precision")


@require_safe
def doubles(request):
    """Pairs of records here and below that may be of one person; whoever decides sees why they are shown."""
    place = places.here(request)
    places.need(request, "person.merge", place.unit)
    told_apart = request.GET.get("show") == "apart"
    who, search, long = None, None, False
    if request.GET.get("person"):
        who = one_person(request)
        found = finder.of_person(who, apart=told_apart)
    elif long := finder.takes_long(place.unit, request.dials.today):
        search, found = finder.kept(place.unit, apart=told_apart)
    else:
        found = finder.find(place.unit, request.dials.today, apart=told_apart)
    found = [one for one in found if one.apart] if told_apart else found
    columns = pair_columns(request)
    wanted = request.GET.get("export")
    note_read(request.user, "names.read", door="web", unit=place.unit, count=2 * len(found[:SHOWN]))
    if wanted == "pdf":
        said = {"title": _("Possible doubles"), "place": place, "day": request.dials.today}
        return lists_printed.as_pdf(columns, enrich(found, request), "doubles", **said)
    if wanted in ("csv", "xlsx"):
        return export(wanted, columns, enrich(found, request), "doubles")
    context = {
        "section": "cards",
        "place": place,
        "crumbs": places.crumbs(place, last_is_link=True),
        "title": _("Possible doubles"),
        "tabs": tabs(request),
        "here_is": "doubles",
        "selects": [
            {
                "name": "show",
                "label": _("Show"),
                "options": [("", _("to be decided")), ("apart", _("decided: two people"))],
                "chosen": "apart" if told_apart else "",
            }
        ],
        "keep": "show",
        "note": _("Nobody is matched by a name alone, and nothing is merged by itself."),
        "acts": offered.some(request, ["person.merge", "person.unmerge"], place.unit),
        "pdf": True,
        "table": table(
            columns, enrich(found[:SHOWN], request), request=request, exports=True,
            caption=_("Possible doubles"),
            empty=_("Nothing was searched here yet; search first.")
            if long and search is None
            else _("No two records here look like one person."),
        ),
    }  # fmt: skip
    if who is not None:
        context["sub"] = names_for(request.user, [who]).get(who.pk, f"#{who.pk}")
    if long:
        context["sub"] = (
            _("as searched on %(moment)s") % {"moment": formats.moment(search.finished_at)} if search else ""
        )
        context["asks"] = {
            "url": reverse("doubles-search") + request.dials.query(),
            "label": _("Search again") if search else _("Search"),
        }
    if len(found) > SHOWN:
        context["note"] = _("The first %(shown)s of %(count)s are shown; the spreadsheet has all.") % {
            "shown": formats.number(SHOWN),
            "count": formats.number(len(found)),
        }
    return render(request, "web/list.html", context)


def one_person(request) -> Person:
    """The record whose doubles are asked for, by number."""
    text = request.GET["person"].removeprefix("#")
    who = found(int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0)
    places.need(request, "person.merge", merging.body_of(who))
    return who


@require_POST
def search(request):
    """Look through a large register in the background; the page shows what was found the last time."""
    place = places.here(request)
    places.need(request, "person.merge", place.unit)
    job = finder.begin(place.unit, actor=request.user)
    return redirect(reverse("job", args=[job.pk]) + request.dials.query())


def pair_columns(request) -> list[Column]:
    return [
        Column("first", _("One record"), lambda r: r["first"], lambda r: r["url"]),
        Column("second", _("The other record"), lambda r: r["second"], lambda r: r["url"]),
        Column("why", _("Shown because of"), lambda r: r["why"], kind="small"),
        Column("number", _("Numbers"), lambda r: r["numbers"], kind="short"),
    ]


def enrich(found, request) -> list[dict]:
    """Both records of each pair in words, names only of bodies whose names the reader may read."""
    dials = request.dials
    ids = {one for pair in found for one in (pair.first, pair.second)}
    names, homes = names_of_people(ids, dials), homes_of(ids)
    births = {p.person_id: p for p in PersonParticulars.objects.filter(person__in=ids)}
    bodies = names_of({unit.pk for unit in homes.values()}, dials.today)

    def told(ident: int) -> str:
        unit, birth = homes.get(ident), births.get(ident)
        if unit is not None and not places.able(request, "names.read", unit):
            return f"#{ident}, {bodies.get(unit.pk, '')}"
        born = formats.birth(birth.birth, birth.birth_precision) if birth else ""
        parts = (names.get(ident) or f"#{ident}", born, bodies.get(unit.pk, "") if unit else "")
        return ", ".join(part for part in parts if part)

    return [
        {
            "first": told(one.first),
            "second": told(one.second),
            "why": "; ".join(map(str, one.why)),
            "numbers": f"#{one.first} · #{one.second}",
            "url": reverse("double", args=[one.first, one.second]) + dials.query(),
        }
        for one in found
    ]


def homes_of(ids) -> dict[int, Unit]:
    rows = MembershipPlace.objects.filter(person__in=ids, kind=PlaceKind.OFFICIAL).order_by("valid_from")
    return {row.person_id: row.unit for row in rows.select_related("unit")}


# ── two records side by side ────────────────────────────────────────────────────────────────────────────


@require_http_methods(["GET", "POST"])
def double(request, pk, other):
    """What both records say, what differs on the same days, and the decision."""
    person, gone = (found(one) for one in (pk, other))
    if person.pk == gone.pk:
        raise BadRequest(_("This is one and the same record; name the other one."))
    for one in (person, gone):
        places.need(request, "person.merge", merging.body_of(one))
        note_read(request.user, "names.read", door="web", person=one)
    groups = merging.compare(person, gone)
    for act in {group.act for group in groups if not group.empty} - {"names.read"}:
        if all(places.able(request, act, merging.body_of(one)) for one in (person, gone)):
            for one in (person, gone):
                note_read(request.user, act, door="web", person=one)
    definition, call = narrowed(merging.merge.definition, groups, person, gone)
    form, result = perform(request, definition, done_or(call), initial=None)
    if (elsewhere := proposals.waits(request, result)) is not None:
        return elsewhere
    if result is not None:
        messages.success(request, _("Done: %(step)s.") % {"step": definition.label})
        return redirect(reverse("person", args=[person.pk]) + request.dials.query())
    tail = request.dials.query()
    names = names_of_people([person.pk, gone.pk], request.dials)
    pair = {"person": person.pk, "other": gone.pk}
    context = {
        "section": "cards",
        "crumbs": [{"name": _("Possible doubles"), "url": reverse("doubles") + tail}],
        "title": _("Two records, one person?"),
        "person": {"name": names.get(person.pk) or f"#{person.pk}", "pk": person.pk,
                   "url": reverse("person", args=[person.pk]) + tail},
        "other": {"name": names.get(gone.pk) or f"#{gone.pk}", "pk": gone.pk,
                  "url": reverse("person", args=[gone.pk]) + tail},
        "groups": [shown(request, group, person, gone) for group in groups if not group.empty],
        "form": form,
        "definition": definition,
        "turn_url": reverse("double", args=[gone.pk, person.pk]) + tail,
        "figures": foreseen(request, person, gone, groups),
        "acts": [offered.offer(request, merging.tell_apart.definition, "do", "person.apart", **pair)],
    }  # fmt: skip
    return render(request, "web/double.html", context, status=422 if request.method == "POST" else 200)


def found(pk: int) -> Person:
    one = Person.objects.filter(pk=pk).first()
    if one is None:
        raise Http404(_("Nobody has this number. Search for the person by name."))
    return standing_for(one)


def narrowed(definition, groups, person, gone):
    """The merging with both records named, asking only about what differs on the same days."""
    asked = {group.code for group in groups if group.differs}
    told = {"person", "other", "seen", *(code for code in merging.GROUPS if code not in asked)}
    fields = tuple(
        replace(one, required=True) if one.name in asked else one
        for one in definition.fields
        if one.name not in told
    )
    seen = merging.fingerprint(person, gone)

    def call(**values):
        return definition.call(person=person, other=gone, seen=seen, **values)

    return replace(definition, fields=fields), call


def shown(request, group, person, gone) -> dict:
    """The rows of both, in words; what the reader may not read of either is only counted."""
    open_to = all(places.able(request, group.act, merging.body_of(one)) for one in (person, gone))
    lines = [
        {
            "label": part.table.label,
            "mine": [told(row) for row in part.mine]
            if open_to
            else [_("%(n)s records") % {"n": len(part.mine)}],
            "theirs": [told(row) for row in part.theirs]
            if open_to
            else [_("%(n)s records") % {"n": len(part.theirs)}],
            "differs": part.differs,
        }
        for part in group.parts
        if part.mine or part.theirs
    ]
    return {"label": group.label, "differs": group.differs, "parts": lines}


def told(row) -> str:
    """One row: what it says and on which days."""
    values = []
    for field in row._meta.concrete_fields:
        if field.attname in merging.BOOKKEEPING or field.name in UNSHOWN:
            continue
        values.append(value_of(row, field))
    said = ", ".join(str(value) for value in values if value not in (None, "", False))
    if row.valid_from.year <= 1900:
        return said
    days = formats.period(row.valid_from, formats.last_day(row.valid_to))
    return f"{said} ({days})" if said else days


def value_of(row, field):
    value = getattr(row, field.attname)
    if field.name == "unit":
        return names_of([value], row.valid_from).get(value) or row.unit.code
    if field.name == "post":
        return f"{words.post_kind(row.post.kind)} [{row.post.code}]"
    if field.name == "birth":
        return formats.birth(value, getattr(row, "birth_precision", Precision.DAY))
    if field.name == "sex":
        return Sex(value).label
    return getattr(row, f"get_{field.name}_display")() if field.choices else value


def foreseen(request, person, gone, groups) -> list[dict]:
    """Members of the bodies concerned before and after, tried for real and undone: persons count once."""
    units = list({one.pk: one for one in (merging.body_of(person), merging.body_of(gone))}.values())
    day = request.dials.on
    before = {unit.pk: members(unit, day) for unit in units}
    choices = {group.code: merging.STAYS for group in groups if group.differs}
    try:
        with rehearsal(actor=request.user, door="web") as act:
            act.cleared = True
            merging.merge(
                within=act, day=request.dials.today, person=person, other=gone, reason="–", **choices
            )
            after = {unit.pk: members(unit, day) for unit in units}
    except Refusal:
        return []
    names = names_of([unit.pk for unit in units], day)
    return [
        {"name": names.get(unit.pk, unit.code), "before": before[unit.pk], "after": after[unit.pk]}
        for unit in units
        if before[unit.pk] != after[unit.pk]
    ]


def members(unit: Unit, day) -> int:
    """As the register holds it just now, rehearsed rows included."""
    rows = MembershipPlace.objects.on(day).filter(kind=PlaceKind.OFFICIAL, unit__in=under_ids(unit, day))
    return rows.count()


def merged_into(person: Person, dials) -> list[dict]:
    """Records merged into this one, each with the way to undo it."""
    rows = PersonAlias.objects.at(dials.known_at).filter(survivor=person).order_by("person")
    return [
        {
            "pk": row.person_id,
            "url": reverse("do", args=["person.unmerge"]) + dials.query(other=row.person_id),
        }
        for row in rows
    ]
