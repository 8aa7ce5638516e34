"""The demo in a database: what the checks find, what the figures say, and that set-based writing equals the
procedures.
"""

import datetime as dt
import stat

import pytest
from django.db import connection

from orgwork.exchange.demo.bodies import CLOSING, SHOWN
from orgwork.exchange.demo.build import build_demo
from orgwork.exchange.demo.declared import declared_breaches
from orgwork.exchange.demo.reform import reform
from orgwork.exchange.demo.story import story
from orgwork.exchange.texts.kept import KeptText, Kind, State, TextFind
from orgwork.foundation import journal
from orgwork.foundation.accounts import Account
from orgwork.foundation.dates import Period
from orgwork.foundation.moments import Moment
from orgwork.foundation.refusals import Refusal
from orgwork.insight.staffing import departures, standings
from orgwork.procedures.cases import Case, CaseStep, Protocol
from orgwork.registers import rules
from orgwork.registers.acquaintance import Acquaintance
from orgwork.registers.areas import Area, AreaPlacement
from orgwork.registers.documents import Document, DocumentText
from orgwork.registers.incoming import IncomingPaper
from orgwork.registers.members import MembershipPlace
from orgwork.registers.paper_relations import PaperRelation
from orgwork.registers.reorganisation import Plan
from orgwork.registers.required_papers import RequiredPaper
from orgwork.registers.staffing import AffectedPerson, Solution
from orgwork.registers.task_proposals import TaskProposal
from orgwork.registers.units import Unit, UnitForm, UnitPlacement, check_lineage

MEMBERS = 1500
pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def built(django_db_setup, django_db_blocker):
    """A small demo, built once for this module and taken away afterwards."""
    with django_db_blocker.unblock():
        found = build_demo(members=MEMBERS, replace=True)
        yield found
        from orgwork.exchange.demo.build import empty

        empty()


@pytest.fixture(scope="module")
def told():
    return story(members=MEMBERS)


def test_lineage_and_journal_stand(built):
    assert check_lineage() == []
    verdict = journal.verify()
    assert verdict.ok and verdict.unsealed == 0 and verdict.sealed > 5000


@pytest.mark.parametrize("on", [SHOWN, CLOSING])
def test_check_finds_exactly_what_is_declared(built, told, on):
    found = {}
    for breach in rules.check(day=dt.date.fromordinal(on)):
        found.setdefault(breach.rule, set()).add(breach.id)
    declared = declared_breaches(told, on)
    assert {name: len(ids) for name, ids in found.items()} == {
        name: len(ids) for name, ids in declared.items()
    }
    for name in ("cell_too_small", "grassroots_cell_too_large"):
        codes = set(Unit.objects.filter(pk__in=found[name]).values_list("code", flat=True))
        assert codes == declared[name]


def test_the_clock_begins_with_the_story(built):
    """Also where the database held something younger before."""
    assert Moment.objects.earliest("id").at.date() == dt.date(2020, 1, 2)


def test_a_second_demo_is_refused(built):
    with pytest.raises(Refusal):
        build_demo(members=MEMBERS)


def test_sign_ins_are_for_their_owner_only(built):
    from django.conf import settings

    path = settings.ORGWORK_HOME / "demo-sign-ins.txt"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    names = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()]
    assert len(names) == 10 and len({password for _name, password, _what in names}) == 10
    for name, password, _what in names:
        assert Account.objects.get(username=name).check_password(password)


def test_the_five_reports_are_read_and_their_papers_stand_in_their_chains(built):
    """Kept and accepted by the real acts: each text has its page of finds, comparisons and tasks."""
    texts = {text.file_name[:3]: text for text in KeptText.objects.all()}
    assert sorted(texts) == ["000", "001", "002", "003", "004"]
    numbered = TextFind.objects.filter(kind=Kind.DOCUMENT).exclude(norm="")
    assert set(numbered.values_list("state", flat=True)) == {State.ACCEPTED}
    of_the_province = texts["001"].finds.filter(state=State.ACCEPTED, kind=Kind.FIGURE)
    codes = {find.outcome["indicator"] for find in of_the_province}
    assert {"members.admitted", "villages.heads_members", "firms.with_organisation"} <= codes
    assert all(find.outcome["unit"] == "11" for find in of_the_province)
    assert TaskProposal.objects.filter(text=texts["003"].pk).count() >= 9
    chains = set(PaperRelation.objects.values_list("source__symbol", "kind", "target__symbol"))
    assert chains >= {
        ("158-KH/TU", "implements", "35-CT/TW"), ("03-HD/TU", "guides", "35-CT/TW"),
        ("68-CTr/TU", "implements", "39-NQ/TW"), ("121-KL/TW", "reviews_finally", "18-NQ/TW"),
        ("66-KH/TU", "implements", "04-NQ/TU"), ("09-ĐA/TU", "implements", "04-NQ/TU"),
    }  # fmt: skip
    assert any(target == "137-QĐ/TW" for _source, _kind, target in chains)


