"""Annulling a decision: all it caused goes back, by two people; nothing while something rests on it."""

import datetime as dt

import pytest
from django.db.models import Q

from orgwork.foundation import journal
from orgwork.foundation.dates import begin, change, end
from orgwork.foundation.moments import horizon, writing
from orgwork.procedures import admission, annulment, four_eyes, papers, suspension
from orgwork.procedures.cases import BEFORE, Case, CaseDeadline, CaseHome
from orgwork.procedures.paper_relations import relate
from orgwork.procedures.proposals import Proposal
from orgwork.registers.appointments import Appointment
from orgwork.registers.documents import Document
from orgwork.registers.members import MemberCard, Membership, MembershipPlace
from orgwork.registers.paper_relations import PaperRelation, force
from orgwork.registers.record import Cause
from orgwork.registers.resting import caused_models, rests_on_paper
from orgwork.registers.units import Unit, check_lineage
from tests.procedures.test_admission import DECISION, file_complete
from tests.procedures.test_suspension import proposed
from tests.procedures.test_unit_changes import founded
from tests.procedures.told import refused

D = dt.date
TODAY = D(2024, 6, 3)


def held(known_at=None):
    """Everything that is held true, as known then; where cases lie and annulments themselves left aside."""
    found = set()
    for model in set(caused_models()) - {CaseHome}:
        rows = model.versions.all()
        rows = rows.filter(retracted=None) if known_at is None else rows.known(known_at)
        if model is PaperRelation:
            rows = rows.exclude(kind="annuls")
        names = [f.attname for f in model._meta.concrete_fields]
        apart = {"id", "recorded", "retracted"}
        found |= {(model, *(row[name] for name in names if name not in apart)) for row in rows.values(*names)}
    return found


def examined(cast, paper, by="district_officer"):
    return annulment.examine(actor=cast.account(by), day=TODAY, paper=paper, reason="not competent")


def annul(cast, case, *, by="district_officer", second="provincial_officer", document=None):
    document = document or {"symbol": "300-QĐ/ThU"}
    made = annulment.annul(case, actor=cast.account(by), day=TODAY, document=document, said_at="Art. 1")
    assert isinstance(made, Proposal), "a second person is needed"
    four_eyes.confirm(made, actor=cast.account(second), door="test")
    return Document.objects.get(symbol=document["symbol"])


def admit(cast):
    case = file_complete(cast)
    before = held()
    admission.admit(
        case, actor=cast.account("district_officer"), day=DECISION, document={"symbol": "214-QĐ/ThU"}
    )
    return before, Document.objects.get(symbol="214-QĐ/ThU")


def found(cast):
    before = held()
    founded(cast)
    return before, Document.objects.get(symbol="80-QĐ/ThU")


def replace(cast):
    before = held()
    new = cast.paper("214-QĐ/ThU")
    old = cast.paper("100-QĐ/ThU", day=D(2024, 1, 5))
    relate(
        actor=cast.account("district_officer"), day=DECISION, source=new, kind="replaces", target=old,
        said_at="Art. 2",
    )  # fmt: skip
    assert not force([old], TODAY)[old.pk].in_force
    return before, new


def appoint(cast):
    before = held()
    paper = cast.paper("214-QĐ/ThU")
    with writing(door="test") as act:
        why = Cause.objects.create(kind="released", document=paper)
        row = Appointment.objects.get(person=cast.cell_secretary)
        key = {"post": row.post, "acting": False}
        end(Appointment, act, key, DECISION, cause=why)
        into = Cause.objects.create(kind="appointed", document=paper)
        begin(
            Appointment, act, DECISION, cause=into, post=row.post, acting=False,
            person=cast.veteran, manner="appointed",
        )  # fmt: skip
    return before, paper


