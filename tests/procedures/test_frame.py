"""The frame under all procedures: one act, savepoints, rehearsal, papers, introspection."""

import datetime as dt

import pytest

from orgwork.foundation import journal
from orgwork.foundation.moments import Moment, writing
from orgwork.foundation.refusals import NotAllowed, Refusal
from orgwork.foundation.rehearsal import rehearsal
from orgwork.procedures import admission, people_entry
from orgwork.procedures.cases import Case, CaseStep, save_draft
from orgwork.procedures.catalogue import definitions, procedures
from orgwork.procedures.fields import TYPES
from orgwork.procedures.papers import number_in, register_paper
from orgwork.registers.documents import Document
from orgwork.registers.members import Membership
from tests.procedures.test_admission import DECISION, cell_agreed, file_complete
from tests.procedures.told import refused

DAY = dt.date(2024, 1, 8)


def test_several_steps_share_one_act_and_a_refused_one_leaves_nothing_behind(cast):
    with writing(actor=cast.account("cell_secretary"), door="test") as act:
        case = admission.open_admission(day=DAY, person=cast.applicant, unit=cast.cell, within=act)
        with pytest.raises(Refusal):
            admission.record_course(case, day=DAY, obtained=dt.date(2010, 1, 1), certificate="1", within=act)
        admission.record_course(case, day=DAY, obtained=dt.date(2023, 6, 1), certificate="1", within=act)
    assert set(CaseStep.objects.filter(case=case).values_list("moment", flat=True)) == {act.moment}
    assert [entry.ordinal for entry in journal.history("case", case.pk)] == [2, 1]


def test_the_actor_of_the_act_counts_not_the_one_a_step_names(cast):
    with writing(actor=cast.account("outsider"), door="test") as act:
        with pytest.raises(NotAllowed):
            admission.open_admission(
                actor=cast.account("cell_secretary"),
                day=DAY,
                person=cast.applicant,
                unit=cast.cell,
                within=act,
            )


def test_a_rehearsed_admission_leaves_nothing(cast):
    case = file_complete(cast)
    before = Moment.objects.count(), Document.objects.count()
    with rehearsal(actor=cast.account("district_officer")) as act:
        admission.admit(case, day=DECISION, document={"symbol": "214-QĐ/ThU"}, within=act)
        assert Membership.objects.filter(person=cast.applicant).exists()
    assert not Membership.objects.filter(person=cast.applicant).exists()
    assert Case.objects.get(pk=case.pk).state == "file_complete"
    assert (Moment.objects.count(), Document.objects.count()) == before


def test_a_refused_step_leaves_nothing_behind(cast):
    case = file_complete(cast)
    documents = Document.objects.count()
    with pytest.raises(Refusal):
        admission.admit(
            case,
            actor=cast.account("district_officer"),
            day=dt.date(2024, 1, 9),
            document={"symbol": "214-QĐ/ThU"},
        )
    assert Document.objects.count() == documents
    assert Case.objects.get(pk=case.pk).state == "file_complete"


def test_the_same_paper_is_found_and_a_number_not_given_twice(cast):
    said = {"symbol": "214-QĐ/ThU", "day": DAY, "issuer": cast.district, "kind": "decision"}
    with writing(door="test") as act:
        paper = register_paper(act, **said)
        assert register_paper(act, **said) == paper
        assert paper.number == 214
        told = refused(register_paper, act, **(said | {"day": dt.date(2024, 3, 1)}), code="number_taken")
        assert told.field == "document"
        assert register_paper(act, **(said | {"day": dt.date(2025, 3, 1)})) != paper
        assert register_paper(act, **(said | {"issuer": cast.commune})) != paper
        secret = register_paper(act, **(said | {"symbol": "215-QĐ/ThU"}), title="Geheim", secret=True)
    assert secret.title == ""
    assert number_in("01-NQ/TW") == 1
    assert number_in("CV") is None


