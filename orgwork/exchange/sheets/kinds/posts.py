"""This room is for the sheet of post-holders: heads of villages, secretaries, chairs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext_lazy as _

from orgwork.exchange.sheets.columns import IDENT, VERSION, Column, by_labels
from orgwork.exchange.sheets.imports import Outcome
from orgwork.exchange.sheets.lines import Line
from orgwork.exchange.sheets.lookups import Bodies, portions, twins
from orgwork.exchange.sheets.values import record_number
from orgwork.foundation import provisions
from orgwork.foundation.dates import DAY
from orgwork.foundation.moments import Act
from orgwork.foundation.search import fold, split_name
from orgwork.procedures.appointment import MANNERS, fill_post, found_post, leading, release
from orgwork.procedures.correction import correct_appointment
from orgwork.procedures.people_entry import enter_person
from orgwork.registers.appointments import Appointment
from orgwork.registers.areas import Area, AreaName
from orgwork.registers.people import Person
from orgwork.registers.posts import Post, PostExistence
from orgwork.registers.units import Unit, UnitService, under_ids

from . import papers
from .base import Context, Kind
from .members import BIRTH, NAME, SEX
from .updates import partial, shown

POST = Column(
    "post", _("Post"), "choice", required=True, width=20, example="village_head",
    choices=lambda: by_labels(provisions.posts()),
    also=("chức vụ", "chức danh", "position", "amt", "funktion", "должность"),
)  # fmt: skip
BODY = Column(
    "body", _("Body"), most=300, width=16, help=_("Code or name of the body at which the post is."),
    also=("tổ chức", "cơ quan", "đơn vị", "mã tổ chức", "organisation", "organization", "unit",
          "организация"),
)  # fmt: skip
PLACE = Column(
    "place", _("Village or place"), most=200, width=16, example="03127.01",
    help=_("Code or name of the village, for its head."),
    also=("thôn bản", "thôn", "bản", "tổ dân phố", "mã thôn bản", "village", "dorf", "село", "деревня"),
)  # fmt: skip
#: How offices shorten it.
SHORT = {"elected": ("bầu",)}
MANNER = Column(
    "manner", _("Manner"), "choice", required=True, width=12,
    choices=lambda: [(code, (label, *SHORT.get(code, ()))) for code, label in MANNERS],
    also=("hình thức", "hình thức bố trí", "bầu/bổ nhiệm", "art", "способ"),
)  # fmt: skip
FROM = Column(
    "since", _("Held since"), "day", required=True, width=12, example="01/07/2023",
    also=("từ ngày", "ngày bổ nhiệm", "ngày giữ chức vụ", "ngày bầu", "since", "seit", "с даты", "с"),
)  # fmt: skip
UNTIL = Column(
    "until", _("Last day in office"), "day", width=12, example="30/06/2024",
    help=_("For a row that comes back: the holder is released after this day."),
    also=("đến ngày", "ngày thôi giữ chức vụ", "thôi chức", "until", "held until", "bis",
          "letzter tag im amt", "по", "до даты"),
)  # fmt: skip
SINCE = replace(
    FROM,
    help=_("For a row that comes back with another name: the day on which that person took over; the same"
           " day if the wrong person was recorded."),
)  # fmt: skip
COLUMNS = (
    POST, BODY, PLACE, NAME, replace(SEX, required=False, update=""),
    replace(BIRTH, required=False, update=""), papers.PERSON, MANNER, SINCE, papers.DECISION,
    papers.DECIDED, UNTIL,
)  # fmt: skip


def check(lines: Sequence[Line], context: Context) -> None:
    """Posts and people; rows of an export that come back against whoever holds the post now."""
    held = _come_back(lines, context)
    bodies = Bodies(
        {line.get("body") for line in lines} - {None}, actor=context.actor, act="takeover.run",
        now=context.now, members=False,
    )  # fmt: skip
    places = _places({line.get("place") for line in lines} - {None})
    who = papers.Who(lines, context)
    for line in lines:
        papers.check_person_day_order(line, ("since", "until"), context.now)
        if bool(line.cells.get("body")) == bool(line.cells.get("place")):
            line.refuse("body", "body_or_place")
        body = bodies.find(line, "body", on=line.get("since"), power=False)
        if body is not None:
            line.plan["unit"], line.plan["code"] = body.pk, body.code
            line.plan["cleared"] = body.may
        _find_place(line, places, context)
        if (person := who.newcomer(line)) is not None:
            line.plan["person"] = person
        elif line.get("name") and not line.get("person") and not line.doubtful:
            for code in ("sex", "birth"):
                if not line.cells.get(code):
                    line.refuse(code, "missing")
    _known([line for line in lines if line.number not in held])
    for line in lines:
        if line.number in held:
            _differs(line, *held[line.number], context)
            continue
        for code in ("decision", "decided"):
            if line.will == Outcome.NEW and not line.cells.get(code):
                line.refuse(code, "missing")


def _come_back(lines: Sequence[Line], context: Context) -> dict[int, tuple[Appointment, dict]]:
    """Rows of an export by number: who holds their post now, and what the sheet showed of them.

    Where a row names another person, the number it was exported with means nobody any more.
    """
    back = [line for line in lines if line.get(IDENT)]
    idents = {record_number(line.get(IDENT)) for line in back}
    now: dict[int, Appointment] = {}
    for some in portions(sorted(idents)):
        rows = Appointment.objects.on(context.now).filter(post__in=some, acting=False)
        for row in rows.select_related("post", "post__unit", "post__area", "begun_by__document"):
            now[row.post_id] = row
    known = shown([row.person_id for row in now.values()], context.now)
    for some in twins(back, lambda line: line.get(IDENT)).values():
        for line in some:
            others = ", ".join(str(one.number) for one in some if one is not line)
            line.refuse("post", "person_twice", rows=others[:60])
    found = {}
    for line in back:
        row = now.get(record_number(line.get(IDENT)))
        if row is None:
            line.refuse("post", "post_vacant")
            continue
        person = known[row.person_id]
        if fold(line.get("name") or "") == fold(person.get("name", "")) and not _born_another(line, person):
            line.values["person"] = f"#{row.person_id}"
        elif line.get("person") == f"#{row.person_id}":
            del line.values["person"]
            line.cells.pop("person", None)
        found[line.number] = (row, person)
    return found


def _born_another(line: Line, person: dict[str, Any]) -> bool:
    birth = line.get("birth")
    return birth is not None and "birth" in person and (birth.day, birth.precision) != person["birth"]


def _differs(line: Line, row: Appointment, person: dict[str, Any], context: Context) -> None:
    """The same holder, one who is released, another from a day on, or another all along."""
    line.will, line.plan["post"], line.plan["held"] = Outcome.SAME, row.post_id, row.pk
    site = (row.post.kind, row.post.unit_id, row.post.area_id)
    if (line.get("post"), line.plan.get("unit"), line.plan.get("area")) != site:
        line.refuse("post", "post_stays")
        return
    name, since, until = person.get("name", ""), line.get("since"), line.get("until")
    other = line.plan.get("person") != row.person_id
    known = "person" in line.plan or line.get("person") or not line.get("birth")
    if other and not known and not _born_another(line, person):
        line.refuse("birth", "old_birth", value=name)
    if not other and since is not None and since != row.valid_from:
        line.refuse("since", "same_holder", value=name, day=row.valid_from.isoformat())
    if not other and not until and line.get("manner") not in (None, row.manner):
        line.refuse("manner", "not_by_update")
    if not (other or until) or since is None:
        return
    if line.get(VERSION) != str(row.pk) and line.doubt("name", "changed_since", now=name):
        return
    line.will = Outcome.CHANGED
    if other and since == row.valid_from:
        line.plan["does"] = "correct"
        line.note("name", Outcome.CHANGED, "was", value=name)
        if not context.options.get("reason"):
            line.note("", Outcome.DOUBTFUL, "say_why")
        return
    _new_paper(line, row, name)
    if other:
        line.plan["does"] = "take_over"
        line.note("since", Outcome.CHANGED, "takes_over", day=since.isoformat(), value=name)
        if since <= row.valid_from:
            line.refuse("since", "changed_before", day=row.valid_from.isoformat())
    else:
        line.plan["does"] = "release"
        line.note("until", Outcome.CHANGED, "gives_up", day=until.isoformat())


def _new_paper(line: Line, row: Appointment, name: str) -> None:
    """Whoever comes or goes does so by a paper of its own."""
    for code in ("decision", "decided"):
        if not line.cells.get(code):
            line.refuse(code, "missing")
    paper = row.begun_by.document if row.begun_by else None
    if paper is not None and (line.get("decision"), line.get("decided")) == (paper.symbol, paper.day):
        line.doubt("decision", "old_paper", value=name)


def _places(texts: set[str]) -> dict[str, list[Area]]:
    """Places by code and by folded name."""
    found: dict[str, list[Area]] = {}
    for some in portions(texts):
        for area in Area.objects.filter(code__in=some):
            found.setdefault(area.code, []).append(area)
    folded = {fold(text) for text in texts}
    for some in portions(folded):
        for row in AreaName.objects.filter(folded__in=some).select_related("area")[:20_000]:
            found.setdefault(row.folded, []).append(row.area)
    return found


def _find_place(line: Line, places: dict[str, list[Area]], context: Context) -> None:
    text = line.get("place")
    if not text:
        return
    found = {area.pk: area for area in places.get(text, ()) or places.get(fold(text), ())}
    if len(found) != 1:
        codes = ", ".join(sorted(area.code for area in found.values())[:8])
        line.refuse("place", "several_bodies" if found else "no_such_place", value=text, codes=codes)
        return
    (area,) = found.values()
    line.plan["area"] = area.pk
    over = context.found.setdefault("leading", {})
    if area.pk not in over:
        unit = leading(area, context.now)
        over[area.pk] = unit.code if unit else ""
    powers = context.found.setdefault("powers", {})
    code = over[area.pk]
    if code and code not in powers:
        powers[code] = Bodies({code}, actor=context.actor, act="takeover.run", now=context.now).by_code[code]
    line.plan["cleared"] = bool(code and powers[code].may)
    line.plan["over"] = powers[code].pk if code else None


def _known(lines: Sequence[Line]) -> None:
    """Seats that exist already; who holds one on that day already is the same."""
    for line in lines:
        site = {"unit": line.plan.get("unit"), "area": line.plan.get("area")}
        kind, since = line.get("post"), line.get("since")
        if not kind or not since or (site["unit"] is None) == (site["area"] is None):
            continue
        seats = Post.objects.filter(kind=kind, unit=site["unit"], area=site["area"]).order_by("pk")
        there = set(PostExistence.objects.on(since).filter(post__in=seats).values_list("post", flat=True))
        held = dict(
            Appointment.objects.on(since).filter(post__in=there, acting=False).values_list("post", "person")
        )
        mine = [post for post, person in held.items() if person == line.plan.get("person")]
        free = [post for post in sorted(there) if post not in held]
        if mine:
            line.will = Outcome.SAME
        elif free:
            line.plan["post"] = free[0]
        elif there and provisions.posts()[kind].single:
            line.plan["post"] = min(there)


def perform(act: Act, line: Line, context: Context) -> dict:
    """The post is founded if need be, and filled; a row that came back does what it says of its holder."""
    if does := line.plan.get("does"):
        return DOES[does](act, line, context)
    day = line.get("since")
    paper = {"symbol": line.get("decision"), "day": line.get("decided")}
    unit = Unit(pk=line.plan["unit"], code=line.plan["code"]) if "unit" in line.plan else None
    area = Area.objects.get(pk=line.plan["area"]) if "area" in line.plan else None
    with papers.cleared(act, line):
        post = Post.objects.filter(pk=line.plan.get("post") or 0).select_related("unit", "area").first()
        if post is None:
            with papers.at_column(
                kind="post", unit="body", area="place", document="decision", otherwise="post"
            ):
                post = found_post(
                    within=act, day=day, unit=unit, area=area, kind=line.get("post"), document=paper
                )
        person = papers.person_of(line) or _enter(act, line, unit, day)
        with papers.at_column(
            post="post", person="name", manner="manner", document="decision", otherwise="since"
        ):
            fill_post(
                within=act, day=day, post=post, person=Person.objects.get(pk=person.pk),
                manner=line.get("manner"), document=paper,
                until=line.get("until"),
            )  # fmt: skip
    return {"person": person.pk, "post": post.pk}


def _release(act: Act, line: Line, context: Context) -> dict:
    """The holder goes: after the last day in office, or for whoever takes over."""
    post = Post.objects.select_related("unit", "area").get(pk=line.plan["post"])
    day = line.get("until") + DAY if line.plan["does"] == "release" else line.get("since")
    paper = {"symbol": line.get("decision"), "day": line.get("decided")}
    otherwise = "until" if line.plan["does"] == "release" else "since"
    with papers.cleared(act, line), papers.at_column(document="decision", otherwise=otherwise):
        release(within=act, day=day, post=post, document=paper, seen=line.plan["held"])
    return {"post": post.pk}


def _take_over(act: Act, line: Line, context: Context) -> dict:
    refs = _release(act, line, context)
    line.plan.pop("does")
    try:
        return refs | perform(act, line, context)
    finally:
        line.plan["does"] = "take_over"


def _put_right(act: Act, line: Line, context: Context) -> dict:
    """Another person held the post all along; the paper of the correction is the sheet's."""
    post = Post.objects.select_related("unit", "area").get(pk=line.plan["post"])
    unit = Unit(pk=line.plan["unit"], code=line.plan["code"]) if "unit" in line.plan else None
    with papers.cleared(act, line):
        person = papers.person_of(line) or _enter(act, line, unit, line.get("since"))
    said = context.options
    paper = {"symbol": said["symbol"], "day": dt.date.fromisoformat(said["paper_day"])}
    with papers.at_column(post="post", person="name", otherwise="since"):
        correct_appointment(
            within=act, day=context.now, post=post, person=Person.objects.get(pk=person.pk),
            since=line.get("since"), reason=said["reason"], document=paper, seen=line.plan["held"],
        )  # fmt: skip
    return {"person": person.pk, "post": post.pk}


