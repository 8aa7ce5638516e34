"""This room is for incoming papers: entered in the book, given to somebody to answer, answered or closed.

The book belongs to the body; nobody above or beside it reads it. A paper that a body of this installation
sent comes by itself as "to be received": from its distribution, or as a copy out of another book.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from orgwork.foundation import wording
from orgwork.foundation.dates import Period, begin, change, correct
from orgwork.foundation.moments import Act
from orgwork.foundation.refusals import Refusal, WrongState
from orgwork.foundation.rows import insert_row
from orgwork.foundation.search import fold
from orgwork.registers import access
from orgwork.registers.documents import Document
from orgwork.registers.drafts import PaperDistribution
from orgwork.registers.incoming import (
    IncomingCopy,
    IncomingNumber,
    IncomingPaper,
    IncomingState,
    next_number,
)
from orgwork.registers.posts import PostExistence
from orgwork.registers.units import Unit, UnitPlacement

from .cases import Outcome, cause
from .fields import REASON, SEEN, Field
from .operations import operation
from .paper_register import kinds

KEEP, ASSIGN = "incoming.keep", "incoming.assign"
RULE = "QĐ 66-QĐ/TW"

ENTRY = Field("entry", "number", _("Entry of the book"))
COPIES = Field(
    "copies", "unit", _("Copies to"), required=False, many=True,
    help=_("Bodies that get a copy: it waits there to be received."),
)  # fmt: skip
WORDS = ("title", "sender", "sender_name", "copied_to")


def entry_of(number: int) -> IncomingNumber:
    """The entry of that number; refused by name where there is none."""
    found = IncomingNumber.objects.filter(pk=number).select_related("unit").first()
    if found is None:
        raise Refusal(
            _("The book has no such entry; open it from the list again."), field="entry", code="no_entry"
        )
    return found


def _body_of(asked):
    found = IncomingNumber.objects.filter(pk=asked["entry"]).select_related("unit").first()
    return found.unit if found else access.root()


def _unit(asked):
    return asked["unit"]


# ── into the book ────────────────────────────────────────────────────────────────────────────────────────


@operation(
    "incoming.enter",
    label=_("Enter an incoming paper"),
    act=KEEP,
    at=_unit,
    citation=RULE,
    day_label=_("Received on"),
    help=_("It gets the next number of the book of this body and year."),
    fields=[
        Field("unit", "unit", _("Body that received it")),
        Field("sender", "unit", _("From"), required=False, help=_("A body of the register.")),
        Field("sender_name", "text", _("Sender in words"), required=False,
              help=_("Only for a sender that is not in the register.")),
        Field("symbol", "text", _("Number and symbol"), required=False, most=60,
              help=_("As printed, such as 214-QĐ/HU. A paper of the register is found by it.")),
        Field("kind", "choice", _("Kind"), required=False, choices=kinds),
        Field("paper_day", "day", _("Day of the paper"), required=False),
        Field("title", "text", _("Title"), required=False, most=500),
        Field("secret", "bool", _("Secret paper"), required=False, default=False,
              help=_("Of a secret paper only number, kind and day are kept, for everybody.")),
        Field("copied_to", "text", _("Copies to, in words"), required=False, most=300),
        COPIES,
    ],
)  # fmt: skip
def enter(act: Act, *, day, unit, sender, sender_name, symbol, kind, paper_day, title, secret, copied_to,
          copies):  # fmt: skip
    """The paper as printed; where it is a paper of the register, that paper."""
    symbol = " ".join(symbol.split())
    said = {
        "sender": sender, "sender_name": sender_name, "symbol": symbol, "kind": kind, "paper_day": paper_day,
        "title": title, "secret": bool(secret), "copied_to": copied_to,
    }  # fmt: skip
    _refuse_description(said, day)
    document = _registered(sender, symbol, paper_day) if not secret else None
    return _into_the_book(act, unit, day, document, said, copies)


@operation(
    "incoming.receive",
    label=_("Receive a paper that was sent to us"),
    act=KEEP,
    at=_unit,
    citation=RULE,
    day_label=_("Received on"),
    help=_("A paper of the register, or a copy out of another body's book, is entered without typing."),
    fields=[
        Field("unit", "unit", _("Body that received it")),
        Field("document", "number", _("Number of the paper in the register"), required=False),
        Field("copy", "number", _("Number of the copy"), required=False),
    ],
)
def receive(act: Act, *, day, unit, document, copy):
    if (document is None) == (copy is None):
        raise Refusal(_("Say what is received: a paper of the register, or a copy."), field="document")
    if copy is not None:
        return _receive_copy(act, unit, day, copy)
    paper = Document.objects.filter(pk=document).select_related("issuer").first()
    if paper is None:
        raise Refusal(
            _("No document has this number. Search for it by its symbol."), field="document", code="no_paper"
        )
    said = {
        "sender": None if paper.secret else paper.issuer,
        "sender_name": "" if paper.secret or paper.issuer_id else paper.issuer_name,
        "symbol": paper.symbol, "kind": paper.kind, "paper_day": paper.day, "title": "",
        "secret": paper.secret, "copied_to": "",
    }  # fmt: skip
    return _into_the_book(act, unit, day, paper, said, ())


def _receive_copy(act: Act, unit: Unit, day: dt.date, number: int):
    """A copy says what the book it came from says of the paper; it comes from that book's body."""
    copy = IncomingCopy.objects.filter(pk=number, unit=unit).select_related("entry__unit").first()
    source = (
        IncomingPaper.objects.filter(entry=copy.entry_id).order_by("-valid_from").first() if copy else None
    )
    if copy is None or source is None:
        raise Refusal(
            _("There is no such copy for this body; look at what waits to be received again."), field="copy"
        )
    if day < copy.valid_from:
        raise Refusal(
            _("The copy went out on %(day)s; it cannot have been received before.")
            % {"day": wording.day(copy.valid_from)},
            field="day", code="too_early",
        )  # fmt: skip
    said = {
        "sender": None if source.secret else copy.entry.unit, "sender_name": "", "symbol": source.symbol,
        "kind": source.kind, "paper_day": source.paper_day, "title": source.title, "secret": source.secret,
        "copied_to": "",
    }  # fmt: skip
    return _into_the_book(act, unit, day, source.document, said, ())


