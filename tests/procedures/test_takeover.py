"""Taking over set-based leaves the same rows as the procedures, step by step: cases, votes, deadlines,
facts, journal.
"""

import datetime as dt

import pytest
from django.utils import timezone

from orgwork.exchange.demo.build import build_demo, empty
from orgwork.foundation import moments
from orgwork.foundation.journal import Entry
from orgwork.procedures import admission, transfer
from orgwork.procedures.cases import Case, Protocol
from orgwork.procedures.people_entry import enter_person
from orgwork.registers.members import Membership, MembershipPlace, MembershipStanding
from orgwork.registers.people import Person, Qualification
from orgwork.registers.units import Unit

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def taken_over(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock():
        yield build_demo(members=1500, replace=True)
        empty()


@pytest.fixture
def act(taken_over):
    """An act whose authority was judged before, in the test's transaction."""
    act = moments.draw(door="takeover", at=timezone.now())
    act.cleared = True
    return act


def paper_of(document):
    return {
        "symbol": f"X{document.symbol}",
        "day": document.day,
        "issuer": document.issuer,
        "kind": document.kind,
        "title": document.title,
        "issuer_name": document.issuer_name,
    }


def a_case(procedure, state, **wanted):
    cases = Case.objects.filter(
        procedure=procedure, state=state, opened_on__gte=dt.date(2021, 8, 1), **wanted
    )
    return cases.order_by("pk").first()


def someone_else(case, act):
    """A person like the one of the case, entered as any applicant is."""
    born = case.person.particulars.get().birth
    return enter_person(
        within=act,
        day=case.opened_on,
        unit=case.unit,
        family="Lò",
        middle="Thử",
        given="Nghiệm",
        sex="m",
        birth=born,
        another=True,
    )


def numbers(protocol):
    return {name: getattr(protocol, name) for name in Protocol.NUMBERS}


def test_an_admission_taken_over_equals_one_taken_step_by_step(act):
    ours = a_case("admission", "done")
    person = someone_else(ours, act)
    steps = {step.step: step for step in ours.steps.select_related("document", "protocol")}
    cell = Unit.objects.get(pk=ours.data["cell"])
    course = Qualification.objects.get(person=ours.person, kind="awareness_course")
    first, second = (Person.objects.get(pk=pk) for pk in ours.data["introducers"])
    theirs = admission.open_admission(within=act, day=steps["open"].day, person=person, unit=cell)
    takes = {
        "record_course": {"obtained": course.valid_from, "certificate": course.name, "place": course.level},
        "verify_papers": {"cv_verified": True, "citizen": True, "schooling": "higher"},
        "name_introducers": {"introducer": first, "second_introducer": second},
        "cell_vote": {"protocol": numbers(steps["cell_vote"].protocol)},
        "committee_vote": {},
        "admit": {"document": paper_of(steps["admit"].document)},
        "hold_ceremony": {},
    }
    if "committee_vote" in steps:
        takes["committee_vote"] = {"protocol": numbers(steps["committee_vote"].protocol)}
    for name, asked in takes.items():
        if name in steps:
            admission.admission.steps[name].call(theirs, within=act, day=steps[name].day, **asked)
    same_case(ours, theirs)
    for model in (Membership, MembershipStanding, MembershipPlace):
        same_beginning(model, ours.person, person)
    same_beginning(Qualification, ours.person, person, kind="awareness_course")


def test_a_transfer_taken_over_equals_one_taken_step_by_step(act):
    ours = a_case("transfer", "received")
    steps = {step.step: step for step in ours.steps.select_related("document")}
    source, target = (Unit.objects.get(pk=ours.data[side]) for side in ("source", "target"))
    person = someone_else(ours, act)
    admission.begin_membership(
        act, person, source, dt.date(2019, 5, 3), cause=admission.cause("takeover"), standing="full"
    )
    theirs = transfer.open_transfer(within=act, day=steps["open"].day, person=person, target=target)
    transfer.send(theirs, within=act, day=steps["send"].day, document=paper_of(steps["send"].document))
    transfer.receive(theirs, within=act, day=steps["receive"].day)
    same_case(ours, theirs)
    mine = MembershipPlace.objects.filter(person=person).order_by("valid_from")
    kept = MembershipPlace.objects.filter(person=ours.person, begun_by__case=ours.pk)
    assert shape(kept.get()) == shape(mine.last())
    before = MembershipPlace.objects.get(person=ours.person, ended_by__case=ours.pk)
    assert (before.unit, before.valid_to, before.ended_by.kind) == (
        mine[0].unit,
        mine[0].valid_to,
        mine[0].ended_by.kind,
    )
    assert before.ended_by_id == kept.get().begun_by_id and mine[0].ended_by_id == mine[1].begun_by_id
    assert before.spell == kept.get().spell and mine[0].spell == mine[1].spell


# ── how rows are compared: everything but ids, salts, moments and who ────────────────────────────────────


def same_case(ours, theirs):
    theirs.refresh_from_db()
    ours.refresh_from_db()
    for name in ("procedure", "state", "unit", "opened_on", "closed_on", "version", "drafts"):
        assert getattr(ours, name) == getattr(theirs, name), name
    assert ours.data == theirs.data
    assert steps_of(ours) == steps_of(theirs)
    assert protocols_of(ours) == protocols_of(theirs)
    assert deadlines_of(ours) == deadlines_of(theirs)
    assert said_of(ours) == said_of(theirs)


def steps_of(case):
    rows = case.steps.order_by("pk").select_related("document")
    return [
        (
            r.step,
            r.source,
            r.target,
            r.day,
            r.document and (r.document.kind, r.document.issuer, r.document.day),
            bool(r.protocol_id),
            r.remark,
        )
        for r in rows
    ]


def protocols_of(case):
    fields = ("unit", "kind", "day", *Protocol.NUMBERS, "agreed", "rule")
    return list(case.protocols.order_by("pk").values_list(*fields))


def deadlines_of(case):
    return sorted(case.deadlines.values_list("kind", "due", "met_on", "basis"))


def said_of(case):
    """Verb, day and subjects with their content; the case and its person by role, since their numbers
    differ.
    """
    entries = Entry.objects.filter(case=case.pk).order_by("moment", "ordinal")
    said = []
    for entry in entries:
        subjects = []
        for one in entry.subjects.order_by("ordinal"):
            own = (one.type, one.subject_id) in {("case", case.pk), ("person", case.person_id)}
            content = {
                key: "the person" if value == case.person_id else value
                for key, value in one.content.items()
                if key not in ("decision", "letter", "schooling")
            }
            subjects.append((one.type, "own" if own else one.subject_id, content))
        said.append((entry.verb, entry.day, subjects))
    return said


def shape(row):
    values = [
        getattr(row, f.attname)
        for f in row._meta.concrete_fields
        if f.name
        not in ("id", "person", "recorded", "retracted", "spell", "begun_by", "ended_by", "valid_to", "name")
    ]
    begun = row.begun_by and (row.begun_by.kind, bool(row.begun_by.case), bool(row.begun_by.document_id))
    return values, begun


def same_beginning(model, one, other, **wanted):
    first, second = (
        model.objects.filter(person=p, **wanted).order_by("valid_from").first() for p in (one, other)
    )
    assert shape(first) == shape(second)
