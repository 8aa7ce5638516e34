"""This room is for admission: from the application to the ceremony (Statutes 2011, Art. 4–5; domain §3.3).

    application → course → papers verified → introducers → cell votes → grassroots committee votes
    → decision of the committee above → ceremony

Membership begins on the day of the decision. What is asked of an applicant is a provision of the day on which
it is judged; the case keeps which version that was.
"""

from __future__ import annotations

import datetime as dt

from django.utils.translation import gettext_lazy as _

from orgwork.foundation import provisions, wording
from orgwork.foundation.dates import DAY, Period, begin
from orgwork.foundation.moments import Act
from orgwork.foundation.refusals import Overlap, Refusal
from orgwork.foundation.rows import Statement, fetch, together, valid_on
from orgwork.foundation.workdays import add_months, age_in_months
from orgwork.registers.members import Membership, Standing
from orgwork.registers.people import Person, Qualification
from orgwork.registers.record import Cause
from orgwork.registers.units import Unit, kind_of

from .cases import (
    Case,
    Opening,
    Outcome,
    Procedure,
    cause,
    meet_deadline,
    not_before,
    numbers_of,
    set_deadline,
    used,
    vote_by_rule,
)
from .conditions import asking_voters, entitled
from .fields import PAPER, PROTOCOL, REASON, REMARK, Field
from .members import (
    Chain,
    above,
    asking_particulars,
    asking_standing,
    begin_membership,
    body,
    committee_of,
    competent,
    numbered,
    particulars,
    require_cell,
    under_the_centre,
)
from .papers import shown

COURSE = "awareness_course"
SCHOOLING = {
    "primary": _("primary school"),
    "lower_secondary": _("lower-secondary school"),
    "upper_secondary": _("upper-secondary school"),
    "higher": _("college or university"),
}
UNIONS = ("youth_union", "trade_union")
#: After these a person may come back; after a transfer out of the register they are members elsewhere.
ENDED_FOR_GOOD = ("left", "expelled", "deleted")

admission = Procedure(
    "admission",
    label=_("Admission of a member"),
    states={
        "applied": _("application received"),
        "trained": _("course certified"),
        "verified": _("papers verified"),
        "introduced": _("introducers named"),
        "cell_agreed": _("agreed by the cell"),
        "consent_needed": _("re-admission, to be consented to"),
        "file_complete": _("file complete, to be decided"),
        "admitted": _("admitted, ceremony to be held"),
        "done": _("ceremony held"),
        "rejected": _("rejected"),
        "withdrawn": _("withdrawn"),
    },
    initial="applied",
    final=("done", "rejected", "withdrawn"),
    citation="Statutes 2011, Art. 4–5",
    help=_("From the application to the ceremony. Membership begins on the day of the decision."),
)
BEFORE_THE_VOTES = ("applied", "trained", "verified", "introduced")
BEFORE_THE_DECISION = (*BEFORE_THE_VOTES, "cell_agreed", "consent_needed", "file_complete")


def cell_of(case: Case) -> Unit:
    """The cell in which the admission takes place, wherever the case lies now."""
    ident = case.data["cell"]
    known = case.__dict__.get("_cell")
    if known is None or known.pk != ident:
        *_asked, chain = case.__dict__.get("_chain", (None, ()))
        known = next((link.unit for link in chain if link.ident == ident), None)
        known = case.__dict__["_cell"] = known or Unit.objects.only("code").get(pk=ident)
    return known


def chain_of(case: Case, day) -> Chain:
    """The cell and everything above it on the day, looked up once for a step."""
    cell = case.data["cell"]
    known = case.__dict__.get("_chain")
    if known is None or known[:2] != (cell, day):
        known = case.__dict__["_chain"] = (cell, day, above(cell, day))
    return known[2]


def at_cell(case, asked):
    return case.unit if case.unit_id == case.data["cell"] else cell_of(case)


