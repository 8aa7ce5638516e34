"""This room is for what a person asks about their own data: see it, have it corrected, have it erased.

A request is a case with two clocks from the law: by when it is acknowledged, by when it is carried out. The
person opens it in their own file, or an office takes it down from a paper; both see the clocks. An accepted
correction opens the correction procedure with the request as its cause; a refusal says why and where to
complain. Erasure is done by the data-protection officer, after what the law keeps has been looked at.
"""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from orgwork.foundation import provisions
from orgwork.foundation.moments import Act
from orgwork.foundation.refusals import Refusal
from orgwork.registers import access, person_tables
from orgwork.registers.people import Person

from .cases import Case, Opening, Outcome, Procedure, meet_deadline
from .erasure import body_of, needed
from .fields import REMARK, Field
from .operations import operation

KINDS = {
    "correction": _("correction of something recorded"),
    "erasure": _("erasure of my data"),
    "restriction": _("my data not to be used for a time"),
    "copy": _("a copy of my data on paper"),
    "objection": _("objection to a use of my data"),
}
ACKNOWLEDGE, CARRY_OUT = "request_acknowledge", "request_carry_out"


def _oneself(asked, case) -> set[int]:
    """Whoever the request is about, nobody else."""
    person = case.person_id if case is not None else getattr(asked.get("person"), "pk", None)
    return {person} if person else set()


data_request = Procedure(
    "data_request",
    label=_("Request about one's own data"),
    states={
        "received": _("received"),
        "in_hand": _("acknowledged, in hand"),
        "accepted": _("accepted, to be carried out"),
        "done": _("carried out"),
        "refused": _("refused"),
        "withdrawn": _("withdrawn"),
    },
    initial="received",
    final=("done", "refused", "withdrawn"),
    citation="GDPR Art. 12, 15–21; Law 91/2025/QH15; Decree 356/2025/NĐ-CP",
    help=_("Acknowledged and carried out within the legal time; a refusal says why and where to complain."),
)


@data_request.opener(
    act="request.open",
    label=_("Ask about one's own data"),
    at=lambda asked: body_of(asked["person"]),
    own=_oneself,
    fields=[
        Field("person", "person", _("Person")),
        Field("kind", "choice", _("What is asked for"), choices=lambda: KINDS.items()),
        Field(
            "words", "words", _("In your own words"),
            help=_("What is wrong, and what is right; or what you ask for."),
        ),
        Field(
            "record", "text", _("The line concerned"), required=False,
            help=_("Filled in when you ask at a line of your file."),
        ),
    ],
)  # fmt: skip
def open_request(act: Act, *, day, person: Person, kind, words, record):
    rules = provisions.on(day)
    line = _line(person, record)
    return Opening(
        unit=body_of(person),
        person=person,
        data={"kind": kind, "words": words, **({"record": record, "line": line} if record else {})},
        said={"kind": kind},
        deadlines=[
            (ACKNOWLEDGE, day, rules["requests.acknowledge_working_days"]),
            (CARRY_OUT, day, rules["requests.carry_out_working_days"]),
        ],
    )


def _line(person: Person, record: str) -> str:
    """What the line is called; it must be one of the person's own."""
    if not record:
        return ""
    code, _colon, number = record.partition(":")
    table = next((one for one in person_tables.tables() if one.code == code), None)
    if table is None or not number.isdigit() or not table.of(person).filter(pk=int(number)).exists():
        raise Refusal(
            _("This line does not stand in the file; choose it in the file."),
            field="record",
            code="no_such_line",
        )
    return str(table.label)


@data_request.step(
    "acknowledge", source="received", target="in_hand", act="request.answer", label=_("Acknowledge"),
    help=_("Tells the person that the request has arrived, how it goes on, and by when."), fields=[REMARK],
)  # fmt: skip
def acknowledge(case: Case, act: Act, *, day, remark):
    meet_deadline(case, ACKNOWLEDGE, day)
    return Outcome(remark=remark)


@data_request.step(
    "accept", source=("received", "in_hand"), target="accepted", act="request.answer", label=_("Accept"),
    help=_("A correction or erasure is then made with this request as its cause."),
    fields=[Field("answer", "words", _("Answer to the person"))],
)  # fmt: skip
def accept(case: Case, act: Act, *, day, answer):
    if case.data.get("kind") == "erasure":
        _say_what_is_kept(case, day)
    meet_deadline(case, ACKNOWLEDGE, day)
    case.data["answer"] = answer
    return Outcome(remark=answer)


