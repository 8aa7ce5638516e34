"""This room is for `orgwork incoming`: the book of incoming papers, the study of papers, papers required."""

from __future__ import annotations

from orgwork.registers.acquaintance import OVERDUE, coverage, holding_members
from orgwork.registers.documents import Document
from orgwork.registers.incoming import OPEN, IncomingPaper, book, late
from orgwork.registers.required_papers import PRESENT, duties, must_follow
from orgwork.registers.units import Unit, names_of

from .common import as_json, need, opening_day, table, unit
from .main import FINDINGS, NOTHING, WrongUse
from .words import _, pgettext


def book_of(args) -> int:
    """Exit code 3: something is late."""
    body = unit(args.unit)
    need(args, "incoming.read", body)
    on = args.on or opening_day()
    rows = book(body, on)
    if args.late:
        rows = late(rows, on).filter(state__in=OPEN)
    elif args.open:
        rows = rows.filter(state__in=OPEN)
    found = list(rows.select_related("document", "answer", "sender").order_by("year", "number"))
    if args.json:
        as_json([_entry(row, on) for row in found])
    else:
        heads = [
            pgettext("paper", "Number"),
            _("Received on"),
            _("Number and symbol"),
            _("State"),
            _("To be answered by"),
        ]
        shown = [
            [row, row.received, row.symbol, row.get_state_display() + (" !" if row.late(on) else ""), row.due]
            for row in found
        ]
        table([heads, *shown])
    return FINDINGS if any(row.open and row.late(on) for row in found) else NOTHING


def _entry(row: IncomingPaper, on) -> dict:
    return {
        "entry": row.entry_id, "number": row.number, "year": row.year, "received": row.received,
        "from": row.sender.code if row.sender else row.sender_name or None, "symbol": row.symbol,
        "kind": row.kind, "date": row.paper_day, "title": "" if row.secret else row.title,
        "secret": row.secret, "document": row.document_id, "state": row.state, "due": row.due,
        "late": row.late(on), "answer": row.answer.symbol if row.answer else None, "closed": row.closed_on,
    }  # fmt: skip


def studied(args) -> int:
    """Exit code 3: a body has not studied the paper by its day."""
    body = unit(args.unit)
    need(args, "figures.read", body)
    paper = _paper(args.paper)
    need(args, "figures.read", paper.issuer)
    on = args.on or opening_day()
    found = coverage(paper, body, holding_members(), on, within=args.within)
    codes = dict(Unit.objects.filter(pk__in=[one.unit for one in found]).values_list("pk", "code"))
    if args.json:
        as_json([
            {"unit": codes[one.unit], "state": one.state, "first": one.first, "due": one.due,
             "reached": one.reached, "members": one.members}
            for one in found
        ])  # fmt: skip
    else:
        names = names_of(list(codes), on)
        heads = [_("Code"), _("Body"), _("State"), _("First held"), _("Members reached"), _("Members")]
        shown = [
            [codes[one.unit], names.get(one.unit, ""), _state(one.state), one.first, one.reached, one.members]
            for one in found
        ]
        table([heads, *shown], right=(4, 5))
    return FINDINGS if any(one.state == OVERDUE for one in found) else NOTHING


def _state(code: str) -> str:
    return {
        "done": _("studied"), "above": _("with the body above"), "late": _("studied late"),
        "missing": _("not yet"), "overdue": _("overdue"),
    }[code]  # fmt: skip


def _paper(said: str) -> Document:
    rows = Document.objects.filter(pk=said) if said.isascii() and said.isdigit() else None
    found = list((rows if rows is not None else Document.objects.filter(symbol=said)).order_by("-day")[:2])
    if len(found) == 1:
        return found[0]
    if found:
        raise WrongUse(_("Several papers are called “%s”; give the number of one in the register.") % said)
    raise WrongUse(_("No paper is called “%s”.") % said)


def required(args) -> int:
    """Exit code 3: something is missing, or must follow."""
    body = unit(args.unit)
    need(args, "figures.read", body)
    on = args.on or opening_day()
    if args.follow:
        rows = [
            {"paper": one.paper.symbol, "parent": one.parent.symbol, "change": one.change,
             "by": one.changed_by.symbol, "since": one.since}
            for one in must_follow(body, on)
        ]  # fmt: skip
        heads = [_("Paper"), _("Parent"), _("Relation"), _("By"), _("Since")]
    else:
        found = [one for one in duties(body, on) if one.state != PRESENT]
        codes = dict(Unit.objects.filter(pk__in={one.unit for one in found}).values_list("pk", "code"))
        rows = [
            {"unit": codes[one.unit], "required": one.kind.code, "state": one.state,
             "paper": one.document.symbol if one.document else None, "since": one.since}
            for one in found
        ]  # fmt: skip
        heads = [_("Code"), _("Required paper"), _("State"), _("Paper"), _("for the time from")]
    if args.json:
        as_json(rows)
    else:
        table([heads, *(list(row.values()) for row in rows)])
    return FINDINGS if rows else NOTHING
