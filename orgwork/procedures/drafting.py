"""This room is for the life of a draft: from the first text to the numbered paper, sent out.

Domain §2.5: drafting → opinions of bodies → appraisal of form → submission → decision → signature →
registration → distribution. Nothing is skipped: what a kind of paper takes is a provision. With whom a draft
lies, since when and until when, are records of its case. Secret papers are never drafted here: of them only
number, kind and day are kept.
"""

from __future__ import annotations

import datetime as dt

from django.utils.translation import gettext_lazy as _

from orgwork.foundation import catalogues, provisions, wording
from orgwork.foundation.dates import begin, change
from orgwork.foundation.moments import Act
from orgwork.foundation.refusals import Refusal, WrongState
from orgwork.foundation.rows import insert_row
from orgwork.registers.documents import Document, DocumentText
from orgwork.registers.drafts import (
    Draft,
    DraftOpinion,
    DraftPaper,
    DraftVersion,
    PaperDistribution,
    PaperSignature,
    Stance,
    Verdict,
    latest,
)
from orgwork.registers.units import Unit, UnitForm, UnitPlacement, under_ids

from . import numbering, paper_files, paper_relations
from .cases import (
    Case,
    CaseDeadline,
    Opening,
    Outcome,
    Procedure,
    cause,
    meet_deadline,
    not_before,
    numbers_of,
    set_deadline,
    set_last_day,
    used,
    vote_by_rule,
)
from .fields import REASON, REMARK, WHY_BACK, Field
from .members import body
from .papers import shown
from .signing_papers import COMMITTEES, PRINTED, authorities, lines

RULE = "HD 36-HD/VPTW"
MANNERS = {
    "meeting": _("in a meeting"),
    "written": _("by written opinion"),
    "head": _("by the head, without a vote"),
}

drafting = Procedure(
    "draft",
    label=_("Draft of a paper"),
    states={
        "drafting": _("being drafted"),
        "opinions": _("bodies are asked"),
        "appraisal": _("form being appraised"),
        "appraised": _("form appraised"),
        "submitted": _("submitted, to be decided"),
        "decided": _("decided, to be signed"),
        "signed": _("signed, to be registered"),
        "registered": _("registered, to be sent out"),
        "issued": _("issued and sent out"),
        "withdrawn": _("withdrawn"),
    },
    initial="drafting",
    final=("issued", "withdrawn"),
    about="unit",
    makes="register",
    citation="QĐ 66-QĐ/TW; HD 36-HD/VPTW",
    help=_("From the first text to the numbered paper, through opinions, appraisal, decision and signature."),
)


def kinds() -> list[tuple[str, str]]:
    """The kinds of papers that are drafted; "other" is for papers that came from outside."""
    return [
        (code, wording.localized(kind.labels))
        for code, kind in catalogues.documents().items()
        if kind.symbols
    ]


def deciding_bodies() -> list[tuple[str, str]]:
    return [(code, wording.localized(catalogues.kinds()[code].labels)) for code in COMMITTEES]


def _issuer(case: Case, asked=None) -> Unit:
    return draft_of(case).issuer


def _lead(case: Case, asked=None) -> Unit:
    return draft_of(case).unit


def draft_of(case: Case) -> Draft:
    """The draft of the case; looked up once for each step."""
    kept = case.__dict__.get("_draft")
    if kept is None:
        kept = Draft.objects.select_related("unit", "issuer", "basis").get(case=case.pk)
        case.__dict__["_draft"] = kept
    return kept