@pytest.mark.parametrize("decide", [admit, found, replace, appoint])
def test_everything_goes_back_and_stays_known_as_it_was(cast, decide):
    before, paper = decide(cast)
    between, then = held(), horizon()
    assert before != between
    case = examined(cast, paper)
    by = annul(cast, case)
    for model in caused_models():
        rests = model.objects.filter(Q(begun_by__document=paper) | Q(ended_by__document=paper))
        assert not rests.exists(), model
    assert held() == before
    assert held(then) == between
    state = force([paper], TODAY)[paper.pk]
    assert not state.in_force and [row.source for row in state.ended_by] == [by]
    assert force([paper], TODAY, known_at=then)[paper.pk].in_force
    assert Case.objects.get(pk=case.pk).state == "annulled"
    assert Document.objects.get(pk=paper.pk).number == paper.number
    assert check_lineage() == []
    told = journal.history("document", paper.pk)
    assert any(entry.verb == "annulment.annul" for entry in told)
    refused(examined, cast, paper, code="already_ended")


def test_nothing_is_undone_on_which_something_later_rests(cast):
    """A card and a paper that name the decision: they go first, then it can."""
    paper = admit(cast)[1]
    later = cast.paper("220-QĐ/ThU", day=D(2024, 4, 1))
    with writing(door="test") as act:
        why = Cause.objects.create(kind="issued", document=later)
        begin(MemberCard, act, D(2024, 4, 1), cause=why, person=cast.applicant, number="11.000001")
    actor = cast.account("district_officer")
    relate(actor=actor, day=D(2024, 4, 1), source=later, kind="based_on", target=paper)
    rests = rests_on_paper(paper)
    assert {(one.type, one.paper.symbol) for one in rests.later} == {
        ("person", "220-QĐ/ThU"), ("document", "220-QĐ/ThU"),
    }  # fmt: skip
    assert {fact.model._meta.model_name for fact in rests.facts} >= {"membership", "membershipplace"}
    case, before = examined(cast, paper), held()
    said = {"actor": actor, "day": TODAY, "document": {"symbol": "300-QĐ/ThU"}}
    told = refused(annulment.annul, case, code="rests_on_it", **said)
    assert any("220-QĐ/ThU" in line for line in told.left)
    assert held() == before and not Proposal.objects.exists()
    annul(cast, examined(cast, later))
    annul(cast, case, document={"symbol": "301-QĐ/ThU"})
    assert not Membership.objects.filter(person=cast.applicant).exists()


def test_a_body_is_not_unfounded_while_somebody_came_to_it_later(cast):
    paper = found(cast)[1]
    new = Unit.objects.latest("pk")
    other = cast.paper("221-QĐ/ThU")
    with writing(door="test") as act:
        why = Cause.objects.create(kind="transferred", document=other)
        key = {"person": cast.introducer, "kind": "official"}
        change(MembershipPlace, act, key, D(2024, 5, 1), {"unit": new}, cause=why)
    assert [(one.type, one.id, one.paper.symbol) for one in rests_on_paper(paper).later] == [
        ("person", cast.introducer.pk, "221-QĐ/ThU")
    ]


def test_only_the_issuer_or_a_superior_annuls_and_nobody_twice(cast):
    paper = admit(cast)[1]
    case = examined(cast, paper)
    refused(examined, cast, paper, code="already_open")
    actor = cast.account("district_officer")
    for code, document in (
        ("not_competent", {"symbol": "9-QĐ/ĐU", "issuer": cast.commune}),
        ("older", {"symbol": "9-QĐ/ThU", "day": D(2024, 1, 2)}),
    ):
        refused(annulment.annul, case, actor=actor, day=TODAY, document=document, code=code)
    annulment.annulment.steps["withdraw"].call(case, actor=actor, day=TODAY)
    assert Case.objects.get(pk=case.pk).state == "withdrawn"
    refused(examined, cast, paper, by="cell_secretary", code="not_allowed")


def test_an_annulled_paper_keeps_its_number(cast):
    paper = admit(cast)[1]
    annul(cast, examined(cast, paper))
    with writing(door="test") as act:
        again = papers.register_paper(
            act, symbol="214-QĐ/ThU", kind="decision", issuer=cast.district, day=paper.day
        )
    assert again == paper


