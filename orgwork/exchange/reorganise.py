"""This room is for plans of reorganisation that come in: from a table of changes of territories, from a
resolution's text, and decisions about a plan from a table.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from orgwork.exchange.reorganise_text import all_rows_of_text, clauses_of, rows_of_text
from orgwork.exchange.texts.files import read_path, text_of
from orgwork.foundation import wording
from orgwork.foundation.moments import Act
from orgwork.foundation.refusals import Refusal
from orgwork.procedures import reorganisation
from orgwork.procedures.reorganisation_changes import WRITE
from orgwork.procedures.reorganisation_days import shapes
from orgwork.procedures.reorganisation_shape import Shape
from orgwork.registers.area_changes import COLUMNS, AreaChange, read_area_changes
from orgwork.registers.areas import Area
from orgwork.registers.documents import Document
from orgwork.registers.reorganisation import LEFT_OPEN, ChangeOf, DecisionOn, Plan, PlannedChange
from orgwork.registers.units import Unit

#: What a table of decisions says in each row.
DECISION_COLUMNS = ("what", "code", "target")
#: What a table of changes of bodies may say in each row; several codes with blanks between.
CHANGE_COLUMNS = (
    "change", "body", "to", "remainder", "kind", "name", "short", "code", "places", "functions", "effective",
    "clause",
)  # fmt: skip
#: Files that are tables; any other is read as a text.
TABLES = (".csv", ".tsv")


def read_table(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV file, whoever wrote it; refused where it is none."""
    if not path.is_file():
        raise Refusal(_("There is no file %(file)s.") % {"file": path.name}, code="no_such_file")
    return rows_of(path.read_bytes(), path.name)


