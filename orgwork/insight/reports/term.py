"""This room is for the term report of a body: what became of its members, villages, firms and cells.

It says what report 001 of the province says, in four languages, and every number in it is counted.
"""

from __future__ import annotations

import datetime as dt

from django.utils import translation
from django.utils.translation import gettext as _

from orgwork.foundation import wording
from orgwork.foundation.dates import DAY, Period
from orgwork.insight import frame
from orgwork.registers import figures
from orgwork.registers.units import Unit, names_of

from .parts import ABOUT, NUMBER, OVER_PERCENT, SHARE, SIZE, YEARLY, Counter, Report, Section, Sentence, Table

KIND = "term"
LANGUAGES = ("vi", "en", "de", "ru")


def build(
    unit, period: Period, *, known_at=None, language: str | None = None, counted: frame.Counted | None = None
) -> Report:
    """The report of the body over the period, both days included, in one language, at one moment.

    Figures ``counted`` at that moment are not counted again.
    """
    unit, at = frame.find_unit(unit), frame.known(known_at)
    language = wording.language_in_use(language)
    with translation.override(language):
        made = _Made(unit, period, at, language, counted)
        sections = [made.members(), made.villages(), made.firms(), made.bodies(), made.under_way()]
        sections.append(Section(_("What the figures mean"), [made.count.terms(period.last)]))
        return Report(
            KIND, unit, period, language,
            _("Term report: %(body)s") % {"body": made.body},
            _("%(first)s to %(last)s, as known on %(known)s. Every figure opens to its records.")
            % {"first": made.first, "last": made.last, "known": wording.day(_local(at), style="long")},
            sections, at,
        )  # fmt: skip


def _local(known: frame.Known) -> dt.date:
    from django.utils import timezone

    return timezone.localtime(known.at).date()