def told_of(case):
    """What the case says of itself; by which rules it was judged stays said."""
    return {name: value for name, value in case.data.items() if name != "rules"}


def running(case):
    rows = CaseDeadline.objects.filter(case=case, met_on=None)
    return set(rows.values_list("kind", "runs_from", "due", "basis"))


def test_an_open_case_goes_back_to_the_step_before_with_its_deadlines(cast, client):
    """The member is admitted anew by another decision; what was known in between stays known."""
    case = file_complete(cast)
    home, data, before = case.unit, told_of(case), running(case)
    assert [kind for kind, *_rest in before] == ["decision"]
    officer = cast.account("district_officer")
    said = {"actor": officer, "day": DECISION}
    admission.admit(case, document={"symbol": "214-QĐ/ThU"}, **said)
    assert case.unit != home and {kind for kind, *_rest in running(case)} == {"ceremony"}
    paper, then = Document.objects.get(symbol="214-QĐ/ThU"), horizon()
    found = annulment.what_rests(paper)
    assert [(b.case.pk, b.target, [d.kind for d in b.run]) for b in found.cases] == [
        (case.pk, "file_complete", ["decision"])
    ]
    client.force_login(officer)
    page = client.get(f"/documents/{paper.pk}/annulment/?on={TODAY}").content.decode()
    assert "file complete, to be decided" in page and "deadline that runs again: decision" in page
    annulled = examined(cast, paper)
    annul(cast, annulled)
    case.refresh_from_db()
    assert (case.state, case.closed_on, case.unit) == ("file_complete", None, home)
    assert running(case) == before and told_of(case) == data
    assert case.steps.order_by("-pk").first().step == "set_back"
    assert {d.kind for d in CaseDeadline.objects.at(then).filter(case=case, met_on=None)} == {"ceremony"}
    told = journal.history("case", case.pk).first()
    assert (told.verb, told.content["to"]) == ("annulment.annul", "file_complete")
    page = client.get(f"/cases/{case.pk}/?on={TODAY}").content.decode()
    assert "the paper of this step was annulled" in page
    refused(
        admission.admit, case, actor=officer, day=TODAY, code="annulled",
        document={"symbol": "214-QĐ/ThU", "day": DECISION},
    )  # fmt: skip
    admission.admit(case, actor=officer, day=TODAY, document={"symbol": "215-QĐ/ThU"})
    admission.hold_ceremony(case, actor=cast.account("cell_secretary"), day=TODAY)
    assert case.state == "done" and Membership.objects.get(person=cast.applicant).valid_from == TODAY


def test_a_later_paper_of_the_case_goes_first_and_ended_cases_stay(cast):
    """A suspension extended once: the extension is annulled, is free again, and only then the suspension."""
    case = proposed(cast)
    officer = cast.account("district_officer")
    suspension.suspend(case, actor=officer, day=DECISION, document={"symbol": "214-QĐ/ThU"})
    first = dict(case.data)
    extended = DECISION + dt.timedelta(days=60)
    suspension.extend(case, actor=officer, day=extended, document={"symbol": "215-QĐ/ThU"})
    one, two = (Document.objects.get(symbol=f"{n}-QĐ/ThU") for n in (214, 215))
    resting = annulment.what_rests(one)
    assert {later.paper for later in resting.later} == {two}
    assert any(later.model is None and later.id == case.pk for later in resting.later)
    annul(cast, examined(cast, two))
    case.refresh_from_db()
    assert case.state == "suspended" and case.data["until"] == first["until"]
    assert [d.due.isoformat() for d in CaseDeadline.objects.filter(case=case, met_on=None)] == [
        first["until"]
    ]
    suspension.extend(case, actor=officer, day=extended, document={"symbol": "216-QĐ/ThU"})
    suspension.lift(case, actor=officer, day=TODAY, document={"symbol": "217-QĐ/ThU"})
    assert BEFORE not in case.data
    assert annulment.what_rests(Document.objects.get(symbol="216-QĐ/ThU")).cases == []