def _into_the_book(act: Act, unit: Unit, day: dt.date, document, said: dict, copies: Iterable[Unit]):
    if day > act.day:
        raise Refusal(
            _("%(day)s lies in the future; enter the paper when it has come.") % {"day": wording.day(day)},
            field="day", code="in_the_future",
        )  # fmt: skip
    if not UnitPlacement.objects.on(day).filter(unit=unit).exists():
        raise Refusal(
            _("This body does not exist on %(day)s; choose another day or body.") % {"day": wording.day(day)},
            field="unit", code="not_there",
        )  # fmt: skip
    if document is not None and document.issuer_id == unit.pk:
        raise Refusal(
            _("%(symbol)s is this body's own paper; only papers of others come in.")
            % {"symbol": document.symbol},
            field="symbol", code="own_paper",
        )  # fmt: skip
    number = next_number(unit, day.year)  # takes the lock of the book: who else enters the same paper waits
    _refuse_twice(unit, document, said)
    entry = insert_row(IncomingNumber(unit_id=unit.pk, year=day.year, number=number, recorded=act.moment))
    begin(
        IncomingPaper, act, day, cause=cause("received", document=document), entry=entry, unit=unit,
        year=day.year, number=number, received=day, document=document, folded=_folded(said, document), **said,
    )  # fmt: skip
    _copy_to(act, entry, day, copies, document)
    told = {"incoming": f"{number}/{day.year}", "paper": said["symbol"]}
    return Outcome(subjects=_told(entry, told, document), result=entry)


def _refuse_description(said: dict, day: dt.date) -> None:
    """What is said of a paper must say which paper it is, and of a secret one nothing else."""
    if said["secret"]:
        for name in WORDS:
            if said[name]:
                raise Refusal(
                    _("Of a secret paper only number, kind and day are kept; leave this empty."),
                    field=name, code="secret", citation="HD 36-HD/VPTW",
                )  # fmt: skip
        for name in ("symbol", "paper_day"):
            if not said[name]:
                raise Refusal(_("A secret paper is known by its number and day; enter them."), field=name)
    elif bool(said["sender"]) == bool(said["sender_name"]):
        raise Refusal(
            _("Say once who sent it: choose the body, or write the sender in words."),
            field="sender_name" if said["sender"] else "sender", code="sender",
        )  # fmt: skip
    elif not said["symbol"] and not said["title"]:
        raise Refusal(
            _("Enter number and symbol of the paper, or its title if it has no number."), field="symbol"
        )
    if said["paper_day"] and said["paper_day"] > day:
        raise Refusal(
            _("The paper is of %(paper)s; it cannot have been received on %(day)s. Look at both days again.")
            % {"paper": wording.day(said["paper_day"]), "day": wording.day(day)},
            field="paper_day", code="days",
        )  # fmt: skip


