"""This room is for issued reports: frozen they stay what they said, and they tell what has changed since."""

import datetime as dt

import pytest

from orgwork.foundation import journal
from orgwork.foundation.dates import Period, begin, correct, end
from orgwork.foundation.moments import writing
from orgwork.foundation.refusals import NotAllowed, Refusal
from orgwork.insight import issuing
from orgwork.insight.issued import FrozenFigure, FrozenKey, IssuedReport
from orgwork.registers.members import MembershipPlace
from orgwork.registers.people import Person
from orgwork.registers.record import Cause

pytestmark = pytest.mark.django_db(transaction=True)

FIRST, LAST = dt.date(2015, 1, 1), dt.date(2024, 5, 1)


@pytest.fixture
def report(live_cast):
    return issuing.issue(
        actor=live_cast.account("provincial_officer"), unit=live_cast.province, first=FIRST, last=LAST
    )


def frozen(report, slot):
    return report.figures.get(slot=slot)


def late_admission(cast, day, actor="cell_secretary"):
    person = Person.objects.create()
    with writing(door="web", actor=cast.account(actor)) as act:
        begin(MembershipPlace, act, day, person=person, kind="official", unit=cast.cell,
              cause=Cause.objects.create(kind="admitted"))  # fmt: skip
        journal.record(
            act, "admission.admit", day=day, subjects=[(("person", person.pk), {"decision": "9-QĐ/HU"})]
        )
    return person


def test_issuing_freezes_values_keys_and_the_head_of_the_chain(live_cast, report):
    assert frozen(report, "members.stock").value == 16
    assert frozen(report, "members.stock").keys.count() == 16
    assert frozen(report, "members.admitted").keys.filter(event=dt.date(2015, 5, 19)).exists()
    assert report.chain_position == 0 or report.chain_link
    entry = journal.history("report", report.pk).get()
    assert entry.verb == "report.issue" and entry.content["figures"]["members.stock"] == 16
    assert issuing.as_issued(report, language="de").slots()[0].value is not None


def test_nothing_has_changed_right_after(live_cast, report):
    found = issuing.since_then(report)
    assert found.lines and not found.changed


def test_later_records_show_with_who_when_and_why(live_cast, report):
    c = live_cast
    late_admission(c, dt.date(2024, 4, 2))
    with writing(door="web", actor=c.account("cell_secretary")) as act:
        end(MembershipPlace, act, {"person": c.veteran, "kind": "official"}, dt.date(2024, 3, 1),
            cause=Cause.objects.create(kind="died", text="certificate 12"))  # fmt: skip
        journal.record(
            act, "leaving.died", day=dt.date(2024, 3, 1), subjects=[(("person", c.veteran.pk), {})]
        )
    found = issuing.since_then(report, actor=c.account("provincial_officer"), today=LAST)
    lines = {line.slot: line for line in found.lines}
    admitted = lines["members.admitted"]
    assert (admitted.now - admitted.frozen, admitted.since.late, admitted.since.corrected) == (1, 1, 0)
    change = admitted.since.changes[0]
    assert (change.way, change.kind, change.paper) == ("came", "late", "9-QĐ/HU")
    assert change.actor == c.account("cell_secretary").full_name and change.at and change.what
    assert change.row is not None and change.row.day == dt.date(2024, 4, 2)
    stock = lines["members.stock"]
    assert (stock.frozen, stock.now) == (16, 16) and stock.changed  # one came, one went
    assert {one.way for one in stock.since.changes} == {"came", "went"}
    gone = next(one for one in stock.since.changes if one.way == "went")
    assert gone.row.label == "Lê Quang Vinh" and gone.entry.verb == "leaving.died"


def test_a_correction_is_told_from_a_late_entry(live_cast, report):
    c = live_cast
    with writing(door="web", actor=c.account("provincial_officer")) as act:
        correct(MembershipPlace, act, {"person": c.member, "kind": "official"},
                Period(dt.date(2015, 5, 10), dt.date(2015, 5, 19)), {"unit": c.cell},
                cause=Cause.objects.create(kind="corrected"))  # fmt: skip
        journal.record(act, "correction.membership", day=dt.date(2015, 5, 10),
                       subjects=[(("person", c.member.pk), {"reason": "it was on the 10th"})])  # fmt: skip
    found = issuing.since_then(report, actor=c.account("provincial_officer"), today=LAST)
    admitted = next(line for line in found.lines if line.slot == "members.admitted")
    assert admitted.frozen == admitted.now and admitted.changed
    assert [(one.way, one.kind) for one in admitted.since.changes] == [
        ("came", "corrected"),
        ("went", "corrected"),
    ]
    assert {one.why for one in admitted.since.changes} == {"it was on the 10th"}


def test_who_may_not_read_names_sees_that_it_changed_but_not_who(live_cast, report):
    late_admission(live_cast, dt.date(2024, 4, 2))
    found = issuing.since_then(report, actor=live_cast.account("member"), today=LAST)
    admitted = next(line for line in found.lines if line.slot == "members.admitted")
    assert admitted.since.changes[0].row is None and admitted.now == admitted.frozen + 1


def test_the_report_keeps_saying_what_it_said(live_cast, report):
    before = {slot.name: slot.value for slot in issuing.as_issued(report).slots()}
    late_admission(live_cast, dt.date(2024, 4, 2))
    assert {slot.name: slot.value for slot in issuing.as_issued(report).slots()} == before
    assert before == {f.slot: issuing._number(f.value) for f in FrozenFigure.objects.filter(report=report)}


def test_only_who_holds_the_power_issues_and_only_what_is_over(live_cast):
    with pytest.raises(NotAllowed):
        issuing.issue(actor=live_cast.account("member"), unit=live_cast.province, first=FIRST, last=LAST)
    with pytest.raises(Refusal):
        issuing.issue(
            actor=live_cast.account("provincial_officer"), unit=live_cast.province, first=LAST, last=FIRST
        )
    with pytest.raises(Refusal):
        issuing.issue(
            actor=live_cast.account("provincial_officer"), unit=live_cast.province, first=FIRST,
            last=dt.date(2199, 1, 1),
        )  # fmt: skip
    assert not IssuedReport.objects.exists() and not FrozenKey.objects.exists()