@admission.opener(
    label=_("Receive an application"),
    act="admission.open",
    at=lambda asked: asked["unit"],
    locks=["unit", "person"],
    day_label=_("Day of the application"),
    help=_("The applicant is entered as a person first."),
    fields=[
        Field("person", "person", _("Applicant")),
        Field("unit", "unit", _("Cell"), help=_("The cell that is to consider the application.")),
        Field(
            "after_criminal_record",
            "bool",
            _("Membership was lost with a criminal record"),
            required=False,
            default=False,
            help=_("Only for a re-admission: the waiting time then counts from the record's deletion."),
        ),
        Field(
            "record_deleted",
            "day",
            _("Day on which the criminal record was deleted"),
            required=False,
            help=_("Only with a criminal record. The day is used for the waiting time and kept nowhere."),
        ),
        Field(
            "hardship", "bool", _("Had left the party for hardship in the family"), required=False,
            default=False,
            help=_("Only for a re-admission: else whoever left at the own wish is not considered again."),
        ),
        Field(
            "no_grave_ground", "bool",
            _("Was not put out for disunity, corruption or a serious offence"), required=False, default=False,
            help=_("Only for the re-admission of somebody expelled: looked up in the decision."),
        ),
    ],
)  # fmt: skip
def open_admission(
    act: Act, *, day, person: Person, unit: Unit, after_criminal_record, record_deleted, hardship,
    no_grave_ground,
):  # fmt: skip
    require_cell(unit, day)
    _refuse_erased(person)
    member, open_case, was_member = fetch(KNOWN, [person.pk, day, person.pk, person.pk, day])[0]
    if member:
        _refuse_member(person, day)
    if open_case:
        _refuse_second_case(person, day)
    if after_criminal_record and record_deleted is None:
        raise Refusal(
            _("Enter the day on which the criminal record was deleted; the waiting time counts from it."),
            field="record_deleted",
            code="missing",
        )
    deleted = record_deleted if after_criminal_record else None
    again = _refuse_too_soon(person, day, deleted) if was_member else None
    rules = [again.version] if again is not None else []
    if again is not None:
        rules += _refuse_excluded(person, day, hardship=hardship, checked=no_grave_ground)
    data = {"cell": unit.pk, "again": again is not None, "rules": rules}
    return Opening(
        unit=unit, person=person, data=data, subjects=[(("person", person.pk), {"cell": unit.code})]
    )


@admission.step(
    "record_course",
    source="applied",
    target="trained",
    act="admission.open",
    label=_("Record the awareness course"),
    help=_("A certificate that is still valid and stands in the register need not be entered again."),
    locks=["person"],
    fields=[
        Field("obtained", "day", _("Day of the certificate"), required=False),
        Field("certificate", "text", _("Number of the certificate"), required=False),
        Field("place", "text", _("Political centre that issued it"), required=False),
    ],
)
def record_course(case: Case, act: Act, *, day, obtained, certificate, place):
    found = fetch(COURSES, [case.person_id, COURSE, day, day])
    held = Period(*found[0]) if found else None
    rule = provisions.on(obtained or day)["admission.course_valid_months"]
    if obtained is None and held is None:
        raise Refusal(
            _("No valid certificate of the awareness course is recorded; enter its day and number."),
            field="obtained",
            citation=rule.citation,
        )
    if obtained is not None and (held is None or held.start != obtained):
        held = _enter_course(case, act, day, obtained, certificate, place, rule).period
    assert held is not None
    # One that was entered without an end is valid as long as the rule says.
    until = held.end or add_months(held.start, rule.value)
    case.data["course_until"] = until.isoformat()
    said = {"obtained": held.start.isoformat(), "valid_until": (until - DAY).isoformat()}
    return Outcome(said=said)


COURSES = (
    "SELECT valid_from, valid_to FROM registers_qualification"  # noqa: S608
    f" WHERE person_id = %s AND kind = %s AND {valid_on('')} ORDER BY valid_to DESC, id LIMIT 1"
)