def _registered(sender: Unit | None, symbol: str, day: dt.date | None) -> Document | None:
    """The paper of the register that a body of the register printed this number on, that day."""
    if sender is None or not symbol or day is None:
        return None
    return Document.objects.filter(issuer=sender, symbol=symbol, day=day, secret=False).first()


def _refuse_twice(unit: Unit, document: Document | None, said: dict, *, but: int | None = None) -> None:
    """The same paper stands in a book once; an entry made by mistake does not count."""
    rows = IncomingPaper.objects.filter(unit=unit).exclude(state=IncomingState.CANCELLED).exclude(entry=but)
    if document is not None:
        found = rows.filter(document=document).first()
    elif said["symbol"] and said["paper_day"]:
        same = {name: said[name] for name in ("sender", "sender_name", "symbol", "kind", "paper_day")}
        found = rows.filter(**same).first()
    else:
        found = None
    if found is not None:
        raise Refusal(
            _("%(symbol)s already stands in the book as number %(number)s; look at that entry.")
            % {"symbol": said["symbol"], "number": f"{found.number}/{found.year}"},
            field="symbol", code="already_entered",
        )  # fmt: skip


def _folded(said: dict, document: Document | None) -> str:
    """What an entry is found by; of a secret paper its number alone."""
    title = said["title"] or ("" if document is None or document.secret else document.title)
    return fold(f"{said['symbol']} {title} {said['sender_name']}")[:900]


def _copy_to(act: Act, entry: IncomingNumber, day: dt.date, copies: Iterable[Unit], document) -> None:
    there = set(IncomingCopy.objects.filter(entry=entry).values_list("unit", flat=True))
    for unit in dict.fromkeys(copies):
        if unit.pk == entry.unit_id:
            raise Refusal(_("The book's own body needs no copy; name others."), field="copies", code="itself")
        if unit.pk not in there:
            begin(IncomingCopy, act, day, cause=cause("received", document=document), entry=entry, unit=unit)


# ── the head's note, the answer ──────────────────────────────────────────────────────────────────────────


@operation(
    "incoming.assign",
    label=_("Record the head's note: who answers, by when"),
    act=ASSIGN,
    at=_body_of,
    day_label=_("Day of the note"),
    fields=[
        ENTRY,
        Field("note", "words", _("The head's note"), required=False),
        Field("by_unit", "unit", _("Body that answers"), required=False),
        Field("by_post", "post", _("Post that answers"), required=False),
        Field("by_person", "person", _("Person who answers"), required=False),
        Field("due", "day", _("To be answered by"), required=False),
        COPIES,
        SEEN,
    ],
)  # fmt: skip
def assign(act: Act, *, day, entry, note, by_unit, by_post, by_person, due, copies, seen):
    entry, row = _current(entry, day)
    _still_open(row)
    if row.secret and note:
        raise Refusal(
            _("Of a secret paper only number, kind and day are kept; leave this empty."),
            field="note", code="secret", citation="HD 36-HD/VPTW",
        )  # fmt: skip
    if sum(one is not None for one in (by_unit, by_post, by_person)) != 1:
        raise Refusal(
            _("Say who answers: one body, or one post, or one person."), field="by_unit", code="who_answers"
        )
    if by_post is not None and not PostExistence.objects.on(day).filter(post=by_post).exists():
        raise Refusal(_("This post does not exist on that day; choose another."), field="by_post")
    if by_unit is not None and not UnitPlacement.objects.on(day).filter(unit=by_unit).exists():
        raise Refusal(
            _("This body does not exist on %(day)s; choose another day or body.") % {"day": wording.day(day)},
            field="by_unit", code="not_there",
        )  # fmt: skip
    if due is not None and due < day:
        raise Refusal(_("The day of the answer lies before the note; choose a later day."), field="due")
    value = {
        "state": IncomingState.ASSIGNED, "note": note, "by_unit": by_unit, "by_post": by_post,
        "by_person": by_person, "due": due,
    }  # fmt: skip
    _change(act, entry, row, day, value, cause("assigned", document=row.document), seen)
    _copy_to(act, entry, day, copies, row.document)
    told = {"incoming": str(entry), "due": due.isoformat() if due else None}
    return Outcome(subjects=_told(entry, told, row.document), result=entry)