DOES = {"release": _release, "take_over": _take_over, "correct": _put_right}


def exported(unit: Unit, day: dt.date) -> Iterator[dict[str, Any]]:
    """Who holds which post at the bodies under one, and at the places they serve."""
    below = under_ids(unit, day)
    served = UnitService.objects.on(day).filter(unit__in=below).values("area")
    held = Appointment.objects.on(day).filter(acting=False)
    held = held.filter(post__unit__in=below) | held.filter(post__area__in=served)
    rows = held.select_related("post", "post__unit", "post__area", "begun_by", "begun_by__document")
    for some in portions(rows.order_by("post__code", "pk").iterator(chunk_size=1_000), 1_000):
        known = shown([row.person_id for row in some], day)
        for row in some:
            person, paper = known[row.person_id], row.begun_by.document if row.begun_by else None
            birth, precision = person.get("birth", (None, "day"))
            born = birth if precision == "day" else partial(birth, precision)
            yield {
                "post": row.post.kind, "body": row.post.unit.code if row.post.unit else "",
                "place": row.post.area.code if row.post.area else "", "name": person.get("name", ""),
                "sex": person.get("sex", ""), "birth": born,
                "person": f"#{row.person_id}", "manner": row.manner, "since": row.valid_from,
                "decision": paper.symbol if paper else "", "decided": paper.day if paper else None,
                IDENT: str(row.post_id), VERSION: str(row.pk),
            }  # fmt: skip


def _enter(act: Act, line: Line, unit, day) -> Person:
    parts, birth = split_name(line.get("name")), line.get("birth")
    over = unit or Unit.objects.filter(pk=line.plan.get("over") or 0).first()
    with papers.at_column(
        family="name", given="name", another="name", unit="body", birth="birth", otherwise="name"
    ):
        return enter_person(
            within=act, day=day, unit=over, family=parts.family or parts.given, middle=parts.middle,
            given=parts.given, sex=line.get("sex"), birth=birth.day, precision=birth.precision,
            another=line.answers.get("double") == "another",
        )  # fmt: skip


POSTS = Kind(
    "posts",
    _("Village heads and other post-holders"),
    _("Who holds which post since when; posts that are not recorded yet are founded by the same decision."),
    ("post.fill", "takeover.run"),
    COLUMNS,
    check,
    perform=perform,
    export=exported,
)