def test_a_paper_without_number_day_or_issuer_is_refused(cast):
    with writing(door="test") as act:
        refused(register_paper, act, symbol=" ", day=DAY, issuer=cast.district, code="missing")
        refused(register_paper, act, symbol="1-QĐ", day=None, issuer=cast.district, code="missing")
        refused(register_paper, act, symbol="1-QĐ", day=DAY, code="missing")
        refused(register_paper, act, symbol="1-QĐ", day=DAY, issuer=cast.district, kind="song", code="kind")


def test_fields_are_checked_before_anything_is_opened(cast):
    actor = cast.account("cell_secretary")
    moments = Moment.objects.count()
    refused(admission.open_admission, actor=actor, day=DAY, unit=cast.cell, field="person", code="missing")
    refused(
        admission.open_admission,
        actor=actor,
        day=DAY,
        unit=cast.cell,
        person="Duyên",
        field="person",
        code="not_of_its_type",
    )
    with pytest.raises(TypeError):
        admission.open_admission(actor=actor, day=DAY, unit=cast.cell, person=cast.applicant, colour="red")
    refused(
        people_entry.enter_person,
        actor=actor,
        day=DAY,
        unit=cast.cell,
        family="A",
        given="B",
        sex="x",
        birth=DAY,
        field="sex",
        code="not_a_choice",
    )
    refused(
        people_entry.enter_person,
        actor=actor,
        day=DAY,
        unit=cast.cell,
        family="A",
        given="B",
        sex="f",
        birth=dt.datetime(2000, 1, 1),
        field="birth",
        code="not_of_its_type",
    )
    assert Moment.objects.count() == moments


def test_a_step_cannot_lie_before_its_case(cast):
    case = cell_agreed(cast)
    told = refused(
        admission.committee_sends_back,
        case,
        actor=cast.account("commune_secretary"),
        day=dt.date(2023, 1, 1),
        remark="x",
        field="day",
    )
    assert told.code == "before_the_case"


def test_drafts_are_for_those_who_may_take_the_step(cast):
    case = cell_agreed(cast)
    with pytest.raises(NotAllowed):
        save_draft(case, "committee_vote", {}, actor=cast.account("outsider"), now=dt.date.today())


def test_everything_that_can_be_done_is_declared_for_forms_and_help():
    codes = {
        "admission",
        "recognition",
        "transfer",
        "arrival",
        "leaving",
        "founding",
        "renaming",
        "moving",
        "kind_change",
        "ending",
        "merging",
    }
    assert codes <= set(procedures())
    for definition in definitions():
        assert str(definition.label), definition.verb
        assert definition.act, definition.verb
        assert str(definition.day_label), definition.verb
        for field in definition.fields:
            assert field.type in TYPES
            assert (field.type == "choice") == bool(field.options()), (definition.verb, field.name)
    for procedure in procedures().values():
        assert procedure.opening is not None
        assert procedure.opening.targets == (procedure.initial,)
        reached = {procedure.initial} | {t for step in procedure.steps.values() for t in step.targets}
        assert reached == set(procedure.states), procedure.code
        left = {source for step in procedure.steps.values() for source in step.sources}
        assert left == set(procedure.states) - procedure.final, procedure.code


def test_slips_of_the_pen_are_told_not_stored(cast):
    actor = cast.account("cell_secretary")
    enter = {"unit": cast.cell, "family": "A", "given": "B", "sex": "f", "birth": dt.date(2000, 1, 1)}
    long = enter | {"family": "A" * 61}
    refused(people_entry.enter_person, actor=actor, day=DAY, **long, field="family", code="too_long")
    zero = enter | {"family": "A\x00"}
    refused(people_entry.enter_person, actor=actor, day=DAY, **zero, field="family", code="not_of_its_type")
    old = enter | {"birth": dt.date(1200, 1, 1)}
    refused(people_entry.enter_person, actor=actor, day=DAY, **old, field="birth", code="day_out_of_range")
    far = dt.date(9999, 12, 31)
    refused(people_entry.enter_person, actor=actor, day=far, **enter, field="day", code="day_out_of_range")
    tomorrow = dt.date.today() + dt.timedelta(days=2)
    plan = {"person": cast.applicant, "unit": cast.cell}
    refused(admission.open_admission, actor=actor, day=tomorrow, **plan, field="day", code="in_the_future")
