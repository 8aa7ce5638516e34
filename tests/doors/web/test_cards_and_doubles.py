"""Pages of cards, letters, badges and doubles: lists, files, print, and the decision about two records."""

import datetime as dt
from io import BytesIO

import docx
import pytest
from django.urls import reverse

from orgwork.procedures import badges, cards, merging
from orgwork.procedures.cards import card_run
from orgwork.procedures.four_eyes import confirm
from orgwork.procedures.proposals import Proposal
from orgwork.registers.aliases import PersonAlias
from tests.foundation.test_printing import read
from tests.procedures.test_badges import MAY, member_since
from tests.procedures.test_cards import issue
from tests.procedures.test_letters import send
from tests.procedures.test_merging import WHY, double_of

ON = "on=2024-05-01"


@pytest.fixture
def page(cast, client):
    """Ask for a page as somebody of the cast."""

    def ask(address, by="district_officer", **data):
        client.force_login(cast.account(by))
        answer = client.post(address, data) if data else client.get(address)
        assert answer.status_code < 500
        return answer

    return ask


def text(answer) -> str:
    return b"".join(answer).decode() if answer.streaming else answer.content.decode()


def test_the_register_of_cards(cast, page):
    issue(cast, cast.member)
    issue(cast, cast.teacher)
    cards.report_lost(
        actor=cast.account("cell_secretary"), day=dt.date(2024, 4, 2), person=cast.teacher, reason="Flood"
    )
    held = text(page(f"/cards/?unit=03127&{ON}"))
    assert "11000001" in held and "Cà Thị Xuân" in held and "11000002" not in held
    assert "11000002" in text(page(f"/cards/?unit=03127&{ON}&state=reissue"))
    waiting = text(page(f"/cards/?unit=03127.01&{ON}&state=waiting"))
    assert "Lê Quang Vinh" in waiting and "Cà Thị Xuân" not in waiting and "Tòng Văn Sơn" not in waiting
    assert "11000001" in text(page(f"/cards/?unit=03127&{ON}&export=csv"))
    assert "11000001" in read(page(f"/cards/?unit=03127&{ON}&export=pdf").content)
    assert "11000001" not in text(page(f"/cards/?unit=03127.02&{ON}"))


def test_a_print_run_as_pdf_and_workbook(cast, page):
    actor = cast.account("district_officer")
    day = dt.date(2024, 4, 2)
    case = card_run.opening.call(actor=actor, day=day, unit=cast.cell, purpose="first")
    address = reverse("card-run", args=[case.pk])
    assert "No sheet is printed yet" in text(page(f"{address}?{ON}"))
    card_run.steps["print_cards"].call(case, actor=actor, day=day, first=41)
    told = text(page(f"{address}?{ON}"))
    assert "11000001" in told and ">46<" in told
    assert "Lê Quang Vinh" in read(page(f"{address}?{ON}&export=pdf").content)
    assert page(f"{address}?{ON}&export=xlsx")["Content-Disposition"].endswith('.xlsx"')
    assert address in text(page(f"/cards/?unit=03127&{ON}"))
    assert page("/cards/runs/1/").status_code == 404


def test_the_book_of_counterfoils_and_a_letter_to_print(cast, page):
    case = send(cast)
    book = text(page(f"/letters/?unit=03127&{ON}", by="commune_secretary"))
    assert "01-GT/ĐU" in book and "not presented in time" in book
    step = case.steps.get(step="send")
    address = reverse("letter", args=[step.pk])
    assert "Chi bộ bản Tá Miếu" in text(page(address, by="cell_secretary"))
    printed = read(page(f"{address}?as=pdf", by="cell_secretary").content)
    assert printed.count("01-GT/ĐU") >= 2 and "Cà Thị Xuân" in printed
    file = docx.Document(BytesIO(page(f"{address}?as=word", by="cell_secretary").content))
    assert "Cà Thị Xuân" in [cell.text for table in file.tables for row in table.rows for cell in row.cells]
    assert page(address, by="other_officer").status_code == 403


