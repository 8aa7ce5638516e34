"""This room is for the number series of the demo's papers: terms of office, series and their books."""

import datetime as dt

from orgwork.foundation import provisions
from orgwork.registers.numbering import NumberSeries, SeriesBook, TermOfOffice

from .papers import TERMS

YEARS = 5
#: Of these kinds the story numbers every paper, so that the books of the running term are complete.
COMPLETE = ("decision",)


class Numbers:
    """The series of every paper of the story, by the term in which its day lies."""

    def __init__(self, story, unit, day):
        self.story, self.unit, self.day = story, unit, day
        self.tiers = {}
        self.ids = {}

    def key(self, paper):
        """(issuer, kind, first day) of the paper's series; none for a paper of an issuer elsewhere."""
        if paper.issuer is None or paper.number is None or not paper.kind:
            return None
        if paper.issuer not in self.tiers:
            self.tiers[paper.issuer] = self.story.papers.sign(paper.issuer)[1]
        on, began = self.day[paper.day], self.day[TERMS[self.tiers[paper.issuer]]]
        by_year = provisions.on(on)["letters.numbered_by_year"].value
        if paper.kind == "letter_of_introduction" and by_year:
            since = dt.date(on.year, 1, 1)
        else:
            since = began if on >= began else began.replace(year=began.year - YEARS)
        return paper.issuer, paper.kind, since

    def write(self, take, recorded):
        """Series and books, and the terms of every body that issued a paper."""
        keys = sorted({key for paper in self.story.papers.papers if (key := self.key(paper))})
        self.ids = dict(zip(keys, take.ids(NumberSeries, len(keys)), strict=True))
        unit = self.unit
        take.rows(
            NumberSeries, ("id", "issuer", "kind", "opened_on", "recorded"),
            ((ident, unit[who], kind, since, recorded) for (who, kind, since), ident in self.ids.items()),
        )  # fmt: skip
        take.plain_facts(
            SeriesBook, ("series", "kept_from"),
            (
                (since, None, recorded, None, None, None, ident, self._complete(issuer, kind, since))
                for (issuer, kind, since), ident in self.ids.items()
            ),
        )  # fmt: skip
        take.plain_facts(TermOfOffice, ("unit", "name"), self._terms(recorded))

    def _complete(self, issuer, kind, since):
        """The story begins in the middle of a term: what was numbered before is not in this register.

        Of the province's own decisions it tells a few: the reports cite one with the number 1046.
        """
        tier = self.tiers[issuer]
        return 1 if kind in COMPLETE and tier != "province" and since == self.day[TERMS[tier]] else None

    def _terms(self, recorded):
        for issuer, tier in sorted(self.tiers.items()):
            began = self.day[TERMS[tier]]
            for since, until in ((began.replace(year=began.year - YEARS), began), (began, None)):
                name = f"{since.year}–{since.year + YEARS}"
                yield since, until, recorded, None, None, None, self.unit[issuer], name