def _say_what_is_kept(case: Case, day) -> None:
    """Accepting the erasure of a member promises what the law forbids: say so now, not later."""
    if reasons := needed(case.subject, day):
        raise Refusal(
            _("The law keeps these data: %(why)s Refuse with that reason, or erase a part and say so.")
            % {"why": " ".join(str(one) for one in reasons)},
            field="answer", code="kept_by_law",
            citation=provisions.on(day)["retention.after_membership_years"].citation,
        )  # fmt: skip


@data_request.step(
    "carry_out", source=("in_hand", "accepted"), target="done", act="request.answer", label=_("Carried out"),
    help=_("A correction made with this request as its cause does this by itself."),
    fields=[Field("answer", "words", _("Answer to the person"))],
)  # fmt: skip
def carry_out(case: Case, act: Act, *, day, answer):
    meet_deadline(case, ACKNOWLEDGE, day)
    meet_deadline(case, CARRY_OUT, day)
    case.data["answer"] = answer
    return Outcome(remark=answer)


@data_request.step(
    "refuse", source=("received", "in_hand", "accepted"), target="refused", act="request.answer",
    label=_("Refuse"), kind="close",
    help=_("Give the reason; where to complain is added by itself."),
    fields=[
        Field("reason", "words", _("Reason")),
        Field("citation", "text", _("Rule it rests on"), required=False),
    ],
)  # fmt: skip
def refuse(case: Case, act: Act, *, day, reason, citation):
    meet_deadline(case, ACKNOWLEDGE, day)
    meet_deadline(case, CARRY_OUT, day)
    complain = provisions.on(day)["requests.complaint_to"]
    case.data |= {"answer": reason, "citation": citation, "complain_to": complain.value}
    return Outcome(remark=reason, said={"citation": citation} if citation else {})


@data_request.step(
    "withdraw", source=("received", "in_hand", "accepted"), target="withdrawn", act="request.open",
    label=_("Withdraw"), kind="close", own=_oneself, fields=[REMARK],
)  # fmt: skip
def withdraw(case: Case, act: Act, *, day, remark):
    return Outcome(remark=remark)


# ── a correction that answers a request ─────────────────────────────────────────────────────────────────

#: The field by which a correction names the request it answers.
REQUEST = Field(
    "request", "number", _("Number of the request it answers"), required=False,
    help=_("The request is closed as carried out, and stands as the cause of the correction."),
)  # fmt: skip


def answered(act: Act, number: int | None, person: Person | None, day) -> Case | None:
    """The accepted request a correction rests on; it is carried out by the same act."""
    if not number:
        return None
    case = Case.objects.filter(pk=number, procedure=data_request.code).first()
    if case is None or person is None or case.person_id != person.pk:
        raise Refusal(
            _("This person made no request with this number."), field="request", code="no_such_request"
        )
    if case.state != "accepted":
        raise Refusal(_("Accept the request first, then correct."), field="request", code="not_accepted")
    before, act.cleared = act.cleared, True  # whoever may correct may say that it has been corrected
    try:
        carry_out(case, within=act, day=max(day, case.opened_on), answer=case.data.get("answer") or "–")
    finally:
        act.cleared = before
    return case


# ── handing the file over ───────────────────────────────────────────────────────────────────────────────


@operation(
    "file.hand_over",
    label=_("Hand a person all that is recorded about them"),
    act="file.hand_over",
    at=lambda asked: body_of(asked["person"]),
    help=_("For people without an account, on their request; it is noted that and to whom it was handed."),
    fields=[
        Field("person", "person", _("Person")),
        Field("to", "text", _("Handed to"), help=_("The person, or who holds their written authority.")),
        Field("request", "number", _("Number of the request it answers"), required=False),
    ],
)
def hand_over(act: Act, *, day, person: Person, to, request):
    if access.AccountPerson.objects.filter(person=person, account__is_active=True).exists():
        raise Refusal(
            _("This person has an account and takes the file from there."),
            field="person",
            code="has_an_account",
        )
    answered(act, request, person, day)
    return Outcome(subjects=[(("person", person.pk), {"to": to})], result=person)


def close_with_erasure(act: Act, person: Person, day) -> None:
    """Requests of somebody whose data go are carried out by that."""
    before, act.cleared = act.cleared, True
    try:
        for case in Case.objects.filter(person=person, procedure=data_request.code, closed_on__isnull=True):
            if case.state == "received":
                acknowledge(case, within=act, day=max(day, case.opened_on))
                case.refresh_from_db()
            carry_out(case, within=act, day=max(day, case.opened_on), answer="–")
    finally:
        act.cleared = before