def test_the_list_for_an_award_day(cast, page):
    member_since(cast.veteran, dt.date(1974, 4, 30))
    member_since(cast.introducer, dt.date(1993, 9, 1))
    now = text(page("/badges/?unit=03127&on=2024-05-01", by="cell_secretary"))
    assert page("/badges/?unit=03127&on=2024-05-01", by="cell_secretary").status_code == 403
    now = text(page("/badges/?unit=03127.01&on=2024-05-01", by="cell_secretary"))
    assert "Lê Quang Vinh" in now and "Đỗ Hữu Lộc" not in now
    every = text(page("/badges/?unit=03127&on=2024-05-01&group=all"))
    assert "Đỗ Hữu Lộc" in every
    assert "Lê Quang Vinh" in read(page("/badges/?unit=03127&on=2024-05-01&export=pdf").content)
    bulk = f"/bulk/?procedure=badge&person={cast.veteran.pk}&person={cast.introducer.pk}&unit=03127.01"
    answer = page(bulk, by="cell_secretary", day="2024-05-02", award_day="2024-05-19", manner="usual")
    assert answer.status_code == 302
    for case in badges.Case.objects.filter(procedure="badge"):
        badges.agree(case, actor=cast.account("commune_secretary"), day=dt.date(2024, 5, 2))
    badges.award_all(
        actor=cast.account("provincial_officer"), day=dt.date(2024, 5, 6), unit=cast.province, award_day=MAY,
        document=cast.words("9-QĐ/TU", day=dt.date(2024, 5, 6), issuer=cast.province),
    )  # fmt: skip
    told = text(page("/badges/?unit=03127&on=2024-06-01&group=awarded", by="commune_secretary"))
    assert "Lê Quang Vinh" in told and "9-QĐ/TU" in told
    assert "50" in text(page(f"/people/{cast.veteran.pk}/?on=2024-06-01"))


def test_two_records_side_by_side_and_merged_by_two_people(cast, page):
    twin = double_of(cast.member, cast.small_cell)
    pairs = text(page("/doubles/?unit=03127"))
    address = reverse("double", args=[cast.member.pk, twin.pk])
    assert "same name and birth" in pairs and address in pairs
    assert page("/doubles/?unit=03127", by="cell_secretary").status_code == 403
    side = text(page(f"{address}?on=2024-05-01"))
    assert "differs, to be decided" in side and 'name="membership"' in side and 'name="posts"' not in side
    assert "members: 4 → 3" in side
    undecided = page(address, day="2024-05-02", reason=WHY)
    assert undecided.status_code == 422
    answer = page(address, day="2024-05-02", reason=WHY, membership="stays")
    proposal = Proposal.objects.get()
    assert answer.status_code == 302 and str(proposal.pk) in answer["Location"]
    confirm(proposal, actor=cast.account("provincial_officer"), door="test")
    old = page(f"/people/{twin.pk}/")
    assert old.status_code == 302 and old["Location"].startswith(f"/people/{cast.member.pk}/")
    told = text(page(f"/people/{cast.member.pk}/"))
    assert f"#{twin.pk}" in told and "person.unmerge" in told
    assert page(f"/api/v1/people/{twin.pk}").json()["id"] == cast.member.pk
    undo = f"/do/person.unmerge/?other={twin.pk}"
    assert f"#{twin.pk}" in text(page(undo))
    page(undo, day="2024-05-02", other=f"#{twin.pk}", reason="Twins after all")
    confirm(Proposal.objects.get(state="waiting"), actor=cast.account("provincial_officer"), door="test")
    assert not PersonAlias.objects.exists()
    assert page(f"/people/{twin.pk}/").status_code == 200


def test_names_of_another_body_stay_numbers(cast, page):
    twin = double_of(cast.other_member, cast.cell)
    told = text(page("/doubles/?unit=03127"))
    assert "Khoàng Thị Sen" not in told
    assert page(reverse("double", args=[cast.other_member.pk, twin.pk])).status_code == 403
    same = reverse("double", args=[twin.pk, twin.pk])
    assert page(same).status_code == 400
    assert page(reverse("double", args=[1, twin.pk])).status_code == 404


def test_told_apart_they_are_shown_only_when_asked_for(cast, page):
    twin = double_of(cast.member, cast.cell)
    merging.tell_apart(
        actor=cast.account("district_officer"), day=dt.date(2024, 5, 2), person=cast.member, other=twin,
        reason="Twins",
    )  # fmt: skip
    address = reverse("double", args=[cast.member.pk, twin.pk])
    assert address not in text(page("/doubles/?unit=03127"))
    assert address in text(page("/doubles/?unit=03127&show=apart"))