@operation(
    "incoming.answer",
    label=_("Record the answer"),
    act=KEEP,
    at=_body_of,
    day_label=_("Answered on"),
    fields=[
        ENTRY,
        Field("document", "document", _("Outgoing paper that answers it"),
              help=_("A paper of this body, or of the body that was to answer.")),
        SEEN,
    ],
)  # fmt: skip
def answer(act: Act, *, day, entry, document, seen):
    entry, row = _current(entry, day)
    _still_open(row)
    allowed = {row.unit_id, row.by_unit_id, row.by_post.unit_id if row.by_post else None}
    allowed |= set(UnitPlacement.objects.on(day).filter(unit=row.unit_id).values_list("parent", flat=True))
    allowed |= set(UnitPlacement.objects.on(day).filter(parent=row.unit_id).values_list("unit", flat=True))
    if document.pk == row.document_id or document.issuer_id is None or document.issuer_id not in allowed:
        raise Refusal(
            _("%(symbol)s is no paper of this body, nor of the one that was to answer; name another.")
            % {"symbol": document.symbol},
            field="document", code="not_ours",
        )  # fmt: skip
    if document.day and (document.day < row.received or document.day > day):
        raise Refusal(
            _("%(symbol)s is of %(paper)s; the paper came on %(received)s and was answered on %(day)s. "
              "Look at the days again.")
            % {"symbol": document.symbol, "paper": wording.day(document.day),
               "received": wording.day(row.received), "day": wording.day(day)},
            field="document", code="days",
        )  # fmt: skip
    value = {"state": IncomingState.ANSWERED, "answer": document, "closed_on": day}
    _change(act, entry, row, day, value, cause("answered", document=document), seen)
    told = {"incoming": str(entry), "answer": document.symbol}
    return Outcome(subjects=_told(entry, told, row.document, document), result=entry)


@operation(
    "incoming.close",
    label=_("Close without answer"),
    act=KEEP,
    at=_body_of,
    day_label=_("Closed on"),
    fields=[ENTRY, REASON, SEEN],
)
def close(act: Act, *, day, entry, reason, seen):
    entry, row = _current(entry, day)
    _still_open(row)
    # The reason of a secret entry is asked for and not kept.
    value = {"state": IncomingState.CLOSED, "closed_on": day, "reason": "" if row.secret else reason}
    _change(act, entry, row, day, value, cause("set_aside", document=row.document), seen)
    return Outcome(subjects=_told(entry, {"incoming": str(entry)}, row.document), result=entry)


# ── mistakes ─────────────────────────────────────────────────────────────────────────────────────────────


@operation(
    "incoming.reopen",
    label=_("Open an entry again that was closed by mistake"),
    act=KEEP,
    at=_body_of,
    fields=[ENTRY, REASON],
)
def reopen(act: Act, *, day, entry, reason):
    """It was never closed: a correction from the day of closing on."""
    entry = entry_of(entry)
    row = IncomingPaper.objects.filter(entry=entry).order_by("-valid_from").first()
    if row is None or row.state not in (IncomingState.ANSWERED, IncomingState.CLOSED):
        raise WrongState(_("This entry is not closed; look at it again."), field="entry")
    given = row.by_unit_id or row.by_post_id or row.by_person_id
    value = {
        "state": IncomingState.ASSIGNED if given else IncomingState.WAITING, "answer": None,
        "closed_on": None, "reason": "",
    }  # fmt: skip
    correct(IncomingPaper, act, {"entry": entry}, row.period, value, seen=row,
            cause=cause("corrected", text="" if row.secret else reason))  # fmt: skip
    return Outcome(subjects=_told(entry, {"incoming": str(entry)}, row.document), result=entry)


