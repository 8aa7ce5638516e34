"""This room is for plans out of a resolution's text: each clause becomes rows of a table, with the codes of
the territories it names, to be checked against the text clause by clause.

What the text does not settle is said and left open: a name that two communes bear, one that nobody bears.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections import Counter, defaultdict
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from orgwork.exchange.texts.days import days
from orgwork.exchange.texts.resolutions import Clause, Old, changes
from orgwork.exchange.texts.text import of as prepared
from orgwork.foundation.refusals import Refusal
from orgwork.foundation.search import fold
from orgwork.procedures.reorganisation_clauses import SHARES, why_open
from orgwork.registers.area_changes import COLUMNS, final_list, provinces_2025
from orgwork.registers.areas import Area, AreaKind, AreaName, AreaPlacement
from orgwork.registers.reorganisation import LEFT_OPEN

HEAD = 3_000


@dataclass
class Known:
    """The communes of the old provinces that go into a new one, by their folded names."""

    province: str
    name: str
    written_on: str
    communes: dict[str, list[tuple[str, str, str, str, str, str, str]]] = field(default_factory=dict)


def clauses_of(text: str) -> list[tuple[str, str]]:
    """The clauses that say a change, with their words as they stand in the text but for mark-up."""
    said = {one.clause: text[one.start : one.end] for one in changes(text)}
    return [(clause, " ".join(re.sub(r"[*_#\\]+", "", words).split())) for clause, words in said.items()]


def rows_of_text(text: str, day: dt.date) -> tuple[list[dict[str, str]], list[str]]:
    """Rows with the columns of a table, and what the text leaves open, in sentences."""
    rows = all_rows_of_text(text, day)
    return [row for row in rows if LEFT_OPEN not in row], [
        _open_place(row) for row in rows if LEFT_OPEN in row
    ]


def _open_place(row: dict[str, str]) -> str:
    where = _("%(clause)s: “%(name)s”") % {"clause": row["article_clause"], "name": row["old_name"]}
    return f"{where}: {why_open(row)}"


def all_rows_of_text(text: str, day: dt.date) -> list[dict[str, str]]:
    """A row for every old territory that the text names; what it leaves open says why (``LEFT_OPEN``)."""
    found = changes(text)
    if not found:
        raise Refusal(_("The text says nothing about communes that are merged."), code="no_changes")
    known = _known(text, day)
    rows: list[dict[str, str]] = []
    for clause in found:
        near = {one[3] for old in clause.old if len(some := _bearing(old, known)) == 1 for one in some}
        rows += (_row(clause, old, known, day, near) for old in clause.old)
    settled = [row for row in rows if LEFT_OPEN not in row]
    counted = Counter((row["old_level"], row["old_code"] or row["old_name"]) for row in settled)
    for row in settled:
        row["n_targets"] = str(counted[(row["old_level"], row["old_code"] or row["old_name"])])
    return rows


def _known(text: str, day: dt.date) -> Known:
    """The new province that the resolution is about, and the communes of which it is made."""
    head = fold(text[:HEAD])
    named = {change.new_code: change.new_province for change in provinces_2025()}
    places = [(head.find(fold(name)), code) for code, name in named.items() if fold(name) in head]
    if not places:
        raise Refusal(_("The text does not say of which province it speaks."), code="no_province")
    code = min(places)[1]
    known = Known(code, named[code], _written_on(text, day))
    olds = {change.old_code: change.old_province for change in provinces_2025() if change.new_code == code}
    eve = day - dt.timedelta(days=1)
    placed = dict(AreaPlacement.objects.on(eve).values_list("area", "parent"))
    areas = {
        a.pk: a
        for a in Area.objects.filter(kind__in=(AreaKind.COMMUNE, AreaKind.DISTRICT, AreaKind.PROVINCE))
    }
    names = dict(AreaName.objects.on(eve).filter(area__in=areas).values_list("area", "name"))
    communes = defaultdict(list)
    for pk, area in areas.items():
        if pk not in placed or area.kind == AreaKind.PROVINCE:
            continue
        over = placed[pk]
        district = areas.get(over or 0)
        province = areas.get(placed.get(over or 0) or 0) if area.kind == AreaKind.COMMUNE else district
        if province is not None and province.code in olds:
            between = district if area.kind == AreaKind.COMMUNE else area
            communes[fold(names.get(pk, ""))].append(
                (
                    area.kind, area.code, names.get(pk, ""), between.code if between else "",
                    names.get(between.pk, "") if between else "", province.code, olds[province.code],
                )
            )  # fmt: skip
    known.communes = dict(communes)
    return known


def _written_on(text: str, day: dt.date) -> str:
    """The day that the head of the paper says; the plan's where it says none before it."""
    head = prepared(text[:HEAD], "vi")
    said = sorted((span.start, iso) for span, iso in days(head) if iso and iso <= day.isoformat())
    return said[0][1] if said else day.isoformat()


def _bearing(old: Old, known: Known) -> list[tuple]:
    """The communes that bear a name: letter by letter, else without marks; in the district that is said."""
    wanted = f"{old.type} {old.name}".strip()
    found = known.communes.get(fold(wanted), [])
    exact = [one for one in found if _plain(one[2]) == _plain(wanted)]
    found = exact or found
    if len(found) > 1 and old.district:
        found = [one for one in found if fold(old.district) in fold(one[4])]
    if len(found) > 1:
        found = [one for one in found if one[0] == AreaKind.COMMUNE] or found
    return found


def _plain(text: str) -> str:
    return unicodedata.normalize("NFC", text).casefold()


def _row(clause: Clause, old: Old, known: Known, day: dt.date, near: set[str]) -> dict[str, str]:
    area, population = SHARES.get(old.part, SHARES["whole"])
    said = dict.fromkeys(COLUMNS, "")
    said |= {
        "new_name": f"{clause.new_type} {clause.new_name}".strip(), "new_province_code": known.province,
        "new_province": known.name, "kind": old.part, "area": area, "population": population,
        "n_targets": "1", "resolution_date": known.written_on, "article_clause": clause.clause,
        "effective": day.isoformat(), "resolved_by": "text",
    }  # fmt: skip
    new = [
        one for one in final_list().values()
        if one.province == known.province and fold(one.name) == fold(said["new_name"])
    ]  # fmt: skip
    if len(new) == 1:
        said |= {"new_code": new[0].code, "new_code_1027": new[0].draft, "new_name": new[0].name}
        said["resolution"] = new[0].paper
    else:
        said[LEFT_OPEN] = "no_new_unit"
    if old.part == "unincorporated_area":
        return said | {"old_level": "unincorporated_area", "old_name": old.name}
    found = _bearing(old, known)
    if len(found) > 1:
        # The clause's other communes lie in one of these districts: the text means its neighbour.
        found = [one for one in found if one[3] in near] or found
        said["resolved_by"] = "district"
    if len(found) != 1:
        said |= {
            "old_level": str(AreaKind.COMMUNE), "old_name": f"{old.type} {old.name}".strip(),
            "old_district": old.district or "",
            LEFT_OPEN: said.get(LEFT_OPEN) or ("several" if found else "none"),
            "could_be": "; ".join(f"{one[2]} ({one[4]}) {one[1]}" for one in found),
        }  # fmt: skip
        return said
    names = (
        "old_level", "old_code", "old_name", "old_district_code", "old_district", "old_province_code",
        "old_province",
    )  # fmt: skip
    return said | dict(zip(names, map(str, found[0]), strict=True))
