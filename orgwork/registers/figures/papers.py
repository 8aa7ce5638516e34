"""This room is for the figures of incoming papers and of acquaintance with papers.

An incoming paper belongs to the body whose book it stands in; when that body has ended, what is open
counts at its custodian. Acquaintance is counted by body and paper; the entries say how many people.
"""

from __future__ import annotations

from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from orgwork.registers.acquaintance import Acquaintance
from orgwork.registers.incoming import IncomingPaper, IncomingState, open_entries

from .base import FLOW, STOCK, Indicator, add

BOOKS = gettext_noop("QĐ 66-QĐ/TW (2017); practice of offices")
STUDY = gettext_noop("QĐ 204-QĐ/TW, QĐ 339-QĐ/TW; practice of committees")


def _open(day, *, known_at):
    return open_entries(day, known_at=known_at)


def _overdue(day, *, known_at):
    return open_entries(day, known_at=known_at).filter(due__lt=day)


def _begun(period, known_at):
    rows = IncomingPaper.objects.at(known_at).filter(valid_from__gte=period.start)
    return rows if period.end is None else rows.filter(valid_from__lt=period.end)


def _received(period, *, known_at):
    return _begun(period, known_at).filter(valid_from=F("received")).exclude(state=IncomingState.CANCELLED)


def _answered(period, *, known_at):
    return _begun(period, known_at).filter(valid_from=F("closed_on"), state=IncomingState.ANSWERED)


def _studied(day, *, known_at):
    """The first entry of each body and paper."""
    rows = Acquaintance.objects.on(day, known_at=known_at)
    same = rows.filter(document=OuterRef("document"), unit=OuterRef("unit"))
    earlier = same.filter(Q(held__lt=OuterRef("held")) | Q(held=OuterRef("held"), pk__lt=OuterRef("pk")))
    return rows.filter(~Exists(earlier))


def _sessions(period, *, known_at):
    rows = Acquaintance.objects.at(known_at).filter(valid_from__gte=period.start)
    return rows if period.end is None else rows.filter(valid_from__lt=period.end)


def _of_paper(value: str) -> Q:
    return Q(document=int(value)) if value.isascii() and value.isdigit() and len(value) < 19 else Q(pk__in=[])


for _code, _label, _text, _kind, _records in (
    ("incoming.received", _("Incoming papers received"),
     _("Papers entered in the books of incoming papers that came in the period; entries made by mistake are "
       "not counted."), FLOW, _received),
    ("incoming.answered", _("Incoming papers answered"),
     _("Incoming papers for which an outgoing paper was recorded as the answer in the period."), FLOW,
     _answered),
    ("incoming.open", _("Incoming papers to be dealt with"),
     _("Incoming papers received by that day that wait for the head's note or for an answer."), STOCK, _open),
    ("incoming.overdue", _("Incoming papers overdue"),
     _("Incoming papers to be dealt with whose day for the answer passed before that day."), STOCK, _overdue),
):  # fmt: skip
    add(Indicator(
        _code, _label, _text, "papers", _kind, _records, BOOKS, unit="unit", person=None, subject="incoming",
        judged="start" if _kind == FLOW else "day", custody=_kind == STOCK,
    ))  # fmt: skip

add(Indicator(
    "acquaintance.bodies", _("Bodies that studied papers"),
    _("Bodies that made their members acquainted with a paper by that day; each body and paper counts once."),
    "bodies", STOCK, _studied, STUDY, person=None, subject="study", options={"paper": _of_paper},
))  # fmt: skip
add(Indicator(
    "acquaintance.sessions", _("Studies of papers held"),
    _("Entries on acquaintance with papers held in the period, each with its numbers of people."),
    "sessions", FLOW, _sessions, STUDY, person=None, judged="start", subject="study",
    options={"paper": _of_paper},
))  # fmt: skip