@admission.step(
    "verify_papers",
    source="trained",
    target="verified",
    act="admission.open",
    label=_("Verify the papers"),
    help=_("The CV is verified, and the opinions of the place of residence and of the unions are on file."),
    fields=[
        Field("cv_verified", "bool", _("The CV has been verified")),
        Field("citizen", "bool", _("The applicant is a citizen")),
        Field("schooling", "choice", _("Schooling"), choices=lambda: SCHOOLING.items()),
        Field(
            "mountain",
            "bool",
            _("Mountain, island or minority area, where less schooling is enough"),
            required=False,
            default=False,
        ),
        REMARK,
    ],
)
def verify_papers(case: Case, act: Act, *, day, cv_verified, citizen, schooling, mountain, remark):
    if not cv_verified:
        raise Refusal(
            _("Have the CV verified first; until then the file is incomplete."), field="cv_verified"
        )
    if not citizen:
        raise Refusal(
            _("Only citizens can be admitted; withdraw the application or correct this answer."),
            field="citizen",
            citation="Statutes 2011, Art. 1 (2)",
        )
    scope = {"area": "mountain"} if mountain else None
    rule = provisions.on(day).get("admission.schooling_min", scope=scope)
    order = list(SCHOOLING)
    if order.index(schooling) < order.index(rule.value):
        raise Refusal(
            _("At least %(least)s is asked for; the file says %(schooling)s.")
            % {"least": SCHOOLING[rule.value], "schooling": SCHOOLING[schooling]},
            field="schooling",
            citation=rule.citation,
        )
    used(case, rule)
    return Outcome(remark=remark, said={"schooling": schooling})


@admission.step(
    "name_introducers",
    source="verified",
    target="introduced",
    act="admission.open",
    label=_("Name the introducers"),
    help=_(
        "Two full members who have worked with the applicant for twelve months, or one of them and the Youth "
        "Union or trade union."
    ),
    fields=[
        Field("introducer", "person", _("Introducer")),
        Field("second_introducer", "person", _("Second introducer"), required=False),
        Field("union", "unit", _("Youth Union or trade union"), required=False),
    ],
)
def name_introducers(case: Case, act: Act, *, day, introducer, second_introducer, union):
    members = [person for person in (introducer, second_introducer) if person]
    months = provisions.on(day)["admission.introducer_months"]
    number = provisions.on(day)["admission.introducers"]
    if len({person.pk for person in members}) != len(members):
        raise Refusal(_("The two introducers must be two people."), field="second_introducer")
    known = _known_of(case, members, day)
    for field, person in zip(("introducer", "second_introducer"), members, strict=False):
        _refuse_introducer(case, person, day, months, field, *known[person.pk])
    if union is not None and kind_of(union, day) not in UNIONS:
        raise Refusal(
            _("%(body)s is neither Youth Union nor trade union; choose a body of one of them.")
            % {"body": body(union, day)},
            field="union",
        )
    if len(members) + (union is not None) < number.value:
        raise Refusal(
            _("A second introducer is missing: name another full member, or the Youth Union or trade union."),
            field="second_introducer",
            citation=number.citation,
        )
    used(case, months, number)
    case.data["introducers"] = [person.pk for person in members]
    case.data["union"] = union.pk if union else None
    subjects = [(("person", person.pk), {"introduced": case.person_id}) for person in members]
    if union:
        subjects.append((("unit", union.pk), {"introduced": case.person_id}))
    return Outcome(subjects=subjects)


@admission.step(
    "cell_vote",
    source="introduced",
    target=("cell_agreed", "consent_needed", "file_complete", "rejected"),
    act="admission.cell",
    label=_("Record the cell's vote"),
    help=_("At least two thirds of the cell's full members must agree."),
    day_label=_("Day of the cell's meeting"),
    locks=["cell"],
    fields=[PROTOCOL, REMARK],
)
def cell_vote(case: Case, act: Act, *, day, protocol, remark):
    cell = cell_of(case)
    require_cell(cell, day, chain=chain_of(case, day))
    born, voters = together([asking_particulars(case.subject, day), asking_voters(cell, day)])
    _refuse_age(case, day, born)
    _refuse_stale_course(case, day)
    result = vote_by_rule(
        case,
        act,
        unit=cell,
        kind="admission_cell",
        day=day,
        numbers=protocol,
        expected=entitled(cell, day, voters),
    )
    case.data["considered"] = day.isoformat()
    if not result.agreed:
        return Outcome(target="rejected", protocol=result, remark=remark, said=numbers_of(result))
    committee = committee_of(chain_of(case, day))
    if committee is None:
        return _file_complete(case, day, result, remark)
    return Outcome(
        target="cell_agreed", protocol=result, remark=remark, unit=committee, said=numbers_of(result)
    )