@drafting.opener(
    label=_("Begin a draft"),
    act="paper.draft",
    at=lambda asked: asked["unit"],
    help=_("Secret papers are not drafted here: of them only number, kind and day are registered."),
    fields=[
        Field("unit", "unit", _("Written by"), help=_("The body that issues it, or one that works for it.")),
        Field("issuer", "unit", _("To be issued by")),
        Field("kind", "choice", _("Kind"), choices=kinds),
        Field("title", "text", _("Title"), most=500, help=_("What it is about, as it will be printed.")),
        Field("due", "day", _("To be submitted by"), required=False),
        Field("basis", "document", _("Paper it rests on"), required=False),
        Field(
            "relation", "choice", _("Relation to that paper"), required=False, choices=paper_relations.kinds,
            help=_("Written down when the paper has its number; without a choice: it implements it."),
        ),
        Field("said_at", "text", _("Place in the text"), required=False,
              help=_("Where the draft says so, such as “Art. 3”; needed where it changes the other paper.")),
    ],
)  # fmt: skip
def begin_draft(act: Act, *, day, unit: Unit, issuer: Unit, kind, title, due, basis, relation, said_at):
    if unit != issuer and not Unit.objects.filter(pk=unit.pk, pk__in=under_ids(issuer, day)).exists():
        raise Refusal(
            _("%(unit)s does not work for %(issuer)s on that day; a paper is drafted by the body that issues "
              "it, or by one below it.") % {"unit": body(unit, day), "issuer": body(issuer, day)},
            field="unit", code="not_below",
        )  # fmt: skip
    if due is not None and due < day:
        raise Refusal(
            _("It cannot be due before it is begun; choose a later day."), field="due", code="too_early"
        )
    if relation and basis is None:
        raise Refusal(_("Name the paper that the draft rests on, too."), field="basis", code="missing")
    relation = relation or ("implements" if basis else "")
    if relation and catalogues.relations()[relation].competent and not said_at:
        raise Refusal(
            _("A paper that amends, replaces or repeals another must say so; enter the place in its text."),
            field="said_at", code="missing", citation=RULE,
        )  # fmt: skip

    def then(case: Case) -> None:
        insert_row(
            Draft(case=case.pk, kind=kind, unit=unit, issuer=issuer, title=title, basis=basis,
                  relation=relation, said_at=said_at, recorded=act.moment)
        )  # fmt: skip
        if due is not None:
            set_last_day(case, "draft_due", due)

    said = {"paper_kind": kind, "title": title}
    return Opening(unit=unit, data={"unit": issuer.pk, "kind": kind}, said=said, then=then)


# ── the text ─────────────────────────────────────────────────────────────────────────────────────────────


@drafting.step(
    "write",
    source="drafting",
    target="drafting",
    act="paper.draft",
    at=_lead,
    label=_("Enter a version of the text"),
    help=_("Each version is kept as it was; any two can be laid side by side."),
    fields=[
        Field("text", "long", _("Text")),
        Field("title", "text", _("Title"), required=False, most=500, help=_("Empty: as before.")),
        Field("remark", "words", _("What was changed"), required=False),
    ],
)
def write(case: Case, act: Act, *, day, text, title, remark):
    draft, before = draft_of(case), latest(draft_of(case))
    text = text.replace("\r\n", "\n")
    if before is not None:
        not_before(before.day, day, _("The version before"))
        if before.text == text and (not title or title == before.title):
            raise Refusal(
                _("This is version %(number)s word for word; change the text, or leave it as it is.")
                % {"number": before.number},
                field="text", code="nothing_changed",
            )  # fmt: skip
    number = before.number + 1 if before else 1
    title = title or (before.title if before else draft.title)
    insert_row(
        DraftVersion(draft=draft, number=number, title=title, text=text, remark=remark, day=day,
                     author=act.actor, recorded=act.moment)
    )  # fmt: skip
    return Outcome(remark=remark, said={"version": number})


def _version(case: Case) -> DraftVersion:
    """The latest text; a draft without any goes nowhere."""
    found = latest(draft_of(case))
    if found is None:
        raise Refusal(_("There is no text yet; enter a version of it first."), code="no_text")
    return found


# ── opinions ─────────────────────────────────────────────────────────────────────────────────────────────


