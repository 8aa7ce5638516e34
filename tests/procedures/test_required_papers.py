"""Papers that bodies must have, and those that must follow because their parent changed."""

import datetime as dt

import pytest

from orgwork.foundation.dates import begin
from orgwork.foundation.moments import writing
from orgwork.foundation.refusals import Refusal
from orgwork.procedures import required_papers
from orgwork.procedures.paper_relations import relate
from orgwork.registers.numbering import TermOfOffice
from orgwork.registers.required_papers import duties, must_follow

DAY = dt.date(2024, 6, 1)


def of(cast, unit, code, day=DAY, **said):
    return next(one for one in duties(unit, day, **said) if one.unit == unit.pk and one.kind.code == code)


def refused(code, **said):
    with pytest.raises(Refusal) as caught:
        required_papers.name_paper(**said)
    assert caught.value.code == code, caught.value


def test_what_is_missing_is_told_until_a_paper_is_named(cast):
    missing = duties(cast.province, DAY)
    assert {one.state for one in missing} == {"missing"}
    assert {one.kind.code for one in missing if one.unit == cast.commune.pk} == {
        "working_rules", "inspection_programme",
    }  # fmt: skip
    assert not [one for one in missing if one.unit == cast.cell.pk], "the model for cells is of 2025"
    assert of(cast, cast.cell, "cell_working_rules", dt.date(2025, 9, 1)).state == "missing"

    rules = cast.paper("1-QC/ThU", day=dt.date(2021, 3, 1), kind="rules", title="Quy chế làm việc khóa mới")
    assert of(cast, cast.district, "working_rules").proposed == ()
    with writing(door="test"):
        type(rules).objects.filter(pk=rules.pk).update(folded="1-qc/thu quy che lam viec khoa moi")
    assert of(cast, cast.district, "working_rules").proposed == (rules,)
    named = {"actor": cast.account("district_officer"), "unit": cast.district, "day": dt.date(2021, 3, 1)}
    other = cast.paper("2-QC/TU", day=dt.date(2021, 3, 1), kind="rules", issuer=cast.province)
    refused("another_body", document=other.pk, requirement="working_rules", **named)
    refused("not_required", document=rules.pk, requirement="functions", **named)
    refused("kind", document=cast.paper("3-BC/ThU", kind="report", day=dt.date(2021, 1, 2)).pk,
            requirement="working_rules", **named)  # fmt: skip
    refused("not_in_force", document=rules.pk, requirement="working_rules",
            **{**named, "day": dt.date(2021, 2, 1)})  # fmt: skip
    with writing(door="test") as act:
        before = act.moment
    required_papers.name_paper(document=rules.pk, requirement="working_rules", **named)
    refused("named", document=rules.pk, requirement="working_rules", **named)
    assert of(cast, cast.district, "working_rules").state == "present"
    assert of(cast, cast.district, "working_rules", known_at=before).state == "missing"
    assert of(cast, cast.district, "working_rules", dt.date(2021, 2, 1)).state == "missing"
    assert of(cast, cast.district, "working_rules", dt.date(2026, 3, 1)).state == "old", "a new congress"

    # A term of the body's own begins anew; a paper repealed is none.
    with writing(door="test") as act:
        begin(TermOfOffice, act, dt.date(2024, 5, 1), unit=cast.district, name="2024–2029")
    assert of(cast, cast.district, "working_rules").state == "old"
    assert of(cast, cast.district, "working_rules", dt.date(2024, 4, 1)).state == "present"
    end = cast.paper("70-QĐ/ThU", day=dt.date(2024, 4, 20))
    relate(actor=cast.account("district_officer"), day=dt.date(2024, 4, 20), source=end, kind="repeals",
           target=rules, said_at="Điều 2")  # fmt: skip
    assert of(cast, cast.district, "working_rules").state == "ended"
    required_papers.take_back(actor=cast.account("district_officer"), unit=cast.district, day=DAY,
                              requirement="working_rules", reason="nhầm")  # fmt: skip
    assert of(cast, cast.district, "working_rules").state == "missing"

    functions = cast.paper("5-QĐ/ThU", day=dt.date(2023, 1, 2))
    required_papers.name_paper(actor=cast.account("district_officer"), unit=cast.district_office, day=DAY,
                               requirement="functions", document=functions.pk)  # fmt: skip
    assert of(cast, cast.district_office, "functions").state == "present", "issued by the body above, once"


def test_a_paper_must_follow_when_its_parent_was_changed_after_it(cast):
    officer, national = cast.account("district_officer"), cast.account("national_officer")
    parent = cast.paper("35-CT/TW", day=dt.date(2019, 5, 30), kind="directive", issuer=cast.root)
    plan = cast.paper("158-KH/ThU", day=dt.date(2019, 8, 1), kind="plan")
    later = cast.paper("200-KH/ThU", day=dt.date(2024, 2, 1), kind="plan")
    on = {"actor": officer, "kind": "implements", "target": parent, "said_at": ""}
    relate(source=plan, day=plan.day, **on)
    relate(source=later, day=later.day, **on)
    assert must_follow(cast.province, DAY) == []

    change = cast.paper("118-KL/TW", day=dt.date(2024, 1, 18), kind="conclusion", issuer=cast.root)
    relate(actor=national, source=change, kind="amends", target=parent, day=change.day, said_at="Điều 1")
    (one,) = must_follow(cast.province, DAY)
    assert (one.paper, one.parent, one.changed_by, one.change) == (plan, parent, change, "amends")
    assert one.since == change.day
    assert must_follow(cast.province, dt.date(2024, 1, 17)) == []
    assert must_follow(cast.other_district, DAY) == []

    # The issuer follows with a paper of its own that rests on the changing one …
    followed = cast.paper("210-KH/ThU", day=dt.date(2024, 3, 1), kind="plan")
    relate(actor=officer, source=followed, kind="implements", target=change, day=followed.day, said_at="")
    assert must_follow(cast.province, DAY) == []
    assert len(must_follow(cast.province, dt.date(2024, 2, 10))) == 1
    # … or by ending the old one.
    new = cast.paper("45-CT/TW", day=dt.date(2024, 4, 14), kind="directive", issuer=cast.root)
    relate(actor=national, source=new, kind="replaces", target=parent, day=new.day, said_at="Điều 9")
    assert {one.paper for one in must_follow(cast.province, DAY)} == {plan, later}
    gone = cast.paper("220-QĐ/ThU", day=dt.date(2024, 5, 2))
    for old in (plan, later):
        relate(actor=officer, source=gone, kind="repeals", target=old, day=gone.day, said_at="Điều 1")
    assert must_follow(cast.province, DAY) == []