@admission.step(
    "committee_vote",
    source="cell_agreed",
    target=("consent_needed", "file_complete", "rejected"),
    act="admission.committee",
    label=_("Record the grassroots committee's vote"),
    help=_("At least two thirds of the committee's members must agree."),
    day_label=_("Day of the committee's meeting"),
    fields=[PROTOCOL, REMARK],
)
def committee_vote(case: Case, act: Act, *, day, protocol, remark):
    not_before(dt.date.fromisoformat(case.data["considered"]), day, _("The cell's vote"))
    result = vote_by_rule(case, act, unit=case.unit, kind="admission_committee", day=day, numbers=protocol)
    if not result.agreed:
        return Outcome(target="rejected", protocol=result, remark=remark, said=numbers_of(result))
    return _file_complete(case, day, result, remark)


@admission.step(
    "consent",
    source="consent_needed",
    target="file_complete",
    act="admission.decide",
    label=_("Record the consent to the re-admission"),
    help=_("A former member is admitted again only with the written consent of that committee."),
    day_label=_("Day of the consent"),
    fields=[Field("document", "document", _("Written consent"), paper="decision")],
)
def consent(case: Case, act: Act, *, day, document):
    not_before(dt.date.fromisoformat(case.data["complete"]), day, _("The last vote"))
    used(case, provisions.on(day)["readmission.consent_by"])
    set_deadline(case, "decision", day, provisions.on(day)["admission.decision_working_days"])
    said = {"decision": shown(document)}
    subjects = [(("person", case.person_id), said)]
    return Outcome(document=document, unit=_decider(case, day), said=said, subjects=subjects)


@admission.step(
    "admit",
    source="file_complete",
    target="admitted",
    act="admission.decide",
    at=lambda case, asked: _decider(case, asked["day"]),
    label=_("Admit by decision"),
    help=_(
        "Membership begins on the day of the decision; the cell holds the ceremony within 30 working days."
    ),
    day_label=_("Day of the decision"),
    locks=["cell", "person"],
    fields=[PAPER],
)
def admit(case: Case, act: Act, *, day, document):
    cell = cell_of(case)
    require_cell(cell, day, chain=chain_of(case, day))
    not_before(dt.date.fromisoformat(case.data["complete"]), day, _("The last vote"))
    refuse_other_day(document, day)
    _refuse_erased(case.subject)
    why = cause("readmitted" if case.data["again"] else "admitted", case=case, document=document)
    try:
        begin_membership(act, case.subject, cell, day, cause=why, standing=Standing.PROBATIONARY)
    except Overlap:
        _refuse_member(case.subject, day)
        raise
    meet_deadline(case, "decision", day)
    rule = provisions.on(day)["admission.ceremony_working_days"]
    set_deadline(case, "ceremony", day, rule)
    used(case, rule, provisions.on(day)["admission.membership_from"])
    case.data["decided"] = day.isoformat()
    said = {"decision": shown(document), "cell": cell.code, "again": case.data["again"]}
    subjects = [(("person", case.person_id), said), (("unit", cell.pk), {"decision": shown(document)})]
    return Outcome(document=document, unit=cell, subjects=subjects, said={"rules": case.data["rules"]})


@admission.step(
    "decline",
    source="file_complete",
    target="rejected",
    act="admission.decide",
    at=lambda case, asked: _decider(case, asked["day"]),
    label=_("Decline"),
    kind="close",
    fields=[REASON, Field("document", "document", _("Notice"), required=False, paper="notice")],
)
def decline(case: Case, act: Act, *, day, reason, document):
    return Outcome(document=document, remark=reason, unit=cell_of(case), said={"reason": reason})