@drafting.step(
    "ask_opinions",
    source=("drafting", "opinions"),
    target="opinions",
    act="paper.draft",
    at=_lead,
    label=_("Ask bodies for their opinion"),
    help=_("They are asked about the latest version, each is reminded of the day."),
    fields=[
        Field("units", "unit", _("Bodies asked"), many=True),
        Field("due", "day", _("To answer by")),
        REMARK,
    ],
)
def ask_opinions(case: Case, act: Act, *, day, units, due, remark):
    version = _version(case)
    if due < day:
        raise Refusal(_("The day to answer by lies before the day of asking."), field="due", code="too_early")
    asked = set(DraftOpinion.objects.filter(version=version).values_list("unit", flat=True))
    for unit in units:
        if unit == draft_of(case).unit:
            raise Refusal(
                _("The body that drafts does not ask itself; take it off the list."), field="units",
                code="asks_itself",
            )  # fmt: skip
        if unit.pk in asked:
            raise Refusal(
                _("%(unit)s is asked about this version already.") % {"unit": body(unit, day)},
                field="units", code="asked_already",
            )  # fmt: skip
        asked.add(unit.pk)
        begin(DraftOpinion, act, day, cause=cause("issued", case=case), version=version, unit=unit, due=due)
    running = case.deadlines.filter(kind="opinions", met_on__isnull=True, retracted__isnull=True)
    before = running.order_by("-due").values_list("due", flat=True).first()
    if before is None or due > before:
        meet_deadline(case, "opinions", day)
        set_last_day(case, "opinions", due)
    subjects: list = [(("unit", unit.pk), {}) for unit in units]
    said = {"count": len(units), "due": due.isoformat(), "version": version.number}
    return Outcome(remark=remark, said=said, subjects=subjects)


@drafting.step(
    "give_opinion",
    source="opinions",
    target="opinions",
    act="paper.opinion",
    at=lambda case, asked: asked["unit"],
    label=_("Give a body's opinion"),
    help=_("In the name of the body asked; it can be given anew until it is answered."),
    fields=[
        Field("unit", "unit", _("Body asked")),
        Field("stance", "choice", _("Opinion"), choices=lambda: Stance.choices),
        Field("text", "words", _("Opinion in words"), required=False,
              help=_("What should be changed, and where; needed unless the body simply agrees.")),
    ],
)  # fmt: skip
def give_opinion(case: Case, act: Act, *, day, unit: Unit, stance, text):
    row = _asked(case, unit, day)
    if row.verdict:
        raise Refusal(
            _("This opinion has been answered already; ask for the draft to be sent to you again."),
            field="unit", code="answered_already",
        )  # fmt: skip
    if stance != Stance.AGREES and not text:
        raise Refusal(
            _("Say what should be changed, and where; without it the opinion cannot be answered."),
            field="text", code="missing",
        )  # fmt: skip
    value = {"stance": stance, "text": text, "answered": day}
    change(DraftOpinion, act, _key(row), day, value, cause=cause("other", case=case), for_good=True)
    return Outcome(said={"stance": stance}, subjects=[(("unit", unit.pk), {"stance": stance})])


@drafting.step(
    "answer_opinion",
    source="opinions",
    target="opinions",
    act="paper.draft",
    at=_lead,
    label=_("Answer an opinion"),
    help=_("Taken, in part, or not taken; with the reason, which the body asked can read."),
    fields=[
        Field("unit", "unit", _("Body asked")),
        Field("verdict", "choice", _("What became of it"), choices=lambda: Verdict.choices),
        Field("reply", "words", _("Reply"), required=False, help=_("Needed unless it was taken.")),
    ],
)  # fmt: skip
def answer_opinion(case: Case, act: Act, *, day, unit: Unit, verdict, reply):
    row = _asked(case, unit, day)
    if not row.stance:
        raise Refusal(
            _("%(unit)s has not said anything yet.") % {"unit": body(unit, day)}, field="unit",
            code="no_answer_yet",
        )  # fmt: skip
    if verdict != Verdict.TAKEN and not reply:
        raise Refusal(
            _("Say why it was not taken, or only in part; the body asked reads it."), field="reply",
            code="missing",
        )  # fmt: skip
    value = {"verdict": verdict, "reply": reply}
    change(DraftOpinion, act, _key(row), day, value, cause=cause("other", case=case), for_good=True)
    return Outcome(said={"verdict": verdict}, subjects=[(("unit", unit.pk), {"verdict": verdict})])


