"""This room is for papers on their way into the register: found again when known, no number given twice."""

from __future__ import annotations

import datetime as dt
import re
import zlib

from django.db import connection
from django.utils.translation import gettext_lazy as _

from orgwork.foundation import provisions, wording
from orgwork.foundation.moments import Act
from orgwork.foundation.refusals import Refusal
from orgwork.foundation.rows import Statement, insert_row, together
from orgwork.foundation.search import fold
from orgwork.registers.documents import Document
from orgwork.registers.units import Unit

#: PostgreSQL advisory locks of the number series, one for each issuer; taken after tree, bodies and persons.
SERIES = 79
LEADING_NUMBER = re.compile(r"\s*(\d{1,6})\b")


def register_paper(
    act: Act, *, symbol: str, day: dt.date | None, kind: str = "", issuer: Unit | None = None,
    issuer_name: str = "", title: str = "", number: int | None = None, secret: bool = False,
    field: str = "document",
) -> Document:  # fmt: skip
    """The paper of that number and symbol, issuer and day: found if registered already, else registered.

    The number of another paper of the same issuer, kind and year is refused: an issuer counts each kind
    through its term (domain §2.3), and until congresses are recorded the year stands for the term.
    """
    symbol = " ".join(symbol.split())
    _refuse_incomplete(symbol, day, kind, issuer, issuer_name, title, field)
    # Of a secret paper only number, kind and day are ever stored.
    title = "" if secret else title
    for known in _namesakes(symbol, day, issuer, issuer_name):
        if known.day == day and (not kind or not known.kind or known.kind == kind):
            return known
        if known.kind == kind and day and known.day and known.day.year == day.year:
            raise Refusal(
                _("Number %(symbol)s of this issuer is already taken by the paper of %(day)s (%(title)s); "
                  "look at number and day again.")
                % {"symbol": symbol, "day": wording.day(known.day), "title": known.title or "…"},
                field=field, code="number_taken", citation="HD 36-HD/VPTW",
            )  # fmt: skip
    paper = Document(
        number=number if number is not None else number_in(symbol), symbol=symbol, kind=kind, issuer=issuer,
        issuer_name=issuer_name, day=day, title=title, secret=secret, folded=fold(f"{symbol} {title}"),
        recorded=act.moment,
    )  # fmt: skip
    return insert_row(paper)


def number_in(symbol: str) -> int | None:
    """214 of “214-QĐ/HU”."""
    found = LEADING_NUMBER.match(symbol)
    return int(found[1]) if found else None


def shown(document: Document | None) -> str:
    """How a paper is named in the journal's content: number and symbol, never its title."""
    return document.symbol if document else ""


def _refuse_incomplete(symbol, day, kind, issuer, issuer_name, title, field):
    if not symbol:
        message = _("Enter number and symbol of the paper, such as 214-QĐ/HU.")
        raise Refusal(message, field=field, code="missing")
    if day is None:
        raise Refusal(_("Enter the day of the paper."), field=field, code="missing")
    if issuer is None and not issuer_name:
        message = _("Say who issued the paper: a body of the register, or its name in words.")
        raise Refusal(message, field=field, code="missing")
    if len(symbol) > 60 or len(issuer_name) > 200 or len(title) > 500:
        message = _("Number and symbol have at most 60 letters, the issuer 200, the title 500.")
        raise Refusal(message, field=field, code="too_long")
    if kind and kind not in provisions.documents():
        unknown = _("“%(kind)s” is no kind of paper; choose one of the list.") % {"kind": kind}
        raise Refusal(unknown, field=field, code="kind")


def lock_series(issuer: Unit | None) -> None:
    """Whoever draws the next number of a series looks only under its lock."""
    together(_locking_series(issuer))


def _locking_series(issuer) -> list[Statement]:
    """Two writers may not find the same number free at once."""
    if issuer is None or connection.vendor != "postgresql":
        return []
    key = zlib.crc32(str(issuer.pk).encode()) & 0x7FFFFFFF
    return [("SELECT pg_advisory_xact_lock(%s, %s)", [SERIES, key])]


def _namesakes(symbol, day, issuer, issuer_name):
    """Papers of that number and symbol and that issuer; mostly there is none, which one look says.

    The lock on the issuer's numbers is taken before the look and held to the end.
    """
    by = ("issuer_id = %s", issuer.pk) if issuer else ("issuer_id IS NULL AND issuer_name = %s", issuer_name)
    look = f"SELECT id FROM registers_document WHERE symbol = %s AND {by[0]} LIMIT 50"  # noqa: S608
    *_locked, found = together([*_locking_series(issuer), (look, [symbol, by[1]])])
    return Document.objects.filter(pk__in=[row[0] for row in found]).order_by("-day") if found else ()