@admission.step(
    "hold_ceremony",
    source="admitted",
    target="done",
    act="admission.cell",
    at=at_cell,
    label=_("Record the ceremony"),
    day_label=_("Day of the ceremony"),
    fields=[REMARK],
)
def hold_ceremony(case: Case, act: Act, *, day, remark):
    not_before(dt.date.fromisoformat(case.data["decided"]), day, _("The decision"))
    due = fetch(CEREMONY_DUE, [case.pk])
    case.data["ceremony"] = day.isoformat()
    meet_deadline(case, "ceremony", day)
    late = bool(due) and day > due[0][0]
    return Outcome(remark=remark, said={"late": late} if late else {})


CEREMONY_DUE = (
    "SELECT due FROM procedures_casedeadline"
    " WHERE case_id = %s AND kind = 'ceremony' AND retracted IS NULL ORDER BY id LIMIT 1"
)

committee_sends_back = admission.goes_back(
    name="committee_sends_back", source="cell_agreed", target="trained", act="admission.committee", to=cell_of
)
decider_sends_back = admission.goes_back(
    name="decider_sends_back",
    source=("consent_needed", "file_complete"),
    target="trained",
    act="admission.decide",
    to=cell_of,
)
withdraw = admission.may_be_withdrawn(source=BEFORE_THE_DECISION, act="admission.open", at=at_cell)


# ── what an applicant must meet ─────────────────────────────────────────────────────────────────────────


#: Mostly nobody knows anything of an applicant: one look tells whether there is anything to say.
KNOWN = """SELECT
    EXISTS (SELECT 1 FROM registers_membership WHERE retracted IS NULL AND person_id = %s
            AND (valid_to IS NULL OR valid_to > %s)),
    EXISTS (SELECT 1 FROM procedures_case WHERE procedure = 'admission' AND person_id = %s
            AND closed_on IS NULL),
    EXISTS (SELECT 1 FROM registers_membership WHERE retracted IS NULL AND person_id = %s
            AND valid_to <= %s)"""


def _refuse_erased(person: Person):
    if person.erased:
        raise Refusal(
            _("The data of this person were erased; enter the applicant as a new person."), field="person"
        )


def _refuse_member(person: Person, day):
    """Whether there is a membership on the day or later."""
    if Membership.objects.during(Period(day)).filter(person=person).exists():
        raise Refusal(
            _("%(name)s is a member already; to bring a member to another cell, use a transfer.")
            % {"name": numbered(person)},
            field="person",
            code="member_already",
        )


def _refuse_second_case(person: Person, day):
    """Nobody is admitted in two cells at once."""
    other = Case.objects.filter(procedure="admission", person=person, closed_on__isnull=True).first()
    if other is not None:
        raise Refusal(
            _(
                "An admission of %(name)s is under way already in %(body)s; go on with that case or "
                "withdraw it."
            )
            % {"name": numbered(person), "body": body(cell_of(other), day)},
            field="person",
            code="case_open",
        )


def _refuse_too_soon(person: Person, day, record_deleted: dt.date | None):
    """The rule by which a former member may come back, or None for somebody who never was one."""
    past = Membership.objects.filter(person=person, valid_to__lte=day).order_by("-valid_to")
    last = past.select_related("ended_by").first()
    if last is None:
        return None
    ended = last.ended_by.kind if last.ended_by else ""
    if ended not in ENDED_FOR_GOOD:
        raise Refusal(
            _("%(name)s was a member and did not leave the party; use a transfer from outside the register.")
            % {"name": numbered(person)},
            field="person",
            code="not_a_readmission",
        )
    times = provisions.on(day)["readmission.times"]
    if past.filter(begun_by__kind="readmitted").count() >= times.value:
        raise Refusal(
            _("%(name)s has been re-admitted once already; it is not possible again.")
            % {"name": numbered(person)},
            field="person",
            code="readmitted_already",
            citation=times.citation,
        )
    scope = {"after": "criminal_record"} if record_deleted else None
    rule = provisions.on(day).get("readmission.months", scope=scope)
    earliest = add_months(max(last.valid_to, record_deleted or last.valid_to), rule.value)
    if day < earliest:
        raise Refusal(
            _("Re-admission is possible after %(months)s months: from %(earliest)s on.")
            % {"months": rule.value, "earliest": wording.day(earliest)},
            field="day",
            code="readmission_too_soon",
            citation=rule.citation,
        )
    return rule