@operation(
    "incoming.correct",
    label=_("Correct what the book says of a paper"),
    act=KEEP,
    at=_body_of,
    help=_("What is left empty stays as it is. The number of the entry cannot change."),
    fields=[
        ENTRY,
        Field("received", "day", _("Received on"), required=False),
        Field("sender", "unit", _("From"), required=False),
        Field("sender_name", "text", _("Sender in words"), required=False),
        Field("symbol", "text", _("Number and symbol"), required=False, most=60),
        Field("kind", "choice", _("Kind"), required=False, choices=kinds),
        Field("paper_day", "day", _("Day of the paper"), required=False),
        Field("title", "text", _("Title"), required=False, most=500),
        REASON,
    ],
)  # fmt: skip
def correct_entry(act: Act, *, day, entry, received, sender, sender_name, symbol, kind, paper_day, title,
                  reason):  # fmt: skip
    """The register was wrong from the beginning: every piece of the entry is told anew."""
    entry = entry_of(entry)
    rows = list(IncomingPaper.objects.filter(entry=entry).order_by("valid_from"))
    if not rows or rows[-1].state == IncomingState.CANCELLED:
        raise WrongState(
            _("This entry was made by mistake and stays so; enter the paper anew."), field="entry"
        )
    first = rows[0]
    given = {"symbol": " ".join(symbol.split()), "kind": kind, "paper_day": paper_day, "title": title}
    said = {name: value for name, value in given.items() if value}
    if sender or sender_name:
        said |= {"sender": sender, "sender_name": sender_name}
    whole = {name: getattr(first, name) for name in (*WORDS, "symbol", "kind", "paper_day", "secret")} | said
    since = received or first.received
    _refuse_day(rows, since, act)
    _refuse_description(whole, since)
    document = first.document
    if document is None or {"symbol", "paper_day", "sender"} & set(said):
        document = (
            _registered(whole["sender"], whole["symbol"], whole["paper_day"]) if not first.secret else None
        )
    _refuse_twice(entry.unit, document, whole, but=entry.pk)
    value = {**said, "received": since, "document": document, "folded": _folded(whole, document)}
    why = cause("corrected", document=document, text="" if first.secret else reason)
    key = {"entry": entry}
    for row in rows:
        correct(IncomingPaper, act, key, row.period, value, cause=why)
    if since != first.received:
        _move_first_day(act, key, first.received, since, why)
    told = {"incoming": str(entry), "paper": whole["symbol"]}
    return Outcome(subjects=_told(entry, told, document), result=entry)


def _refuse_day(rows, since: dt.date, act: Act) -> None:
    """The day of receipt stays in the book's year, and before whatever was done about the paper."""
    if since.year != rows[0].year:
        raise Refusal(
            _("Number %(number)s belongs to the book of %(year)s; mark the entry as a mistake and enter the "
              "paper in the book of the other year.") % {"number": rows[0].number, "year": rows[0].year},
            field="received", code="another_book",
        )  # fmt: skip
    # A mere cut by an earlier correction is no act: it has no cause.
    done = next((row.valid_from for row in rows[1:] if row.begun_by_id), None)
    if since > act.day or (done is not None and since >= done):
        raise Refusal(
            _("By %(day)s the paper was here already; choose an earlier day.")
            % {"day": wording.day(done or act.day)},
            field="received", code="too_late",
        )  # fmt: skip


def _move_first_day(act: Act, key: dict, before: dt.date, since: dt.date, why) -> None:
    if since > before:
        correct(IncomingPaper, act, key, Period(before, since), None, cause=why)
        return
    first = IncomingPaper.objects.filter(**key).order_by("valid_from").first()
    said = {
        one.attname: getattr(first, one.attname)
        for one in IncomingPaper._meta.concrete_fields
        if one.attname not in ("id", "entry_id", "valid_from", "valid_to", "recorded", "retracted", "spell",
                               "begun_by_id", "ended_by_id")
    }  # fmt: skip
    correct(IncomingPaper, act, key, Period(since, before), said, cause=why)


@operation(
    "incoming.cancel",
    label=_("Mark an entry as made by mistake"),
    act=KEEP,
    at=_body_of,
    help=_("The number stays in the book and is not given again."),
    fields=[ENTRY, REASON],
)
def cancel(act: Act, *, day, entry, reason):
    entry = entry_of(entry)
    rows = list(IncomingPaper.objects.filter(entry=entry).order_by("valid_from"))
    if not rows or rows[-1].state == IncomingState.CANCELLED:
        raise WrongState(_("This entry is marked as a mistake already."), field="entry")
    first = rows[0]
    value = {
        "state": IncomingState.CANCELLED, "note": "", "by_unit": None, "by_post": None, "by_person": None,
        "due": None, "answer": None, "closed_on": None, "reason": "" if first.secret else reason,
    }  # fmt: skip
    why = cause("corrected", text="" if first.secret else reason)
    correct(IncomingPaper, act, {"entry": entry}, Period(first.valid_from), value, cause=why)
    for copy in IncomingCopy.objects.filter(entry=entry):
        correct(IncomingCopy, act, {"entry": entry, "unit": copy.unit_id}, copy.period, None, cause=why)
    return Outcome(subjects=_told(entry, {"incoming": str(entry)}, first.document), result=entry)


