"""This room is for deciding about what was found in a text: accepted, changed, dismissed, taken back.

Whatever writes in a register does it by that register's own act, with the power that act asks for. What was
done is noted at the find, so that it can be undone as it was done.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from orgwork.exchange.texts import comparing
from orgwork.exchange.texts.keeping import ACT, text_of, unit_of
from orgwork.exchange.texts.kept import KeptText, Kind, State, TextFind, plain
from orgwork.exchange.texts.matching import Around, Match, issuer_of, kind_of, matches, symbol_of
from orgwork.foundation import wording
from orgwork.foundation.moments import Act
from orgwork.foundation.refusals import Refusal, Stale
from orgwork.foundation.search import fold
from orgwork.procedures import paper_register, paper_relations, paper_withdrawal, task_proposals
from orgwork.procedures.cases import Outcome
from orgwork.procedures.fields import Field
from orgwork.procedures.operations import operation
from orgwork.registers.documents import Document
from orgwork.registers.paper_relations import PaperRelation
from orgwork.registers.task_proposals import TaskProposal
from orgwork.registers.units import Unit

#: So many finds are accepted by one act; dismissing has no such limit.
AT_ONCE = 200
FIND = Field("find", "number", _("Number of the find"))


def _over(asked) -> Unit:
    """The body of the text that the finds stand in."""
    if asked.get("text"):
        return unit_of(asked["text"])
    numbers = [asked["find"]] if asked.get("find") else asked.get("finds") or []
    row = TextFind.objects.filter(pk__in=numbers[:1]).select_related("text__unit").first()
    return row.text.unit if row is not None else unit_of(None)


def _gone() -> Refusal:
    return Refusal(
        _("There is no find with this number; open the text again."), field="find", code="nothing_there"
    )


def _taken(numbers: Iterable[int], *, states: Iterable[str]) -> list[TextFind]:
    """The finds, locked, all of one text and in one of these states."""
    wanted = sorted({number for number in numbers if 0 < number < 2**62})
    rows = TextFind.objects.select_for_update(no_key=True, of=("self",)).filter(pk__in=wanted)
    found = list(rows.select_related("text__unit").order_by("start", "pk"))
    if not found or len(found) != len(wanted):
        raise _gone()
    if len({row.text_id for row in found}) > 1:
        raise Refusal(_("The finds stand in several texts; decide about one text at a time."), field="finds")
    if any(row.state not in states for row in found):
        raise Stale(_("Somebody has decided about this in the meantime; look at the text again."))
    return found


def _decide(act: Act, row: TextFind, state: State, outcome: dict | None = None) -> None:
    row.state, row.outcome = state, outcome or {}
    row.decided_by, row.decided = (None, None) if state == State.OPEN else (act.actor, act.moment)
    row.save(update_fields=["state", "outcome", "paper", "task", "decided_by", "decided"])


def _told(text: KeptText, count: int, more: Iterable = (), **said) -> list:
    return [(("text", text.pk), {"count": count, **said}), (("unit", text.unit_id), {}), *more]


# ── one at a time, with what a person says of it ─────────────────────────────────────────────────────────


@operation(
    "text.accept_paper",
    label=_("Accept a paper found in a text"),
    act=ACT,
    at=_over,
    help=_("Linked to its entry in the register of papers, or entered there with its relations."),
    fields=[
        FIND,
        Field("paper", "number", _("Entry in the register"), required=False,
              help=_("Its number there; none: it is entered now.")),
        Field("symbol", "text", _("Number and symbol"), required=False, most=60),
        Field("kind", "choice", _("Kind"), required=False, choices=paper_register.kinds),
        Field("issuer", "unit", _("Issued by"), required=False),
        Field("issuer_name", "text", _("Issuer in words"), required=False,
              help=_("Only for an issuer that is not in the register.")),
        Field("paper_day", "day", _("Day of the paper"), required=False),
        Field("title", "text", _("Title"), required=False, most=500),
    ],
)  # fmt: skip
def accept_paper(act: Act, *, day, find, paper, **said):
    (row,) = _taken([find], states=[State.OPEN])
    _of_kind(row, Kind.DOCUMENT)
    around = Around(row.text.unit, row.text.day)
    match = matches([row], row.text, around).get(row.pk, Match())
    entry, new = _entry(act, row, around, match, paper, said)
    return _linked(act, row, entry, new)


@operation(
    "text.accept_task",
    label=_("Accept an instruction found in a text"),
    act=ACT,
    at=_over,
    help=_("Kept among the proposed tasks until a work programme takes it."),
    fields=[
        FIND,
        Field("what", "words", _("What is to be done"), required=False),
        Field("giver", "text", _("Who asks"), required=False, most=300),
        Field("assignee", "unit", _("Who is to do it"), required=False),
        Field("assignee_name", "text", _("Who is to do it, in words"), required=False, most=300),
        Field("due", "text", _("Due"), required=False, most=20,
              help=_("A day such as 2025-06-30, or a year.")),
    ],
)  # fmt: skip
def accept_task(act: Act, *, day, find, **said):
    (row,) = _taken([find], states=[State.OPEN])
    _of_kind(row, Kind.TASK)
    return _kept_task(act, row, said)


@operation(
    "text.accept_figure",
    label=_("Accept a figure found in a text"),
    act=ACT,
    at=_over,
    help=_("What the text states is kept beside what the registers count on that day or in that period."),
    fields=[
        FIND,
        Field("indicator", "choice", _("Figure"), required=False, choices=comparing.indicators),
        Field("unit", "unit", _("Body that is counted"), required=False),
        Field("since", "day", _("First day"), required=False),
        Field("until", "day", _("Day, or last day"), required=False),
    ],
)
def accept_figure(act: Act, *, day, find, indicator, unit, since, until):
    (row,) = _taken([find], states=[State.OPEN])
    _of_kind(row, Kind.FIGURE)
    asked = comparing.asked(row, row.text, indicator=indicator, unit=unit, since=since, until=until)
    return _compared(act, row, asked)


def _of_kind(row: TextFind, kind: Kind) -> None:
    if row.kind != kind:
        raise Refusal(
            _("This find is a %(is)s, not a %(wanted)s; open the text again.")
            % {"is": Kind(row.kind).label, "wanted": kind.label},
            field="find", code="kind",
        )  # fmt: skip


# ── several at once, as they were read ───────────────────────────────────────────────────────────────────


@operation(
    "text.accept",
    label=_("Accept finds of a text as they were read"),
    act=ACT,
    at=_over,
    help=_("What cannot be accepted without being completed stays open, and is said."),
    fields=[Field("finds", "number", _("Numbers of the finds"), many=True)],
)
def accept(act: Act, *, day, finds):
    """``result`` is a pair: how many were accepted, and (find, reason) of those that were not."""
    if len(finds) > AT_ONCE:
        raise Refusal(
            _("At most %(most)s finds can be accepted at once; take fewer.") % {"most": AT_ONCE},
            field="finds", code="too_many",
        )  # fmt: skip
    rows = _taken(finds, states=[State.OPEN])
    text = rows[0].text
    around = Around(text.unit, text.day)
    left: list[tuple[TextFind, Refusal]] = []
    for row in rows:
        try:
            with transaction.atomic():
                _as_read(act, row, around)
        except Refusal as refusal:
            row.refresh_from_db(fields=["state", "paper", "task", "outcome"])
            left.append((row, refusal))
    done = len(rows) - len(left)
    if not done:
        raise left[0][1]
    return Outcome(subjects=_told(text, done), result=(done, left))


def _as_read(act: Act, row: TextFind, around: Around) -> None:
    if row.kind == Kind.DOCUMENT:
        match = matches([row], row.text, around).get(row.pk, Match())
        _linked(act, row, *_entry(act, row, around, match, None, {}))
    elif row.kind == Kind.TASK:
        _kept_task(act, row, {})
    elif row.kind == Kind.FIGURE:
        _compared(act, row, comparing.asked(row, row.text))
    else:
        _decide(act, row, State.ACCEPTED)


# ── papers ───────────────────────────────────────────────────────────────────────────────────────────────


def _entry(act: Act, row: TextFind, around: Around, match: Match, number: int | None, said: dict):
    """The entry of the register, and whether it is entered only now."""
    if number:
        paper = Document.objects.filter(pk=number, secret=False).first() if number < 2**62 else None
        if paper is None:
            raise Refusal(
                _("The register has no such paper; choose one of those shown."), field="paper",
                code="nothing_there",
            )  # fmt: skip
        if row.norm and fold(row.norm) != fold(paper.symbol):
            raise Refusal(
                _("The text cites %(cited)s; the entry is %(entry)s. Choose another, or enter the paper.")
                % {"cited": row.norm, "entry": paper.symbol},
                field="paper", code="another_number",
            )  # fmt: skip
        return paper, False
    changed = plain(said)
    if not changed and match.sure is not None:
        return match.sure, False
    if not changed and len(match.possible) > 1:
        raise Refusal(
            _("Several entries may be %(cited)s; choose one: %(some)s.")
            % {"cited": row.norm, "some": "; ".join(_shown(paper) for paper in match.possible)},
            field="paper", code="several",
        )  # fmt: skip
    symbol = said.get("symbol") or symbol_of(row.said)
    if not symbol:
        raise Refusal(
            _("The text cites no number; complete the entry, or dismiss it."), field="symbol", code="missing"
        )
    issuer, name = said.get("issuer"), said.get("issuer_name") or ""
    if issuer is None and not name:
        meant = issuer_of(row.said, around)
        issuer, name = meant.unit, "" if meant.unit else meant.name
    day = said.get("paper_day") or _day(row.said.get("date"))
    if day is None:
        raise Refusal(
            _("The text does not say of which day %(cited)s is; enter the day.") % {"cited": symbol},
            field="paper_day", code="missing",
        )  # fmt: skip
    before = act.moment
    paper = paper_register.register(
        within=act, day=day, symbol=symbol, kind=said.get("kind") or kind_of(row.said), issuer=issuer,
        issuer_name=name, title=said.get("title") or row.said.get("title") or "", secret=False,
    )  # fmt: skip
    return paper, paper.recorded == before


def _shown(paper: Document) -> str:
    of = paper.issuer.code if paper.issuer else paper.issuer_name
    return f"{paper.symbol} ({wording.day(paper.day) if paper.day else '…'}, {of})"


def _day(said: str | None) -> dt.date | None:
    return dt.date.fromisoformat(said) if said and len(said) == 10 else None


def _linked(act: Act, row: TextFind, paper: Document, new: bool) -> Outcome:
    row.paper = paper
    relations, left = _relate(act, row)
    _decide(
        act, row, State.ACCEPTED,
        plain({"entered": new, "relations": relations, "left": left}),
    )  # fmt: skip
    more = [(("document", paper.pk), {"text": row.text_id})]
    return Outcome(subjects=_told(row.text, 1, more), result=row)


def _relate(act: Act, row: TextFind) -> tuple[list[dict], list[str]]:
    """The relations that the text says of this paper and of one that was accepted before it, both ways."""
    made, left = [], []
    others = row.text.finds.filter(kind=Kind.DOCUMENT, state=State.ACCEPTED, paper__isnull=False)
    accepted = {other.start: other for other in others.exclude(pk=row.pk).select_related("paper")}
    said = [(row, one, accepted.get(one["to"])) for one in row.said.get("rests_on", [])]
    for other in accepted.values():
        said += [(other, one, row) for one in other.said.get("rests_on", []) if one["to"] == row.start]
    for source, one, target in said:
        if target is None or source.paper is None or target.paper is None or source.paper == target.paper:
            continue
        key = {"source": source.paper, "target": target.paper, "kind": one["kind"]}
        if PaperRelation.objects.filter(**key).exists():
            continue
        day = max(filter(None, (source.paper.day, target.paper.day)), default=row.text.day)
        try:
            paper_relations.relate(within=act, day=day, said_at=f"“{one['said'][:180]}”", **key)
        except Refusal as refusal:
            left.append(str(refusal.message))
            continue
        made.append({"source": source.paper_id, "target": target.paper_id, "kind": one["kind"]})
    return made, left


# ── instructions and figures ─────────────────────────────────────────────────────────────────────────────


def _kept_task(act: Act, row: TextFind, said: dict) -> Outcome:
    read, text = row.said, row.text
    assignee, name = said.get("assignee"), said.get("assignee_name") or ""
    task = task_proposals.propose(
        within=act, day=text.day, unit=text.unit, what=(said.get("what") or read.get("what") or row.surface),
        giver=(said.get("giver") or read.get("giver") or "")[:300], assignee=assignee,
        assignee_name=name or ("" if assignee else (read.get("assignee") or "")[:300]),
        due=said.get("due") or _due(read.get("due"), text.day), source=text.title, text=text.pk,
    )  # fmt: skip
    row.task = task.code
    _decide(act, row, State.ACCEPTED)
    return Outcome(subjects=_told(text, 1, task=task.code), result=row)


def _due(said: str | None, day: dt.date) -> str:
    """What was read as due, unless it lies before the text: then it was no day by which to do anything."""
    if not said:
        return ""
    try:
        last, _year = task_proposals.due_day(said)
    except Refusal:
        return ""
    return said if last is not None and last >= day else ""


def _compared(act: Act, row: TextFind, asked: comparing.Asked) -> Outcome:
    found = comparing.compared(asked, row, act.actor, now=act.day, cleared=act.cleared)
    _decide(act, row, State.ACCEPTED, found)
    return Outcome(subjects=_told(row.text, 1), result=row)


# ── dismissed, and opened again ──────────────────────────────────────────────────────────────────────────


@operation(
    "text.dismiss",
    label=_("Dismiss finds of a text"),
    act=ACT,
    at=_over,
    help=_("They are not proposed again for this text, whatever rules read it later."),
    fields=[
        Field("finds", "number", _("Numbers of the finds"), many=True, required=False),
        Field("text", "number", _("Number of the kept text"), required=False,
              help=_("With it all open finds of the kind are dismissed.")),
        Field("kind", "choice", _("Kind"), required=False, choices=lambda: Kind.choices),
    ],
)  # fmt: skip
def dismiss(act: Act, *, day, finds, text, kind):
    if text:
        kept = text_of(text)
        wanted = TextFind.objects.filter(text=kept, state=State.OPEN)
        rows = wanted.filter(kind=kind) if kind else wanted
    elif finds:
        taken = _taken(finds, states=[State.OPEN])
        kept, rows = taken[0].text, TextFind.objects.filter(pk__in=[row.pk for row in taken])
    else:
        raise Refusal(_("Choose what is to be dismissed."), field="finds", code="missing")
    count = rows.filter(state=State.OPEN).update(
        state=State.DISMISSED, outcome={}, decided_by=act.actor, decided=act.moment
    )
    return Outcome(subjects=_told(kept, count) if count else [], result=count)


@operation(
    "text.reopen",
    label=_("Open finds of a text again"),
    act=ACT,
    at=_over,
    help=_("What was accepted is undone: relations and tasks are taken back, an entry is withdrawn."),
    fields=[Field("finds", "number", _("Numbers of the finds"), many=True)],
)
def reopen(act: Act, *, day, finds):
    rows = _taken(finds, states=[State.ACCEPTED, State.DISMISSED])
    for row in rows:
        if row.state == State.ACCEPTED:
            UNDO.get(row.kind, _nothing)(act, row)
        row.paper, row.task = None, ""
        _decide(act, row, State.OPEN)
    return Outcome(subjects=_told(rows[0].text, len(rows)), result=len(rows))


def _nothing(act: Act, row: TextFind) -> None:
    """Nothing was written but the comparison or the note at the find itself."""


def _undo_paper(act: Act, row: TextFind) -> None:
    reason = str(_("Accepted from a text by mistake"))
    for one in row.outcome.get("relations", []):
        held = PaperRelation.objects.filter(**one).select_related("source", "target").first()
        if held is not None:
            paper_relations.unrelate(
                within=act, day=act.day, source=held.source, kind=held.kind, target=held.target, reason=reason
            )
    others = TextFind.objects.filter(paper=row.paper, state=State.ACCEPTED).exclude(pk=row.pk)
    heir = others.order_by("text_id", "start").first()
    if not row.outcome.get("entered") or row.paper is None:
        return
    if heir is not None:
        # Another find rests on the entry: it stays, and goes when that one is taken back.
        heir.outcome = {**heir.outcome, "entered": True}
        heir.save(update_fields=["outcome"])
        return
    paper = row.paper
    row.paper = None
    row.save(update_fields=["paper"])
    try:
        paper_withdrawal.withdraw(within=act, day=act.day, paper=paper, reason=reason)
    except Refusal as refusal:
        if refusal.code != "rests_on_it":
            raise  # who may not withdraw an entry does not undo the acceptance that made it


def _undo_task(act: Act, row: TextFind) -> None:
    held = TaskProposal.objects.filter(code=row.task).first()
    if held is not None:
        reason = str(_("Accepted from a text by mistake"))
        task_proposals.take_back(within=act, day=act.day, task=held.pk, reason=reason)


UNDO: dict[str, Callable[[Act, TextFind], None]] = {Kind.DOCUMENT: _undo_paper, Kind.TASK: _undo_task}