@drafting.step(
    "close_opinions",
    source="opinions",
    target="drafting",
    act="paper.draft",
    at=_lead,
    label=_("Close the round of opinions"),
    help=_("Once every body has answered or the day has passed, and every opinion is answered."),
    fields=[REMARK],
)
def close_opinions(case: Case, act: Act, *, day, remark):
    version = _version(case)
    rows = list(DraftOpinion.objects.on(day).filter(version=version).order_by("pk"))
    for row in rows:
        if not row.stance and row.due >= day:
            raise Refusal(
                _("%(unit)s has until %(due)s to answer; wait for it, or for that day to pass.")
                % {"unit": body(row.unit, day), "due": wording.day(row.due)},
                code="answers_outstanding",
            )  # fmt: skip
    for row in rows:
        if row.stance and (row.text or row.stance != Stance.AGREES) and not row.verdict:
            raise Refusal(
                _("The opinion of %(unit)s has not been answered; say what became of it.")
                % {"unit": body(row.unit, day)},
                code="opinion_unanswered",
            )  # fmt: skip
    meet_deadline(case, "opinions", day)
    counts = {stance: sum(row.stance == stance for row in rows) for stance in Stance.values}
    said = {**counts, "silent": sum(not row.stance for row in rows), "version": version.number}
    return Outcome(remark=remark, said=said)


def _asked(case: Case, unit: Unit, day: dt.date) -> DraftOpinion:
    """What the body was asked about the latest version."""
    row = DraftOpinion.objects.on(day).filter(version=_version(case), unit=unit).first()
    if row is None:
        raise Refusal(
            _("%(unit)s was not asked about this version by that day; look at the list of bodies asked.")
            % {"unit": body(unit, day)},
            field="unit", code="not_asked",
        )  # fmt: skip
    return row


def _key(row: DraftOpinion) -> dict:
    return {"version": row.version, "unit": row.unit}


# ── appraisal and submission ─────────────────────────────────────────────────────────────────────────────


def office_of(issuer: Unit, day: dt.date) -> Unit | None:
    """The Office of the issuing body on the day: it appraises, registers and sends out."""
    below = UnitPlacement.objects.on(day).filter(parent=issuer).values("unit")
    found = UnitForm.objects.on(day).filter(unit__in=below, kind="office").select_related("unit")
    row = found.order_by("unit").first()
    return row.unit if row else None


def _heard(case: Case, day: dt.date) -> None:
    """Refuse to go on with a kind of paper on which bodies must be asked, and were not."""
    rule = provisions.on(day)["drafting.opinion_kinds"]
    draft = draft_of(case)
    if draft.kind in rule.value:
        used(case, rule)
        if not DraftOpinion.objects.filter(version__draft=draft).exists():
            raise Refusal(
                _("On a paper of this kind bodies are asked before it goes on; ask for their opinion first."),
                code="nobody_asked", citation=rule.citation,
            )  # fmt: skip


@drafting.step(
    "send_to_appraisal",
    source="drafting",
    target="appraisal",
    act="paper.draft",
    at=_lead,
    label=_("Send to the Office for appraisal"),
    help=_("The Office looks at heading, kind, authority and form, not at the matter."),
    fields=[REMARK],
)
def send_to_appraisal(case: Case, act: Act, *, day, remark):
    version = _version(case)
    _heard(case, day)
    office = office_of(_issuer(case), day)
    if office is None:
        raise Refusal(
            _("%(issuer)s has no Office on that day; submit the draft without an appraisal.")
            % {"issuer": body(_issuer(case), day)},
            code="no_office",
        )  # fmt: skip
    rule = provisions.on(day)["drafting.appraisal_working_days"]
    set_deadline(case, "appraisal", day, rule)
    used(case, rule)
    return Outcome(remark=remark, unit=office, said={"version": version.number})