# ── helpers ──────────────────────────────────────────────────────────────────────────────────────────────


def _current(number: int, day: dt.date) -> tuple[IncomingNumber, IncomingPaper]:
    """The entry and what the book says of it last; what is done about it lies not before that."""
    entry = entry_of(number)
    row = (
        IncomingPaper.objects.filter(entry=entry)
        .select_related("document", "by_post")
        .order_by("-valid_from")
        .first()
    )
    if row is None:
        raise Refusal(
            _("The book has no such entry; open it from the list again."), field="entry", code="no_entry"
        )
    if day < row.valid_from:
        raise Refusal(
            _("The entry was last written on %(day)s; choose that day or a later one.")
            % {"day": wording.day(row.valid_from)},
            field="day", code="too_early",
        )  # fmt: skip
    return entry, row


def _change(act: Act, entry, row, day: dt.date, value: dict, why, seen) -> None:
    if day > act.day:
        raise Refusal(
            _("%(day)s lies in the future; record it when it has happened.") % {"day": wording.day(day)},
            field="day", code="in_the_future",
        )  # fmt: skip
    change(IncomingPaper, act, {"entry": entry}, day, value, cause=why, for_good=True, seen=seen or row)


def _still_open(row: IncomingPaper) -> None:
    if not row.open:
        raise WrongState(
            _("This cannot be done now: the entry is “%(state)s”.") % {"state": row.get_state_display()},
            field="entry",
        )


def _told(entry: IncomingNumber, said: dict, *papers: Document | None) -> list[tuple[tuple[str, Any], dict]]:
    """The journal tells the body and the papers: numbers and symbols only, never a title or a note."""
    said = {name: value for name, value in said.items() if value}
    found = [(("unit", entry.unit_id), {**said, "entry": entry.pk})]
    return found + [
        (("document", paper.pk), {"incoming": str(entry)}) for paper in papers if paper is not None
    ]


# ── what waits to be received ────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Sent:
    """A paper on its way to a body: distributed by its issuer, or copied out of another body's book."""

    day: dt.date
    sender: int | None
    symbol: str
    title: str
    document: Document | None = None
    copy: int | None = None

    @property
    def given(self) -> dict[str, int]:
        """What ``incoming.receive`` takes."""
        if self.copy is not None:
            return {"copy": self.copy}
        return {"document": self.document.pk} if self.document else {}


#: So many are looked through and shown at once; the oldest first.
MOST = 200


def to_receive(unit: Unit, day: dt.date, *, known_at: int | None = None) -> list[Sent]:
    """What was sent to the body by the day and does not stand in its book, the oldest first."""
    sent = PaperDistribution.objects.on(day, known_at=known_at).filter(unit=unit)
    copies = IncomingCopy.objects.on(day, known_at=known_at).filter(unit=unit)
    here = IncomingPaper.objects.on(day, known_at=known_at).filter(unit=unit)
    here = here.exclude(state=IncomingState.CANCELLED)
    papers = here.filter(document__isnull=False).values("document")
    rows = sent.exclude(document__in=papers).select_related("document__issuer")
    found = [
        Sent(row.valid_from, row.document.issuer_id, row.document.symbol,
             "" if row.document.secret else row.document.title, row.document)
        for row in rows.order_by("valid_from", "pk")[:MOST]
    ]  # fmt: skip
    waiting = list(copies.select_related("entry").order_by("valid_from", "pk")[:MOST])
    said = IncomingPaper.objects.on(day, known_at=known_at).filter(
        entry__in=[one.entry_id for one in waiting]
    )
    sources = {row.entry_id: row for row in said.select_related("document__issuer")}
    entered = set(here.filter(symbol__in=[row.symbol for row in said]).values_list("symbol", "paper_day"))
    shown = {one.document.pk for one in found if one.document}
    for copy in waiting:
        source = sources.get(copy.entry_id)
        if source is None or (source.symbol, source.paper_day) in entered or source.document_id in shown:
            continue
        paper = source.document
        title = source.title or ("" if paper is None or paper.secret else paper.title)
        found.append(Sent(copy.valid_from, copy.entry.unit_id, source.symbol, title, paper, copy.pk))
    return sorted(found, key=lambda one: one.day)