def _refuse_excluded(person: Person, day, *, hardship: bool, checked: bool) -> list[str]:
    """Who is not considered again, whatever time has passed; the rule it was judged by."""
    view = provisions.on(day)
    past = Membership.objects.filter(person=person, valid_to__lte=day).order_by("-valid_to")
    last = past.select_related("ended_by").first()
    if "readmission.excluded" not in view or last is None or last.ended_by is None:
        return []
    rule = view["readmission.excluded"]
    why = excluded_by(last.ended_by.kind, ground_of(last.ended_by))
    said = {
        "own_wish": _("%(name)s left the party at the own wish, and is considered again only if it was for "
                      "hardship in the family; say so, or do not open the case."),
        "stayed_away": _("%(name)s was deleted for staying away from the cell's life, and is not considered "
                         "for re-admission."),
        "expelled": _("%(name)s was expelled; look up the decision, and say that it was not for disunity, "
                      "corruption or a serious offence. Else there is no re-admission."),
    }  # fmt: skip
    excused = (why == "own_wish" and hardship) or (why == "expelled" and checked)
    if why and not excused and (why in rule.value or why == "expelled"):
        raise Refusal(
            said[why] % {"name": numbered(person)},
            field={"own_wish": "hardship", "expelled": "no_grave_ground"}.get(why, "person"),
            code="not_considered",
            citation=rule.citation,
        )
    return [rule.version]


def excluded_by(kind: str, ground: str) -> str:
    """What an end of membership says against coming back; why somebody was expelled only a paper tells."""
    if kind == "deleted":
        return "stayed_away" if ground in STAYED_AWAY else ""
    return {"left": "own_wish", "expelled": "expelled"}.get(kind, "")


def ground_of(ended: Cause) -> str:
    """On which ground the case of a deletion was decided; empty where the register has no case."""
    case = Case.objects.filter(pk=ended.case).first() if ended.case else None
    return case.data.get("ground", "") if case is not None else ""


#: Grounds of a deletion that mean leaving the cell's life of one's own accord.
STAYED_AWAY = ("missed_meetings",)


def _enter_course(case, act, day, obtained, certificate, place, rule):
    until = add_months(obtained, rule.value)
    if not certificate:
        raise Refusal(_("Enter the number of the certificate."), field="certificate", code="missing")
    if obtained > day:
        raise Refusal(_("The certificate cannot be younger than this step."), field="obtained")
    if until <= day:
        raise Refusal(
            _(
                "The certificate of %(obtained)s was valid up to %(last)s; send the applicant to the "
                "course again."
            )
            % {"obtained": wording.day(obtained), "last": wording.day(until - DAY)},
            field="obtained",
            code="course_expired",
            citation=rule.citation,
        )
    used(case, rule)
    return begin(
        Qualification,
        act,
        obtained,
        until=until,
        person=case.person,
        kind=COURSE,
        name=certificate,
        level=place[:40],
        cause=cause("issued", case=case),
    )


def _refuse_stale_course(case, day):
    until = dt.date.fromisoformat(case.data["course_until"])
    if until <= day:
        raise Refusal(
            _(
                "The certificate of the awareness course was valid up to %(last)s only; send the applicant "
                "again."
            )
            % {"last": wording.day(until - DAY)},
            field="day",
            code="course_expired",
        )


