"""This room is for the sheet of bodies: a tree that was kept elsewhere comes in with its codes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from orgwork.exchange.sheets.columns import IDENT, VERSION, Column, by_labels
from orgwork.exchange.sheets.imports import Outcome
from orgwork.exchange.sheets.lines import Line
from orgwork.exchange.sheets.lookups import Bodies, portions, twins
from orgwork.foundation import provisions
from orgwork.foundation.moments import Act
from orgwork.foundation.search import fold
from orgwork.foundation.wording import localized
from orgwork.procedures.correction import correct_unit_name
from orgwork.procedures.opening_bodies import Founding, take_bodies
from orgwork.procedures.unit_changes import move, rename
from orgwork.registers.areas import Area
from orgwork.registers.units import Unit, UnitForm, UnitName, UnitPlacement

from . import changing, papers
from .base import Context, Kind

CODE = Column(
    "code", _("Code"), "code", required=True, most=60, width=14, example="03127.04",
    help=_("Kept as text: zeros at the beginning stay. It is the body's for life."),
    also=("mã", "mã tổ chức", "mã số", "body code", "kennung", "schlüssel", "код"),
)  # fmt: skip
NAME = Column(
    "name", _("Name of the body"), required=True, most=280, width=36, example="Chi bộ bản Huổi Toóng",
    also=("tên", "tên tổ chức", "tên tổ chức đảng", "name", "bezeichnung", "name der organisation",
          "наименование", "название"),
)  # fmt: skip
KIND = Column(
    "kind", _("Kind of the body"), "choice", required=True, width=24, example="cell",
    choices=lambda: by_labels(provisions.kinds()),
    also=("loại", "loại hình", "loại hình tổ chức", "kind", "type", "art", "вид", "тип"),
)  # fmt: skip
PARENT = Column(
    "parent", _("Code of the superior body"), "code", required=True, most=60, width=14, example="03127",
    help=_("A body of the register, or one of this sheet."),
    also=("mã cấp trên", "cấp trên", "tổ chức cấp trên", "trực thuộc", "parent", "superior", "under",
          "übergeordnet", "unter", "вышестоящая организация", "код вышестоящей"),
)  # fmt: skip
SINCE = Column(
    "since", _("Founded on"), "day", required=True, width=12, example="15/06/2015",
    also=("ngày thành lập", "thành lập", "founded", "since", "gegründet am", "gegründet", "дата создания"),
)  # fmt: skip
SHORT = Column("short", _("Short name"), most=120, width=16, also=("tên tắt", "tên gọi tắt", "kurzname"))
SERVES = Column(
    "serves", _("Serves"), most=300, width=18, help=_("Codes of the areas, separated by a semicolon."),
    also=("địa bàn", "mã địa bàn", "thôn bản", "serves", "betreut", "обслуживает"),
)  # fmt: skip
IN_ENGLISH = Column("name_en", _("Name in English"), most=280, width=24, also=("tên tiếng anh",))
IN_GERMAN = Column("name_de", _("Name in German"), most=280, width=24, also=("tên tiếng đức",))
IN_RUSSIAN = Column("name_ru", _("Name in Russian"), most=280, width=24, also=("tên tiếng nga",))
COLUMNS = (
    CODE, NAME, KIND, PARENT, SINCE, SHORT, SERVES, IN_ENGLISH, IN_GERMAN, IN_RUSSIAN, changing.CHANGED_ON,
    papers.DECISION, papers.DECIDED,
)  # fmt: skip


def check(lines: Sequence[Line], context: Context) -> None:
    """The tree of the sheet and of the register together: grammar, powers, days, circles."""
    texts = {line.get(code) for line in lines for code in ("code", "parent")} - {None}
    bodies = Bodies(
        texts, actor=context.actor, act="takeover.run", now=context.now, members=False
    )  # fmt: skip
    back, lines = [one for one in lines if one.get(IDENT)], [one for one in lines if not one.get(IDENT)]
    _check_back(back, context)
    changing.refuse_fresh(lines)
    for code, some in twins(lines, lambda line: line.get("code")).items():
        for line in some:
            others = ", ".join(str(one.number) for one in some if one is not line)
            line.refuse("code", "code_twice", value=code, rows=others[:60])
    own = {line.get("code"): line for line in lines if line.get("code")}
    areas = _areas(lines)
    for line in lines:
        since = line.get("since")
        if since and since > context.now:
            line.refuse("since", "in_the_future", day=since.isoformat())
        line.plan["serves"] = _serves(line, areas)
        known = bodies.by_code.get(line.get("code") or "")
        if known is not None and known.since is not None:
            _compare(line, known)
            continue
        _parent(line, own, bodies)
    _circles(lines, own, bodies)
    _names_of(lines, bodies)


def _check_back(lines: Sequence[Line], context: Context) -> None:
    """Bodies of an export that come back: a name recorded wrongly is corrected; from a day on a body goes by
    another name, or stands elsewhere; the rest has procedures of its own.
    """
    if not lines:
        return
    known = {row["code"]: row for row in _shown([line.get("code") for line in lines], context.now)}
    parents = {line.get("parent") for line in lines}
    bodies = Bodies(
        {line.get("code") for line in lines} | parents, actor=context.actor, act="correction.make",
        now=context.now, members=False,
    )  # fmt: skip
    for line in lines:
        row = known.get(line.get("code") or "")
        if row is None or row[IDENT] != line.get(IDENT):
            # One that ended since it was exported is named with its day.
            if line.get("code") and bodies.find(line, "code", on=context.now, power=False) is not None:
                line.refuse("code", "no_such_body", value=line.get("code"))
            continue
        line.will, line.plan["unit"], line.plan["name_row"] = Outcome.SAME, int(row[IDENT]), row[VERSION]
        _differs(line, row, bodies, context)


def _differs(line: Line, row: dict[str, Any], bodies: Bodies, context: Context) -> None:
    day = changing.day_of(line, context)
    stays = {"kind": "by_decision", "since": "not_by_update", "short": "by_decision"}
    for code, sentence in stays.items() if day else {**stays, "parent": "by_move"}.items():
        if line.get(code) is not None and line.get(code) != (row[code] or None):
            line.refuse(code, sentence)
    for code in ("serves", "name_en", "name_de", "name_ru"):  # the export leaves them empty
        if line.get(code):
            line.refuse(code, "not_by_update")
    changed = {
        code
        for code in (("name", "parent") if day else ("name",))
        if line.get(code)
        and line.get(code) != row[code]
        and (day is None or changing.after(line, code, day, row["from"][code]))
    }
    if "parent" in changed:
        parent = bodies.find(line, "parent", on=day, power=False)
        line.plan["parent"] = parent.pk if parent else None
    if "name" in changed and not day and bodies.find(line, "code") is None:
        return
    if "name" in changed and line.get(VERSION) != row[VERSION]:
        if line.doubt("name", "changed_since", now=row["name"]):
            return
    for code in sorted(changed):
        said = {"day": day.isoformat()} if day else {}
        line.note(code, Outcome.CHANGED, "changes" if day else "was", value=row[code], **said)
    if changed:
        line.will, line.plan["changed"] = Outcome.CHANGED, sorted(changed)
        if day:
            changing.need_paper(line, context)
        elif not context.options.get("reason"):
            line.note("", Outcome.DOUBTFUL, "say_why")
    elif day and not line.refused:
        line.refuse("changed_on", "nothing_changed")


def _shown(codes, day: dt.date) -> Iterator[dict[str, Any]]:
    """Bodies as rows of the sheet, with the record of their name."""
    for some in portions(sorted({code for code in codes if code})):
        units = dict(Unit.objects.filter(code__in=some).values_list("pk", "code"))
        names = {row.unit_id: row for row in UnitName.objects.on(day).filter(unit__in=units, language="vi")}
        kinds = dict(UnitForm.objects.on(day).filter(unit__in=units).values_list("unit", "kind"))
        places = UnitPlacement.objects.on(day).filter(unit__in=units).select_related("parent")
        founded: dict[int, dt.date] = dict(
            UnitPlacement.objects.filter(unit__in=units)
            .order_by("-valid_from")
            .values_list("unit", "valid_from")
        )
        for place in places.order_by("unit__code"):
            name = names.get(place.unit_id)
            yield {
                "code": units[place.unit_id], "name": name.text if name else "",
                "short": name.short if name else "", "kind": kinds.get(place.unit_id, ""),
                "parent": place.parent.code if place.parent else "", "since": founded[place.unit_id],
                "from": {"name": name.valid_from if name else None, "parent": place.valid_from},
                IDENT: str(place.unit_id), VERSION: str(name.pk) if name else "",
            }  # fmt: skip


def exported(unit: Unit, day: dt.date) -> Iterator[dict[str, Any]]:
    """The bodies under one, itself included."""
    return _shown(Unit.objects.under(unit, day).values_list("code", flat=True), day)


def perform(act: Act, line: Line, context: Context) -> dict:
    """A name recorded wrongly is corrected from the beginning of its record, or from the day given; what
    changed on a day is renamed, or moved, by decision.
    """
    unit = Unit(pk=line.plan["unit"], code=line.get("code"))
    if day := line.get("changed_on"):
        given = {"within": act, "day": day, "unit": unit, "document": changing.paper_of(line, context)}
        if "name" in line.plan["changed"]:
            with papers.at_column(document="decision", name_vi="name", otherwise="changed_on"):
                rename(name_vi=line.get("name"), **given)
        if "parent" in line.plan["changed"]:
            with papers.at_column(document="decision", parent="parent", otherwise="changed_on"):
                move(parent=Unit.objects.get(pk=line.plan["parent"]), **given)
        return {"unit": unit.pk}
    row = UnitName.objects.get(pk=int(line.plan["name_row"]))
    since = context.options.get("since")
    start = max(dt.date.fromisoformat(since), row.valid_from) if since else row.valid_from
    correct_unit_name(
        within=act, day=context.now, unit=unit, language="vi", name=line.get("name"), short=row.short,
        since=start, seen=row.pk, reason=context.options["reason"],
        document={
            "symbol": context.options["symbol"], "day": dt.date.fromisoformat(context.options["paper_day"]),
        },
    )  # fmt: skip
    return {"unit": unit.pk}


def _compare(line: Line, known) -> None:
    """A body that is here already is not taken over again."""
    if line.get("kind") and known.kind != line.get("kind"):
        line.refuse("code", "code_of_another", value=known.code)
    else:
        line.will, line.plan["known"] = Outcome.SAME, known.pk


def _names_of(lines: Sequence[Line], bodies: Bodies) -> None:
    """Under a code that is here already another name is another body, or a name to be changed there."""
    same = {line.plan["known"]: line for line in lines if "known" in line.plan}
    for some in portions(same):
        for unit, text in UnitName.objects.filter(unit__in=some, language="vi", valid_to=None).values_list(
            "unit", "text"
        ):
            line = same[unit]
            if line.get("name") and fold(line.get("name")) != fold(text):
                line.refuse("name", "known_by_another_name", value=line.get("code"), name=text)


def _parent(line: Line, own, bodies: Bodies) -> None:
    code, kind, since = line.get("parent"), line.get("kind"), line.get("since")
    if not code or not kind or not since:
        return
    above = own.get(code)
    if above is line:
        line.refuse("parent", "under_itself")
        return
    if above is not None and "known" not in above.plan and code not in _standing(bodies):
        over, founded = above.get("kind"), above.get("since")
        if founded and since < founded:
            line.refuse("since", "parent_not_yet", value=code, day=founded.isoformat())
    else:
        body = bodies.find(line, "parent", on=since)
        if body is None:
            return
        over, line.plan["parent"] = body.kind, body.code
    if over and not provisions.kinds()[kind].may_stand_under(over, since):
        labels = {
            name: localized(provisions.kinds()[one].labels) for name, one in (("kind", kind), ("over", over))
        }
        line.refuse("kind", "grammar", **labels)


def _standing(bodies: Bodies) -> set[str]:
    return {code for code, body in bodies.by_code.items() if body.since is not None}


def _circles(lines: Sequence[Line], own, bodies: Bodies) -> None:
    """Every new body hangs, over bodies of the sheet that are sound, from one of the register."""
    below: dict[str, list[Line]] = {}
    for line in lines:
        if "known" not in line.plan:
            below.setdefault(line.plan.get("parent") or line.get("parent") or "", []).append(line)
    edge, reached = list(_standing(bodies)), set(_standing(bodies))
    while edge:
        for line in below.get(edge.pop(), ()):
            code = line.get("code")
            if code and not line.refused and code not in reached:
                reached.add(code)
                edge.append(code)
    for line in lines:
        if line.get("code") and not line.refused and line.get("code") not in reached:
            line.refuse("parent", "parent_refused", value=line.get("parent") or "")


def _areas(lines: Sequence[Line]) -> dict[str, list[int]]:
    codes = {code for line in lines for code in _codes(line)}
    found: dict[str, list[int]] = {}
    for some in portions(codes):
        for ident, code in Area.objects.filter(code__in=some).values_list("pk", "code"):
            found.setdefault(code, []).append(ident)
    return found


def _codes(line: Line) -> list[str]:
    return [code for code in (line.get("serves") or "").replace(",", ";").replace(" ", "").split(";") if code]


def _serves(line: Line, areas: dict[str, list[int]]) -> tuple[int, ...]:
    found = []
    for code in _codes(line):
        idents = areas.get(code, [])
        if len(idents) != 1:
            line.refuse("serves", "no_such_place", value=code)
        else:
            found += idents
    return tuple(dict.fromkeys(found))


def apply(act: Act, lines: Sequence[Line], context: Context) -> None:
    """Bodies above before bodies below."""
    foundings = []
    for line in lines:
        names = {"vi": line.get("name")} | {
            language: line.get(f"name_{language}")
            for language in ("en", "de", "ru")
            if line.get(f"name_{language}")
        }
        parent = line.plan.get("parent") or line.get("parent")
        said = line.get("code"), line.get("kind"), parent, line.get("since"), names
        foundings.append(Founding(*said, line.get("short", ""), line.plan["serves"]))
    units = take_bodies(act, context.day, foundings)
    for line, unit in zip(lines, units, strict=True):
        line.refs = {"unit": unit}


BODIES = Kind(
    "bodies",
    _("Bodies"),
    _("A tree of bodies that was kept elsewhere comes in with its codes, names and kinds."),
    ("takeover.run",),
    COLUMNS,
    check,
    perform=perform,
    apply=apply,
    by_operator=True,
    export=exported,
    piece=100_000,
)