@drafting.step(
    "appraise",
    source="appraisal",
    target="appraised",
    act="paper.appraise",
    label=_("Appraise: the form is right"),
    help=_("Never by whoever wrote the text."),
    fields=[REMARK],
)
def appraise(case: Case, act: Act, *, day, remark):
    draft, version = draft_of(case), _version(case)
    if act.actor is not None and draft.versions.filter(author=act.actor).exists():
        raise Refusal(
            _("You wrote a version of this text; somebody else appraises its form."), code="same_person",
            citation=RULE,
        )  # fmt: skip
    meet_deadline(case, "appraisal", day)
    case.data["appraised"] = version.number
    return Outcome(remark=remark, unit=draft.unit, said={"version": version.number})


@drafting.step(
    "return_draft",
    source="appraisal",
    target="drafting",
    act="paper.appraise",
    kind="back",
    label=_("Send back for completion"),
    fields=[WHY_BACK],
)
def return_draft(case: Case, act: Act, *, day, remark):
    meet_deadline(case, "appraisal", day)
    return Outcome(remark=remark, unit=_lead(case), said={"remark": remark})


@drafting.step(
    "submit",
    source=("appraised", "drafting"),
    target="submitted",
    act="paper.draft",
    at=_lead,
    label=_("Submit for decision"),
    help=_("After the appraisal; where the issuer has no Office, from the draft."),
    fields=[
        Field("submission", "document", _("Submission (tờ trình)"), required=False, paper="submission"),
        REMARK,
    ],
)
def submit(case: Case, act: Act, *, day, submission, remark):
    version, issuer = _version(case), _issuer(case)
    if case.state == "drafting":
        _heard(case, day)
        if (office := office_of(issuer, day)) is not None:
            raise Refusal(
                _("%(office)s appraises the form first; send the draft there.")
                % {"office": body(office, day)},
                code="not_appraised", citation=RULE,
            )  # fmt: skip
    meet_deadline(case, "draft_due", day)
    said = {"version": version.number, "submission": shown(submission)}
    return Outcome(remark=remark, unit=issuer, document=submission, said=said)


# ── decision and signature ───────────────────────────────────────────────────────────────────────────────


@drafting.step(
    "decide",
    source="submitted",
    target=("decided", "drafting"),
    act="paper.decide",
    at=_issuer,
    label=_("Record the decision"),
    help=_("A vote that is not enough sends the draft back to whoever wrote it."),
    day_label=_("Day of the decision"),
    fields=[
        Field("manner", "choice", _("How"), choices=lambda: MANNERS.items()),
        Field("decided_by", "choice", _("Decided by"), required=False, choices=deciding_bodies),
        Field("protocol", "protocol", _("Vote protocol"), required=False,
              help=_("Numbers only; needed unless the head decides papers of this kind.")),
        REMARK,
    ],
)  # fmt: skip
def decide(case: Case, act: Act, *, day, manner, decided_by, protocol, remark):
    draft, rule = draft_of(case), provisions.on(day)["drafting.head_kinds"]
    if manner == "head":
        if draft.kind not in rule.value:
            raise Refusal(
                _("Papers of this kind are decided by a vote; enter its protocol."), field="manner",
                code="takes_a_vote", citation=rule.citation,
            )  # fmt: skip
        if protocol:
            raise Refusal(
                _("A decision of the head has no vote; take its numbers away, or choose how it was voted."),
                field="manner", code="no_vote",
            )  # fmt: skip
        used(case, rule)
        case.data |= {"manner": manner, "decided_by": ""}
        return Outcome(target="decided", remark=remark, said={"decided_how": manner})
    if not protocol:
        raise Refusal(_("Enter the numbers of the vote."), field="protocol", code="no_protocol")
    result = vote_by_rule(case, act, unit=draft.issuer, kind=f"paper_{manner}", day=day, numbers=protocol)
    said = {"decided_how": manner, **numbers_of(result)}
    if not result.agreed:
        case.data.pop("appraised", None)
        return Outcome(target="drafting", protocol=result, remark=remark, unit=draft.unit, said=said)
    case.data |= {"manner": manner, "decided_by": decided_by}
    return Outcome(target="decided", protocol=result, remark=remark, said=said)


