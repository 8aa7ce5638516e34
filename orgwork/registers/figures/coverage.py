"""This room is for the figure of what became of papers: which bodies issued what puts them into effect."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from orgwork.registers.documents import Document
from orgwork.registers.paper_relations import PaperRelation, carrying, first_links

from .base import STOCK, Indicator, When, add


def _implementing(day, *, known_at):
    """What puts a paper into effect directly: of each paper and body the first paper only."""
    rows = PaperRelation.objects.on(day, known_at=known_at)
    rows = rows.filter(kind__in=carrying(), source__issuer__isnull=False, source__day__lte=day)
    same = PaperRelation.objects.on(day, known_at=known_at).filter(
        kind__in=carrying(), target=OuterRef("target"), source__issuer=OuterRef("source__issuer")
    )
    earlier = same.filter(
        Q(source__day__lt=OuterRef("source__day"))
        | Q(source__day=OuterRef("source__day"), pk__lt=OuterRef("pk"))
    )
    return rows.filter(~Exists(earlier))


@dataclass(frozen=True)
class Coverage(Indicator):
    """Of one paper what was issued however far down counts, each body once; else only what is direct."""

    def asked(self, when: When, *, known_at: int | None = None, **options):
        paper = options.pop("paper", None)
        if paper in (None, ""):
            return super().asked(when, known_at=known_at, **options)
        known = Document.objects.filter(pk=_number(str(paper))).first()
        day = when if isinstance(when, dt.date) else when.start
        links = first_links(known, day, known_at=known_at) if known else []
        rows = PaperRelation.objects.on(day, known_at=known_at)
        return rows.filter(pk__in=[link.relation.pk for link in links])


def _number(value: str) -> int:
    return int(value) if value.isascii() and value.isdigit() and len(value) < 19 else 0


add(Coverage(
    "papers.implementing", _("Bodies that put papers into effect"),
    _("Bodies that had issued, by that day, a paper that implements another or gives guidance on it; each "
      "body counts once for each paper it puts into effect. With a paper named: the bodies that put that "
      "paper into effect, directly or through others. It opens to the first paper of each body, with "
      "the days after the paper on which it rests."),
    "bodies", STOCK, _implementing, gettext_noop("HD 36-HD/VPTW; QĐ 66-QĐ/TW (2017)"),
    unit="source__issuer", person=None, subject="issued", options={"paper": lambda value: Q()},
))  # fmt: skip
