"""This room is for what the waiting room of sheets records about people (see registers/person_tables.py)."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

from django.conf import settings
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from orgwork.foundation.search import fold
from orgwork.procedures import retention
from orgwork.registers.people import PersonName
from orgwork.registers.person_tables import STAY, about_nobody, about_people

from .sheets.imports import Import, ImportRow, Layout
from .texts.kept import KeptText, TextFind


def _names(people) -> set[str]:
    rows = PersonName.versions.filter(person__in=people).exclude(full="")
    return {fold(name) for name in rows.values_list("full", flat=True)}


def rows_about(people):
    """Rows whose cells name somebody: a row waits before anybody is known by a number, so words decide."""
    names = _names(people)
    if not names:
        return ImportRow.objects.none()
    found = [
        row.pk
        for row in ImportRow.objects.only("cells", "before").iterator()
        if any(name in _said(row) for name in names)
    ]
    return ImportRow.objects.filter(pk__in=found)


def _said(row: ImportRow) -> str:
    return fold(" ".join(json.dumps(part, ensure_ascii=False) for part in (row.cells, row.before)))


def sheets_about(people):
    """Sheets the person brought, and those that hold a row about them: file and samples go whole."""
    return Import.objects.filter(
        Q(created_by__holder__person__in=people) | Q(pk__in=rows_about(people).values("sheet"))
    ).distinct()


def _file_gone(sheet: Import) -> str:
    """The sheet as it was brought goes from the disk with the row that names it."""
    if sheet.file:
        path = Path(sheet.file).resolve()
        if path.is_relative_to(Path(settings.MEDIA_ROOT).parent.resolve()):
            path.unlink(missing_ok=True)
    return ""


about_people(
    ImportRow, _("Rows of sheets"), rows=rows_about, activity="sheets", act="takeover.run",
    emptied={"cells": {}, "remarks": [], "answers": {}, "before": {}}, codes=("outcome", "refs"),
    merge=STAY, shown=("sheet", "number", "cells", "outcome", "remarks", "answers", "before"),
    retention=("retention.sheets_months",),
)  # fmt: skip
about_people(
    Import, _("Sheets brought"), rows=sheets_about, activity="sheets", act="takeover.run",
    emptied={"file": _file_gone, "name": "", "samples": [], "message": "", "notes": [], "options": {}},
    codes=("code", "kind", "sheet", "state", "door", "headings", "mapping", "counts"), merge=STAY,
    shown=("kind", "name", "state", "created_at", "message", "samples", "notes", "options"),
    covered={"file": _("a place on the disk")}, retention=("retention.sheets_months",),
)  # fmt: skip
about_nobody(Layout, "headings of sheets")


def texts_about(people):
    """Texts the person brought, and those that name somebody: a text goes whole, with all its finds."""
    names = _names(people)
    found = [
        row.pk
        for row in KeptText.objects.filter(forgotten_at=None).only("text").iterator(chunk_size=20)
        if names and (said := fold(row.text)) and any(name in said for name in names)
    ]
    return KeptText.objects.filter(Q(kept_by__holder__person__in=people) | Q(pk__in=found)).distinct()


def finds_about(people):
    return TextFind.objects.filter(text__in=texts_about(people))


about_people(
    KeptText, _("Texts kept"), rows=texts_about, activity="texts", act="text.read",
    emptied={"text": "", "title": "", "file_name": ""}, merge=STAY,
    codes=("language", "checksum", "file_checksum", "read_with"),
    shown=("unit", "title", "day", "kept_at", "text", "file_name"),
    retention=("retention.texts_months",),
)  # fmt: skip
about_people(
    TextFind, _("What was found in texts"), rows=finds_about, activity="texts", act="text.read",
    emptied={"norm": lambda row: f"#{row.pk}", "said": {}, "outcome": {}}, merge=STAY,
    codes=("kind", "state", "task"), shown=("text", "kind", "norm", "state", "outcome"),
    covered={"said": _("what stands in the text at that place")}, retention=("retention.texts_months",),
)  # fmt: skip


SHEETS = "retention.sheets_months"


def _old_sheets(day):
    limit = timezone.make_aware(dt.datetime.combine(retention.before(day, SHEETS), dt.time()))
    for sheet in Import.objects.filter(created_at__lt=limit, forgotten_at__isnull=True).order_by("pk"):
        brought = timezone.localtime(sheet.created_at).date()
        yield retention.Due(SHEETS, retention.due_since(brought, day, SHEETS), ident=sheet.pk)


def _forget_sheet(act, due):
    """Contents go; what was applied stands in the registers and the journal."""
    for sheet in Import.objects.filter(pk=due.ident):
        _file_gone(sheet)
        sheet.rows.update(cells={}, remarks=[], answers={}, before={})
        Import.objects.filter(pk=sheet.pk).update(
            file="", name="", headings=[], samples=[], notes=[], message="", forgotten_at=act.at
        )


retention.rule(SHEETS, _forget_sheet)(_old_sheets)

TEXTS = "retention.texts_months"


def _old_texts(day):
    limit = timezone.make_aware(dt.datetime.combine(retention.before(day, TEXTS), dt.time()))
    for text in KeptText.objects.filter(kept_at__lt=limit, forgotten_at__isnull=True).order_by("pk"):
        brought = timezone.localtime(text.kept_at).date()
        yield retention.Due(TEXTS, retention.due_since(brought, day, TEXTS), ident=text.pk)


def _forget_text(act, due):
    """Text and finds go; papers, tasks and relations that came of them stand in their registers."""
    for text in KeptText.objects.filter(pk=due.ident):
        text.finds.all().delete()
        KeptText.objects.filter(pk=text.pk).update(text="", title="", file_name="", forgotten_at=act.at)


retention.rule(TEXTS, _forget_text)(_old_texts)
