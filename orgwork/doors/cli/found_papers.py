"""This room is for `orgwork papers`: papers found by words, files attached to them."""

from __future__ import annotations

from pathlib import Path

from django.utils import timezone

from orgwork.foundation import catalogues
from orgwork.procedures import paper_files
from orgwork.registers.documents import Document
from orgwork.registers.paper_search import Narrowing, Search, places, seen_by, terms, within
from orgwork.registers.units import names_of

from .common import as_json, need, opening_day, unit
from .main import FINDINGS, NOTHING, WrongUse
from .words import _


def search(args) -> int:
    where = unit(args.unit)
    account = need(args, "figures.read", where)
    on, now = args.on or opening_day(), timezone.localdate()
    if args.kind and args.kind not in catalogues.documents():
        raise WrongUse(_("“%s” is no kind of paper.") % args.kind)
    if args.term and args.term not in dict(terms()):
        raise WrongUse(_("“%s” is no term of office.") % args.term)
    rows = Document.objects.filter(day__lte=on).select_related("issuer")
    for seen in (within(where, on), seen_by(account, act="figures.read", now=now, on=on)):
        rows = rows if seen is None else rows.filter(seen)
    narrowing = Narrowing(
        args.kind or "", where.pk if args.alone else None, args.term or "", args.in_force or ""
    )
    # The operator of the machine reads no names: numbers alone are searched then.
    named = seen_by(account, act="names.read", now=now, on=on)
    question = Search(narrowing.of(rows, on), " ".join(args.words), named)
    found = question.page(args.limit)
    readable = _readable(named, [paper.pk for paper in found.papers])
    where_ = places(found.papers, question.text, readable=readable)
    if args.json:
        as_json([_as_object(paper, where_[paper.pk], paper.pk in readable) for paper in found.papers])
    else:
        _print(found.papers, where_, readable, on)
        if found.after:
            print(_("More papers have these words; --limit shows more."))
    return NOTHING if found.papers else FINDINGS


def _readable(named, ids: list[int]) -> set[int]:
    if named is None:
        return set(ids)
    return set(Document.objects.filter(named, pk__in=ids).values_list("pk", flat=True))


def _as_object(paper, place, readable: bool) -> dict:
    return {
        "id": paper.pk, "symbol": paper.symbol, "kind": paper.kind, "date": paper.day,
        "issuer": paper.issuer.code if paper.issuer else None, "issuer_name": paper.issuer_name,
        "title": paper.title if readable else "", "nearness": paper.nearness,
        "text": [{"text": one.text, "found": one.marked} for one in place.text],
        "file": place.file, "page": place.page,
    }  # fmt: skip


def _print(papers, where, readable, on) -> None:
    issuers = names_of({paper.issuer_id for paper in papers if paper.issuer_id}, on)
    for paper in papers:
        issuer = issuers.get(paper.issuer_id) or paper.issuer_name
        print(f"{paper.symbol}  {paper.day}  {issuer}")
        if paper.title and paper.pk in readable:
            print(f"    {paper.title}")
        if where[paper.pk].text:
            said = "".join(f"[{p.text}]" if p.marked else p.text for p in where[paper.pk].text)
            print(f"    {said}")
    if not papers:
        print(_("No paper has all these words."))


def attach(args) -> int:
    account = need(args, paper_files.ACT)
    path = Path(args.file)
    if not path.is_file():
        raise WrongUse(_("There is no file “%s”.") % args.file)
    paper = Document.objects.filter(pk=args.paper).select_related("issuer").first()
    if paper is None:
        raise WrongUse(_("No paper has the number %s here.") % args.paper)
    need(args, paper_files.ACT, paper.issuer)
    with path.open("rb") as held:
        ticket = paper_files.bring(held.read(paper_files.largest() + 1), account)
    file = paper_files.attach(
        actor=account, door="cli", document=paper, ticket=ticket, name=path.name[:200],
        language=args.text_language, replaces=args.replaces,
    )  # fmt: skip
    if args.json:
        as_json({"id": file.pk, "document": paper.pk, "type": file.media_type, "sha256": file.sha256})
    else:
        print(_("Attached to %(symbol)s as file %(number)s.") % {"symbol": paper.symbol, "number": file.pk})
    return NOTHING