@drafting.step(
    "hand_back",
    source=("submitted", "decided"),
    target="drafting",
    act="paper.decide",
    at=_issuer,
    kind="back",
    label=_("Hand back to be reworked"),
    fields=[WHY_BACK],
)
def hand_back(case: Case, act: Act, *, day, remark):
    for noted in ("appraised", "manner", "decided_by"):
        case.data.pop(noted, None)
    return Outcome(remark=remark, unit=_lead(case), said={"remark": remark})


@drafting.step(
    "sign",
    source="decided",
    target="signed",
    act="paper.decide",
    at=_issuer,
    label=_("Record the signature"),
    help=_("Who signed, and in whose name. Whether a digital signature is genuine is not checked."),
    day_label=_("Day of the signature"),
    locks=["person"],
    fields=[
        Field("signer", "person", _("Signed by")),
        Field("authority", "choice", _("Authority"), choices=authorities),
        Field("warrant", "document", _("Paper that gives the authority"), required=False,
              help=_("Only for a signature under authority (TUQ).")),
    ],
)  # fmt: skip
def sign(case: Case, act: Act, *, day, signer, authority, warrant):
    draft = draft_of(case)
    not_ahead(act, day)
    said = lines(
        signer, authority, issuer=draft.issuer, kind=draft.kind, day=day, warrant=warrant,
        decided_by=case.data.get("decided_by", ""),
    )  # fmt: skip
    begin(
        PaperSignature, act, day, cause=cause("issued", case=case), draft=draft, document=None, person=signer,
        post=said.post, authority=authority, on_behalf=said.on_behalf, office=said.office,
        authorised_by=warrant,
    )  # fmt: skip
    rule = provisions.on(day)["drafting.issue_working_days"]
    set_deadline(case, "issue", day, rule)
    used(case, rule)
    case.data["signed"] = day.isoformat()
    signed = {"authority": authority, "post": said.post.code}
    return Outcome(
        unit=office_of(draft.issuer, day) or draft.issuer, said=signed,
        subjects=[(("person", signer.pk), signed)],
    )  # fmt: skip


# ── number and distribution ──────────────────────────────────────────────────────────────────────────────


@drafting.step(
    "register",
    source="signed",
    target="registered",
    act="document.register",
    at=_issuer,
    label=_("Give it its number"),
    help=_("The next number of the issuer for this kind and term; the paper enters the register."),
    day_label=_("Day of the paper"),
    fields=[
        Field("joint_with", "unit", _("Issued together with"), many=True, required=False,
              help=_("The number is of the leading body.")),
        Field("congress", "bool", _("Paper of a congress"), required=False, default=False),
    ],
)  # fmt: skip
def register(case: Case, act: Act, *, day, joint_with, congress):
    draft, version = draft_of(case), _version(case)
    not_ahead(act, day)
    not_before(dt.date.fromisoformat(case.data["signed"]), day, _("The signature"))
    paper = numbering.register_paper(
        act, issuer=draft.issuer, kind=draft.kind, day=day, title=version.title, joint_with=joint_with,
        congress=bool(congress), field="day",
    )  # fmt: skip
    insert_row(DraftPaper(draft=draft, document=paper, recorded=act.moment))
    paper_files.hand_over(act, draft, paper)
    DocumentText.objects.create(document=paper, language=PRINTED, text=version.text)
    if draft.basis is not None:
        paper_relations.relate(
            within=act, day=day, source=paper, kind=draft.relation, target=draft.basis, said_at=draft.said_at
        )
    case.data["document"] = paper.pk
    said = {"symbol": paper.symbol}
    return Outcome(document=paper, said=said, subjects=[(("document", paper.pk), said)])