def test_reports_are_documents_with_text(built):
    outside = Document.objects.filter(kind="report", issuer=None)
    assert outside.count() == DocumentText.objects.filter(document__in=outside).count() == 5


def test_papers_live_in_the_demo(built):
    """Drafts in all their stages, a book with answers, who studied the congress's resolution, reviews."""
    stages = set(Case.objects.filter(procedure="draft").values_list("state", flat=True))
    assert stages == {"drafting", "opinions", "appraisal", "submitted", "issued"}
    book = IncomingPaper.objects.filter(valid_to=None)
    assert book.count() == 40 and book.filter(state="answered").count() == 24
    assert not book.exclude(state="answered").exclude(answer=None).exists()
    assert sorted(book.values_list("number", flat=True)) == list(range(1, 41))
    studied = Acquaintance.objects.filter(document__symbol="01-NQ/ĐH")
    assert studied.count() >= 3 and studied.exclude(document__issuer__code="11").count() == 0
    assert set(Case.objects.filter(procedure="paper_review").values_list("state", flat=True)) == {
        "held", "due",
    }  # fmt: skip
    assert RequiredPaper.objects.filter(requirement="working_rules").count() >= 2
    secret = book.get(secret=True)
    assert not (secret.title or secret.sender_name or secret.sender or secret.note)


def test_known_on_differs_from_what_was(built):
    late = MembershipPlace.objects.all_versions().filter(retracted__isnull=False)
    assert late.exists()


def test_every_admission_has_its_case_votes_and_paper(built):
    done = Case.objects.filter(procedure="admission", state="done")
    assert done.count() > 100
    assert not done.exclude(
        pk__in=CaseStep.objects.filter(step="admit", document__isnull=False).values("case")
    ).exists()
    assert not done.exclude(
        pk__in=Protocol.objects.filter(kind="admission_cell", agreed=True).values("case")
    ).exists()


def test_ids_of_the_next_writer_follow(built):
    last = Unit.objects.order_by("-pk").first().pk
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = 'registers_unit'")
            assert cursor.fetchone()[0] >= last


def test_the_reform_carries_everything_over(built):
    """In the test's own transaction: the province's ten districts and 129 communes become 45 communes."""
    eve, day = dt.date(2025, 6, 30), dt.date(2025, 7, 1)

    def communes(on):
        lies = dict(AreaPlacement.objects.on(on).values_list("area", "parent"))
        found = AreaPlacement.objects.on(on).filter(area__kind="commune").values_list("area", flat=True)
        province = Area.objects.get(code_list="GSO-2024", code="11").pk
        return sum(province in (lies[one], lies.get(lies[one])) for one in found)

    def homes(on):
        return dict(MembershipPlace.objects.on(on).filter(kind="official").values_list("person", "unit"))

    members = homes(eve)
    assert communes(eve) == communes(day) == 129
    plan = reform()
    assert plan.state != "enacted" and Plan.objects.get(pk=plan.pk).state == "enacted"
    assert (communes(eve), communes(day)) == (129, 45)
    assert homes(eve) == members and homes(day).keys() == members.keys()
    assert set(homes(day).values()) <= set(UnitPlacement.objects.on(day).values_list("unit", flat=True))
    assert check_lineage() == []
    # Quotas and staff around it: parts within the whole, some over until a day, solutions agreed.
    province = Unit.objects.get(code="11")
    year = Period(dt.date(2025, 1, 1), day)
    (before,), (after,) = standings(province, eve), standings(province, day)
    assert before.filled == after.filled > 0 and before.over == after.over == 0
    assert after.given + after.reserve <= after.allotted < 362 and departures(province, year)
    rows = [one for unit in under_communes(day) for one in standings(unit, day) if one.filled]
    assert any(one.over and one.borne(day) for one in rows)
    agreed = set(AffectedPerson.objects.filter(plan=plan).values_list("solution", flat=True))
    assert "new_post" in agreed and agreed <= set(Solution.values)


def under_communes(day):
    rows = UnitForm.objects.on(day).filter(kind="commune_party_organisation").select_related("unit")
    return [row.unit for row in rows.order_by("unit__code")[:4]]
