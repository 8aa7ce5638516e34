"""This room is for the figures of cases: what is under way and what is late.

Cases are not dated rows: what was known of them on a day follows from the moments of their steps. They
count at the body that was responsible for them on the day, and at its custodian when that body has ended.
"""

from __future__ import annotations

import datetime as dt

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from orgwork.foundation.journal import Entry
from orgwork.procedures.cases import Case, CaseStep, Procedure, placed, running
from orgwork.registers.figures import STOCK, Indicator, add


def under_way(procedure: str, day: dt.date, known_at: int | None):
    """Cases of the procedure opened by the day and not closed on it, as known at the moment."""
    final = sorted(Procedure.known[procedure].final) if procedure in Procedure.known else []
    closing = CaseStep.objects.filter(case=OuterRef("pk"), target__in=final, day__lte=day)
    opening = Entry.objects.filter(case=OuterRef("pk"))
    found = Case.objects.filter(procedure=procedure, opened_on__lte=day)
    if known_at is not None:
        closing = closing.filter(moment__lt=known_at)
        found = found.filter(Exists(opening.filter(moment__lt=known_at)))
    return placed(found.exclude(Exists(closing)), day, known_at=known_at)


def _transfers(day, *, known_at):
    return under_way("transfer", day, known_at)


def _admissions(day, *, known_at):
    return under_way("admission", day, known_at)


def _overdue(day, *, known_at):
    late = running(day, known_at=known_at).filter(case=OuterRef("pk"), due__lt=day)
    return _transfers(day, known_at=known_at).filter(Exists(late))


for _code, _label, _text, _records in (
    (
        "admissions.under_way", _("Admissions under way"),
        _("Admission cases opened by that day and not yet closed, at the body responsible for them."),
        _admissions,
    ),
    (
        "transfers.under_way", _("Transfers under way"),
        _("Transfer cases opened by that day and not yet closed, at the body responsible for them."),
        _transfers,
    ),
    (
        "transfers.overdue", _("Transfers overdue"),
        _("Transfer cases under way with a deadline that passed before that day and was not met."), _overdue,
    ),
):  # fmt: skip
    add(
        Indicator(
            _code, _label, _text, "cases", STOCK, _records,
            gettext_noop("QĐ 294-QĐ/TW: transfers of membership"), unit="home", custody=True, subject="case",
            key="pk",
        )
    )  # fmt: skip