@drafting.step(
    "distribute",
    source="registered",
    target="issued",
    act="document.register",
    at=_issuer,
    label=_("Send it out"),
    help=_("The bodies named find it on their first page and among what came in."),
    day_label=_("Day of sending"),
    fields=[
        Field("units", "unit", _("To the bodies"), many=True, required=False),
        Field("below", "bool", _("To every body directly below the issuer"), required=False, default=False),
    ],
)
def distribute(case: Case, act: Act, *, day, units, below):
    draft = draft_of(case)
    became = DraftPaper.objects.filter(draft=draft).select_related("document").first()
    if became is None:
        raise WrongState(_("This draft has no number yet; register it first."))
    paper = became.document
    sent = send(act, paper, day, units, below=draft.issuer if below else None)
    return Outcome(
        document=paper, said={"symbol": paper.symbol, "count": len(sent)}, subjects=told(paper, sent)
    )


def told(paper: Document, sent: list[int]) -> list:
    """What the journal says of a distribution: at the paper how many, at each body which paper."""
    of_the_paper = (("document", paper.pk), {"count": len(sent)})
    return [of_the_paper, *[(("unit", unit), {"symbol": paper.symbol}) for unit in sent]]


def send(act: Act, paper: Document, day: dt.date, units, *, below: Unit | None = None) -> list[int]:
    """Write down to which bodies the paper goes; those that have it already are not counted twice."""
    not_ahead(act, day)
    refuse_secret(paper)
    if paper.day is not None:
        not_before(paper.day, day, _("The paper"))
    wanted = {unit.pk: unit for unit in units}
    if below is not None:
        parts = UnitPlacement.objects.on(day).filter(parent=below).select_related("unit")
        wanted |= {row.unit_id: row.unit for row in parts}
    wanted.pop(paper.issuer_id, None)
    if not wanted:
        raise Refusal(_("Name at least one body that gets the paper."), field="units", code="nobody_named")
    had = set(
        PaperDistribution.objects.filter(document=paper, unit__in=wanted).values_list("unit", flat=True)
    )
    new = sorted(set(wanted) - had)
    if not new:
        raise Refusal(_("All of these bodies have the paper already."), field="units", code="sent_already")
    why = cause("issued", document=paper)
    for unit in new:
        begin(PaperDistribution, act, day, cause=why, document=paper, unit=wanted[unit])
    return new


@drafting.step(
    "withdraw",
    source=("drafting", "opinions", "appraisal", "appraised", "submitted", "decided", "signed"),
    target="withdrawn",
    act="paper.draft",
    at=_lead,
    kind="close",
    label=_("Withdraw the draft"),
    help=_("Until it has a number; all its versions and opinions are kept."),
    fields=[REASON],
)
def withdraw(case: Case, act: Act, *, day, reason):
    return Outcome(remark=reason, said={"reason": reason})


def refuse_secret(paper: Document) -> None:
    """Of a secret paper only number, kind and day are kept: neither who signed it nor who has it."""
    if paper.secret:
        raise Refusal(
            _("Of a secret paper only number, kind and day are kept here; record the rest where it is kept."),
            field="document", code="secret", citation=RULE,
        )  # fmt: skip


def not_ahead(act: Act, day: dt.date) -> None:
    """Signatures, numbers and what was sent are recorded when they have happened."""
    if day > act.day:
        raise Refusal(
            _("%(day)s lies in the future; record it when it has happened.") % {"day": wording.day(day)},
            field="day", code="in_the_future",
        )  # fmt: skip


def deadline_of(case: Case) -> CaseDeadline | None:
    """The nearest day by which the draft must have gone on."""
    rows = case.deadlines.filter(met_on__isnull=True, retracted__isnull=True)
    return rows.order_by("due").first()