class _Made:
    """The sections, made in the order in which they are read."""

    def __init__(self, unit: Unit, period: Period, known: frame.Known, language: str, counted=None):
        self.unit, self.period, self.known = unit, period, known
        self.count = Counter(unit, known, language, counted)
        self.day = period.last
        self.body = names_of([unit], self.day, known_at=known.moment).get(unit.pk, unit.code)
        self.first = wording.day(period.start, style="long")
        self.last = wording.day(self.day, style="long")

    # -- members

    def members(self) -> Section:
        slot, period = self.count.slot, self.period
        words = {
            "first": self.first,
            "last": self.last,
            "before": wording.day(period.start - DAY, style="long"),
        }
        admitted = Sentence(
            _("From %(first)s to %(last)s %(admitted)s members were admitted, on average %(per_year)s a year;"
              " that is %(rate)s of all members a year."),
            {
                "admitted": slot("members.admitted", period),
                "per_year": slot("members.admitted_per_year", period, ABOUT),
                "rate": slot("members.admission_rate", period, OVER_PERCENT),
            },
            words,
        )  # fmt: skip
        stock = Sentence(
            _("On %(last)s the party organisation had %(stock)s members, %(probationary)s of them on"
              " probation; on %(before)s it had %(opening)s."),
            {
                "stock": slot("members.stock", self.day),
                "probationary": slot("members.probationary", self.day),
                "opening": slot("members.stock", period.start - DAY, name="members.opening"),
            },
            words,
        )  # fmt: skip
        blocks = [admitted, stock, self.course(), self.apart(), self.by_groups(), self.by_body()]
        return Section(
            _("Members"), [block for block in blocks if not isinstance(block, Table) or block.lines]
        )

    def course(self) -> Table:
        """Opening + increases − decreases = closing, each line a figure."""
        opening = self.count.slot("members.stock", self.period.start - DAY, name="members.opening")
        lines = [(_("Members on the day before"), [opening])]
        for codes, sign in ((figures.INCREASES, "+"), (figures.DECREASES, "−")):
            for code in codes:
                slot = self.count.slot(code, self.period)
                if slot.value or code in ("members.admitted", "members.readmitted"):
                    lines.append((f"{sign} {figures.get(code).label}", [slot]))
        closing = self.count.slot("members.stock", self.day)
        lines.append((_("Members on the last day"), [closing]))
        return Table(_("Increase and decrease"), [_("Members")], lines)

    def apart(self) -> Table:
        """Members who are counted, but shown apart: as many as there are of each sort."""
        codes = ("members.exempt", "members.elsewhere", "members.suspended", "members.missing")
        slots = [self.count.slot(code, self.day) for code in codes]
        lines = [(str(figures.get(slot.code).label), [slot]) for slot in slots if slot.value]
        return Table(_("Of them, on the last day"), [_("Members")], lines)

    def by_groups(self) -> Table:
        """New members and all members by sex and age band."""
        lines = []
        asked = {"members.admitted": self.period, "members.stock": self.day}
        for by in ("sex", "age"):
            counted = {
                code: frame.breakdown(
                    code, self.unit, by, known_at=self.known,
                    **({"on": when} if isinstance(when, dt.date) else {"period": when}),
                )
                for code, when in asked.items()
            }  # fmt: skip
            for group, label in figures.get("members.stock").breakdown(by).groups(self.day):
                values = {code: counted[code].get((group,), 0) for code in asked}
                if any(values.values()):
                    line = [
                        self.count.made(code, self.unit.code, when, values[code], **{by: group})
                        for code, when in asked.items()
                    ]
                    lines.append((str(label), line))
        return Table(
            _("By sex and age"), [_("Admitted"), _("Members")], lines,
            _("Age is reckoned on %(last)s.") % {"last": self.last},
        )  # fmt: skip

    def by_body(self) -> Table:
        """Each party organisation and cell directly below: members, admitted, a year, share."""
        columns = (
            ("members.stock", self.day, NUMBER), ("members.admitted", self.period, NUMBER),
            ("members.admitted_per_year", self.period, YEARLY),
            ("members.admission_rate", self.period, SHARE),
        )  # fmt: skip
        counted = {
            code: frame.by_children(
                code, self.unit, known_at=self.known,
                **({"on": when} if isinstance(when, dt.date) else {"period": when}),
            )
            for code, when, _style in columns
        }  # fmt: skip
        below = list(counted["members.stock"])
        names = names_of(below, self.day, known_at=self.known.moment)
        codes = dict(Unit.objects.filter(pk__in=below).values_list("pk", "code"))
        lines = [
            (
                names.get(body) or codes[body],
                [
                    self.count.made(code, codes[body], when, counted[code][body], style)
                    for code, when, style in columns
                ],
            )
            for body in below
            if any(counted[code][body] for code, _when, _style in columns)
        ]  # fmt: skip
        heads = [_("Members"), _("Admitted"), _("a year"), _("% of members a year")]
        return Table(_("By body"), heads, lines)

    # -- villages and firms

    def villages(self) -> Section:
        slot, day = self.count.slot, self.day
        total, served = slot("villages.total", day), slot("villages.with_organisation", day)
        peopled = slot("villages.with_members", day)
        slots = {"total": total, "with_organisation": served, "with_members": peopled}
        if total.value and total.value == served.value == peopled.value:
            text = _("All villages have party organisations (%(with_organisation)s of %(total)s) and members"
                     " (%(with_members)s of %(total)s).")  # fmt: skip
        else:
            text = _("%(with_organisation)s of %(total)s villages have a party organisation, %(with_members)s"
                     " of %(total)s have members.")  # fmt: skip
        heads = Sentence(
            _(
                "%(heads_members)s of %(heads)s heads of villages, hamlets and residential groups are"
                " members."
            ),
            {"heads_members": slot("villages.heads_members", day), "heads": slot("villages.heads", day)},
        )
        return Section(_("Villages and residential groups"), [heads, Sentence(text, slots)])

    def firms(self) -> Section:
        change = self.count.slot("firms.with_organisation_change", self.period, SIZE)
        slots = {"firms": self.count.slot("firms.with_organisation", self.day), "change": change}
        if (change.value or 0) > 0:
            text = _("%(firms)s private firms have a party organisation, %(change)s more than on %(first)s.")
        elif (change.value or 0) < 0:
            text = _("%(firms)s private firms have a party organisation, %(change)s fewer than on %(first)s.")
        else:
            text = _(
                "%(firms)s private firms have a party organisation, as many as on %(first)s (change:"
                " %(change)s)."
            )
        return Section(_("Private firms"), [Sentence(text, slots, {"first": self.first})])

    # -- bodies, and what is under way

    def bodies(self) -> Section:
        slot, day = self.count.slot, self.day
        text = Sentence(
            _("There are %(bodies)s party organisations and cells, %(cells)s of them cells. %(small)s cells"
              " have fewer full members than a cell must have; %(large)s grassroots cells have so many"
              " members that they are to become party organisations."),
            {
                "bodies": slot("bodies.count", day),
                "cells": slot("bodies.count", day, counted_as="cell"),
                "small": slot("cells.below_three", day),
                "large": slot("bodies.over_thirty", day),
            },
        )  # fmt: skip
        counted = frame.breakdown("bodies.count", self.unit, "kind", on=day, known_at=self.known)
        labels = dict(figures.get("bodies.count").breakdown("kind").groups(day))
        lines = [
            (labels[kind], [self.count.made("bodies.count", self.unit.code, day, number, kind=kind)])
            for (kind,), number in sorted(counted.items(), key=lambda item: list(labels).index(item[0][0]))
        ]
        return Section(
            _("Party organisations and cells"),
            [text, Table(_("By kind"), [_("Party organisations and cells")], lines)],
        )

    def under_way(self) -> Section:
        slot, day = self.count.slot, self.day
        return Section(_("Under way"), [Sentence(
            _("On %(last)s %(transfers)s transfers were under way, %(overdue)s of them past their deadline."
              " The probation of %(due)s members had ended and their recognition was due."),
            {
                "transfers": slot("transfers.under_way", day),
                "overdue": slot("transfers.overdue", day),
                "due": slot("probation.due", day),
            },
            {"last": self.last},
        )])  # fmt: skip