def _known_of(case, members, day) -> dict[int, tuple]:
    """What is asked of introducers, in one message: standing, and official places under the organisation."""
    organisation = committee_of(chain_of(case, day)) or cell_of(case)
    asked: list[Statement] = []
    for person in members:
        places = (PLACES_UNDER, [person.pk, organisation.pk, day, day])
        asked += [asking_standing(person, day), places]
    answers = together(asked)
    standings = [rows[0][0] if rows else "" for rows in answers[::2]]
    return {
        person.pk: (standing, places)
        for person, standing, places in zip(members, standings, answers[1::2], strict=True)
    }


PLACES_UNDER = f"""SELECT p.valid_from, p.valid_to FROM registers_membershipplace p
    WHERE p.retracted IS NULL AND p.person_id = %s AND p.kind = 'official' AND p.unit_id IN
        (SELECT l.descendant_id FROM registers_unitlineage l WHERE l.ancestor_id = %s AND {valid_on("l")})
    ORDER BY p.valid_from"""  # noqa: S608


def _refuse_introducer(case, person, day, months, field, standing, places):
    """A full member who has worked in the applicant's cell or grassroots organisation long enough."""
    name = numbered(person)
    if person.pk == case.person_id:
        raise Refusal(_("Nobody introduces themselves; name somebody else."), field=field)
    if standing != Standing.FULL:
        raise Refusal(
            _("%(name)s is no full member on %(day)s and cannot introduce; name somebody else.")
            % {"name": name, "day": wording.day(day)},
            field=field,
            code="introducer_not_full",
            citation="Statutes 2011, Art. 4",
        )
    since = add_months(day, -months.value)
    if not _without_a_break(places, since, day):
        raise Refusal(
            _(
                "%(name)s has not been in the applicant's unit since %(since)s without a break (%(months)s "
                "months)."
            )
            % {"name": name, "since": wording.day(since), "months": months.value},
            field=field,
            code="introducer_too_new",
            citation=months.citation,
        )


def _without_a_break(places, since, day) -> bool:
    """Whether these places, in their order, cover all days from one to the other."""
    reached = since
    for start, stop in places:
        if start <= reached and (stop is None or stop > reached):
            reached = stop or day + DAY
    return reached > day


def _refuse_age(case, day, born):
    """Full 18 to full 60, counted in months on the day the cell considers the case (domain §3.2)."""
    known = particulars(case.subject, day, born)
    months = age_in_months(known.birth, day, known.birth_precision)
    low, high = provisions.on(day)["admission.min_age_years"], provisions.on(day)["admission.max_age_years"]
    if months < low.value * 12:
        raise Refusal(
            _("The applicant is not yet %(years)s; the cell can consider the case from %(from)s on.")
            % {"years": low.value, "from": wording.day(add_months(known.birth, low.value * 12))},
            field="day",
            code="too_young",
            citation=low.citation,
        )
    case.data["over_age"] = months > high.value * 12
    used(case, low, high)


def _file_complete(case, day, protocol, remark):
    """The file goes to the committee that decides, and its working days begin to run.

    That of a former member goes first to the committee under the Centre, which must consent.
    """
    if case.data["again"]:
        case.data["complete"] = day.isoformat()
        above_it = under_the_centre(chain_of(case, day))
        said = numbers_of(protocol)
        return Outcome(target="consent_needed", protocol=protocol, remark=remark, unit=above_it, said=said)
    decider = _decider(case, day)
    set_deadline(case, "decision", day, provisions.on(day)["admission.decision_working_days"])
    case.data["complete"] = day.isoformat()
    return Outcome(
        target="file_complete", protocol=protocol, remark=remark, unit=decider, said=numbers_of(protocol)
    )


def _decider(case, day):
    return competent(chain_of(case, day), over_age=case.data["over_age"])


def refuse_other_day(document, day):
    """The decision's day is the day of its paper: membership counts from it."""
    if document.day != day:
        raise Refusal(
            _("The paper is of %(paper)s, the decision of %(day)s; membership counts from the paper's day.")
            % {"paper": wording.day(document.day) if document.day else "…", "day": wording.day(day)},
            field="day",
            code="other_day",
        )