def rows_of(content: bytes, name: str) -> list[dict[str, str]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Refusal(
            _("%(file)s is not written in UTF-8; save it as CSV UTF-8 and try again.") % {"file": name},
            code="not_utf8",
        ) from None
    first = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    rows = list(csv.DictReader(io.StringIO(text), delimiter=delimiter))
    if not rows:
        raise Refusal(_("%(file)s has no rows.") % {"file": name}, code="no_rows")
    return rows


def read_any(path: Path, day: dt.date) -> tuple[list[dict[str, str]], list[str]]:
    """The rows of a table, or of a resolution's text; and what the text leaves open, in sentences."""
    if path.suffix.lower() in TABLES:
        return read_table(path), []
    if not path.is_file():
        raise Refusal(_("There is no file %(file)s.") % {"file": path.name}, code="no_such_file")
    return rows_of_text(read_path(path), day)


def given(content: bytes, name: str, day: dt.date) -> tuple[list[dict[str, str]], list[tuple[str, str]]]:
    """The rows of an uploaded file, table or text, and the clauses of a text with their words, to be checked
    one by one; what the text leaves open is among the rows, a table has no clauses.
    """
    if Path(name).suffix.lower() in TABLES:
        return rows_of(content, name), []
    text = text_of(content)
    return all_rows_of_text(text, day), clauses_of(text)


def given_by_clause(path: Path, day: dt.date) -> tuple[list[dict[str, str]], list[tuple[str, str]]]:
    """The same of a file on this machine."""
    if not path.is_file():
        raise Refusal(_("There is no file %(file)s.") % {"file": path.name}, code="no_such_file")
    return given(path.read_bytes(), path.name, day)


def refuse_open(open_: list[str]) -> None:
    """A text that leaves something open is first made a table, which a person completes."""
    if open_:
        raise Refusal(
            _("The text leaves %(count)s places open, first: %(first)s Make a table of it and complete that.")
            % {"count": len(open_), "first": open_[0]},
            code="text_open", hint=_("“orgwork reorganise read” writes the table."),
        )  # fmt: skip


def as_csv(rows: Iterable[Mapping[str, str]]) -> str:
    """Rows as a table that can be looked at, corrected and loaded."""
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def places_open(plan: Plan) -> list[PlannedChange]:
    """What the text leaves open in a plan: nobody has chosen yet."""
    return list(plan.changes.filter(kind=ChangeOf.AREA, values__has_key=LEFT_OPEN))


def changes_of(rows: Iterable[Mapping[str, str]], day: dt.date) -> list[AreaChange]:
    """The changes of territories of a table, for the day of the plan; refused with what is wrong in it."""
    changes, faults = read_area_changes(rows)
    wrong = [str(fault) for fault in faults if fault.blocks]
    if wrong:
        raise Refusal(
            _("The table has %(count)s faults, first: %(fault)s")
            % {"count": len(wrong), "fault": "; ".join(wrong[:3])},
            code="table_faulty",
        )
    others = sorted({change.effective for change in changes} - {day})
    if others:
        raise Refusal(
            _("The table speaks of %(said)s, the plan of %(day)s; give the day that the table has.")
            % {"said": wording.day(others[0]), "day": wording.day(day)},
            field="day",
            code="another_day",
        )
    return changes


def load(
    act: Act, rows: list[dict[str, str]], day: dt.date, *, title: str = "",
    clauses: Iterable[tuple[str, str]] = (),
) -> Plan:  # fmt: skip
    """A plan from the rows of a table: territories as written, bodies as they follow by rule."""
    settled = [row for row in rows if LEFT_OPEN not in row]
    # Of a text nothing may be settled yet; a table without rows says so.
    changes = changes_of(settled, day) if settled or not rows else []
    papers = _papers(act, changes)
    return reorganisation.plan_from_table(
        act, day, rows, changes, title=title, papers=papers, clauses=clauses
    )


def _papers(act: Act, changes: Iterable[AreaChange]) -> list[Document]:
    """The resolutions that the table names, registered where they are not yet."""
    from orgwork.procedures.papers import register_paper

    named = dict.fromkeys((c.resolution, c.resolution_date) for c in changes if c.resolution)
    return [
        register_paper(
            act, symbol=symbol[:60], day=on, kind="", issuer=None, issuer_name="UBTVQH", title="",
            secret=False, field="paper",
        )
        for symbol, on in named
    ]  # fmt: skip


def answer(plan: Plan) -> dict[str, Any]:
    """What a plan says, for programs: its code, its changes, and what is undecided.

    Where a plan takes effect on several days, each change says on which.
    """
    planned = shapes(plan)
    several = len(planned) > 1
    return {
        "plan": plan.code,
        "day": plan.day.isoformat(),
        "state": plan.state,
        "counts": reorganisation.counts_of(planned),
        "changes": [
            {**row, "day": shape.day.isoformat()} if several else row
            for shape in planned for row in (*_territories(shape), *_bodies(shape))
        ],
        "undecided": reorganisation.blocking_all(planned),
    }  # fmt: skip


def _territories(shape: Shape) -> Iterable[dict[str, Any]]:
    for change in shape.area_changes:
        yield {
            "kind": "area", "old_level": change.old_level, "old_code": change.old_code,
            "old_name": change.old_name, "new_code": change.new_code, "new_name": change.new_name,
            "how": change.kind, "clause": change.article_clause,
        }  # fmt: skip


def _bodies(shape: Shape) -> Iterable[dict[str, Any]]:
    for row in shape.rows():
        said = {**row, "rule": row.get("rule", "")}
        for name in ("subject", "target"):
            if name in said:
                refs = said[name] if isinstance(said[name], list) else [said[name]]
                codes = [reorganisation.known(shape, ref) for ref in refs]
                said[name] = codes if isinstance(said[name], list) else codes[0]
        yield said


def written(plan: Plan, rows: Iterable[Mapping[str, str]], *, act: Act) -> int:
    """Changes of bodies from a table, each written as its form in the browser writes it; all or none."""
    count = 0
    for number, row in enumerate(rows, 2):
        said = {name: (row.get(name) or "").strip() for name in CHANGE_COLUMNS}
        try:
            _write(act, plan, said)
        except Refusal as refusal:
            raise Refusal(
                _("row %(row)s: %(fault)s") % {"row": number, "fault": refusal.message}, field=refusal.field,
                code=refusal.code, citation=refusal.citation, hint=refusal.hint,
            ) from refusal  # fmt: skip
        count += 1
    return count


def _write(act: Act, plan: Plan, said: Mapping[str, str]) -> None:
    kind = said["change"]
    if kind not in WRITE:
        raise Refusal(
            _("“%(what)s” is not one of: %(known)s.")
            % {"what": kind[:40], "known": ", ".join(str(one.value) for one in ChangeOf if one in WRITE)},
            field="change", code="not_a_choice",
        )  # fmt: skip
    values: dict[str, Any] = {"clause": said["clause"], "effective": _day(said["effective"])}
    names = {one.name for one in WRITE[ChangeOf(kind)].definition.fields}  # type: ignore[attr-defined]
    towards = _towards(said["to"].split())
    if "targets" in names:
        values |= {"targets": [one for one in towards if isinstance(one, Unit)]}
        values |= {"targets_key": [one for one in towards if isinstance(one, str)]}
    elif towards:
        values["target" if isinstance(towards[0], Unit) else "target_key"] = towards[0]
    if said["remainder"]:
        (rest,) = _towards([said["remainder"]])
        values["remainder" if isinstance(rest, Unit) else "remainder_key"] = rest
    if "unit" in names:
        values["unit"] = body_of(said["body"])
    places = [_area(code) for code in said["places"].split()]
    values |= {"areas": places} if "areas" in names else {"serves": places}
    values |= {"functions": [int(one) for one in said["functions"].split() if one.isdigit()]}
    values |= {"kind": said["kind"], "code": said["code"], "name_vi": said["name"], "short": said["short"]}
    given = {name: value for name, value in values.items() if name in names and value not in ("", [], None)}
    WRITE[ChangeOf(kind)](within=act, plan=plan.pk, **given)


def _day(said: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(said) if said else None
    except ValueError:
        raise Refusal(
            _("“%(day)s” is no day; write it as 2025-07-01.") % {"day": said[:40]}, field="effective",
            code="not_of_its_type",
        ) from None  # fmt: skip


def _towards(codes: Iterable[str]) -> list[Unit | str]:
    """Bodies by their codes; what bears none is what a body goes by that the plan founds."""
    codes = list(codes)
    units = {unit.code: unit for unit in Unit.objects.filter(code__in=codes)}
    return [units.get(code, code) for code in codes]


def body_of(code: str) -> Unit:
    found = Unit.objects.filter(code=code).first()
    if found is None:
        raise Refusal(
            _("No body has the code “%(code)s”.") % {"code": code[:60]}, field="unit", code="no_such_body"
        )
    return found


def _area(code: str) -> Area:
    found = Area.objects.filter(code=code).order_by("-pk").first()
    if found is None:
        raise Refusal(
            _("No place has the code “%(code)s”.") % {"code": code[:60]}, field="places", code="no_such_area"
        )
    return found


def decisions(plan: Plan, rows: Iterable[Mapping[str, str]], *, by=None) -> int:
    """Decisions from a table: what (body, place, member, remainder), its code or number, where it goes."""
    count = 0
    for number, row in enumerate(rows, 2):
        missing = [name for name in DECISION_COLUMNS if not (row.get(name) or "").strip()]
        if missing:
            raise Refusal(
                _("row %(row)s: “%(column)s” is missing; fill it in.")
                % {"row": number, "column": missing[0]},
                code="missing",
            )
        what, code, target = ((row.get(name) or "").strip() for name in DECISION_COLUMNS)
        _decide(plan, what, code, target, number, by)
        count += 1
    reorganisation.touched(plan)
    return count


def _decide(plan: Plan, what: str, code: str, target: str, number: int, by) -> None:
    kinds = {
        "body": DecisionOn.BODY, "place": DecisionOn.PLACE, "member": DecisionOn.PERSON,
        "remainder": DecisionOn.REMAINDER,
    }  # fmt: skip
    if what not in kinds:
        raise Refusal(
            _("row %(row)s: “%(what)s” is not one of: %(known)s.")
            % {"row": number, "what": what[:40], "known": ", ".join(kinds)},
            code="not_a_choice",
        )
    subject = _subject(what, code)
    if subject is None:
        raise Refusal(
            _("row %(row)s: nothing has the code %(code)s.") % {"row": number, "code": code[:60]},
            code="no_such_body",
        )
    unit = None if what == "place" else Unit.objects.filter(code=target).first()
    reorganisation.decide(
        plan, kinds[what], subject, target=unit, target_key="" if unit else target[:120], by=by
    )


def _subject(what: str, code: str) -> int | None:
    if what == "member":
        return int(code) if code.isascii() and code.isdigit() else None
    model: Any = Area if what == "place" else Unit
    found = model.objects.filter(code=code).order_by("pk").values_list("pk", flat=True).first()
    if found is None and code.isascii() and code.isdigit():
        found = model.objects.filter(pk=int(code)).values_list("pk", flat=True).first()
    return found
