"""Bodies, posts, transfers and recognitions by sheet."""

import datetime as dt

import pytest
from django.utils import translation

from orgwork.exchange.sheets import applying, rehearsing, writing
from orgwork.exchange.sheets.columns import choice_words
from orgwork.exchange.sheets.imports import State
from orgwork.exchange.sheets.kinds import KINDS
from orgwork.foundation.search import fold
from orgwork.registers.appointments import Appointment
from orgwork.registers.members import MembershipPlace, MembershipStanding
from orgwork.registers.posts import Post
from orgwork.registers.units import Unit, check_lineage, kind_of

from .files import plain, undone_by_two

pytestmark = pytest.mark.django_db(transaction=True)


def bring(path, kind, actor):
    found = rehearsing.bring(path, path.name, kind, actor=actor, door="test", day=dt.date(2024, 1, 1))
    assert found.state == State.READING, (found.headings, found.mapping)
    return rehearsing.rehearse(found)


def apply(brought, actor):
    applying.agree(brought, actor=actor)
    applying.apply(brought)


def said(brought):
    return {row.number: [tuple(one[:3]) for one in row.remarks] for row in brought.rows.exclude(remarks=[])}


TREE = ["Mã tổ chức", "Tên tổ chức", "Loại hình", "Cấp trên", "Ngày thành lập", "Địa bàn"]


def test_a_tree_comes_in_with_its_codes_and_goes_again(live_cast, tmp_path):
    actor = live_cast.account("provincial_officer")
    rows = [
        ["03127.07.1", "Chi bộ khối A", "cell", "03127.07", "01/02/2016", ""],
        ["03127.08", "Chi bộ bản Mới", "cell", "03127", "13/02/2016", "03127.02"],
        ["03127.09", "Ban Tổ chức", "organisation_committee", "03127", "13/02/2016", ""],  # not there
        ["03127.01", "Chi bộ bản Noong Bua", "cell", "03127", "13/02/2015", ""],  # is here
        ["03127.10", "Chi bộ trong vòng", "cell", "03127.11", "13/02/2016", ""],
        ["03127.11", "Chi bộ trong vòng", "cell", "03127.10", "13/02/2016", ""],
        ["03127.07", "Đảng bộ bộ phận", "section_party_organisation", "03127", "01/02/2016", ""],
    ]
    brought = bring(plain(tmp_path / "a.csv", rows, headings=TREE), "bodies", actor)
    outcomes = dict(brought.rows.values_list("number", "outcome"))
    assert outcomes == {
        2: "new", 3: "new", 4: "refused", 5: "same", 6: "refused", 7: "refused", 8: "new"
    }, said(brought)  # fmt: skip
    apply(brought, actor)
    on = dt.date(2024, 1, 1)
    below = set(Unit.objects.under(live_cast.commune, on).values_list("code", flat=True))
    assert {"03127.07", "03127.07.1", "03127.08"} <= below and not check_lineage()
    assert kind_of(Unit.objects.get(code="03127.07.1"), on) == "cell"
    undone_by_two(brought, live_cast)
    assert "03127.08" not in set(Unit.objects.under(live_cast.commune, on).values_list("code", flat=True))
    assert not check_lineage()
    again = bring(plain(tmp_path / "b.csv", rows[:2] + rows[-1:], headings=TREE), "bodies", actor)
    apply(again, actor)
    assert "03127.07.1" in set(Unit.objects.under(live_cast.commune, on).values_list("code", flat=True))


HOLDERS = ["Chức vụ", "Tổ chức", "Thôn bản", "Họ và tên", "Giới tính", "Ngày sinh", "Số thẻ", "Hình thức",
           "Từ ngày", "Số quyết định", "Ngày quyết định"]  # fmt: skip


def test_heads_of_villages_come_in_with_their_posts(live_cast, tmp_path):
    actor = live_cast.account("provincial_officer")
    paper = ["elected", "13/02/2022", "9-QĐ/UB", "10/02/2022"]
    teacher, other = f"#{live_cast.teacher.pk}", f"#{live_cast.first_of_firm.pk}"
    rows = [
        ["village_head", "", "03127.02", "Lò Văn Bản", "nam", "1980", "", *paper],
        ["village_head", "", "03127.01", "Phạm Thu Hà", "nữ", "20/11/1988", teacher, *paper],
        ["village_head", "", "03127.99", "Ai Đó", "nữ", "1980", "", *paper],
        ["secretary", "03127.02", "", "Ngô Đức Anh", "nam", "04/04/1984", other, *paper],
    ]
    brought = bring(plain(tmp_path / "a.csv", rows, headings=HOLDERS), "posts", actor)
    outcomes = dict(brought.rows.values_list("number", "outcome"))
    assert outcomes == {2: "new", 3: "same", 4: "refused", 5: "refused"}, said(brought)
    apply(brought, actor)
    post = Post.objects.get(kind="village_head", area=live_cast.other_village)
    assert Appointment.objects.on(dt.date(2024, 1, 1)).filter(post=post).count() == 1
    undone_by_two(brought, live_cast)
    assert not Appointment.objects.filter(post=post).exists()


MOVES = ["Họ và tên", "Ngày sinh", "Chi bộ cũ", "Chi bộ mới", "Ngày đề nghị", "Số giấy giới thiệu",
         "Ngày giấy giới thiệu", "Ngày tiếp nhận"]  # fmt: skip


def test_members_go_to_other_cells_and_come_back_by_an_undo(live_cast, tmp_path):
    actor = live_cast.account("provincial_officer")
    days = ["13/02/2024", "7-GGT/ĐU", "14/02/2024", "20/02/2024"]
    rows = [
        ["Cà Thị Xuân", "07/07/1990", "03127.01", "03160.01", *days],
        ["Cà Thị Xuân", "08/07/1990", "03127.01", "03160.01", *days],  # nobody
        ["Phạm Thu Hà", "1988", "03127.01", "03160.01", *days],  # to be confirmed
        ["Vì Thị Mai", "23/09/1985", "03127.01", "03127.01", *days],  # is there already
    ]
    brought = bring(plain(tmp_path / "a.csv", rows, headings=MOVES), "transfers", actor)
    outcomes = dict(brought.rows.values_list("number", "outcome"))
    assert outcomes == {2: "new", 3: "refused", 4: "doubtful", 5: "refused"}, said(brought)
    apply(brought, actor)
    on = dt.date(2024, 3, 1)
    assert MembershipPlace.objects.on(on).get(person=live_cast.member).unit == live_cast.other_cell
    undone_by_two(brought, live_cast)
    assert MembershipPlace.objects.on(on).get(person=live_cast.member).unit == live_cast.cell


RECOGNISE = ["Họ và tên", "Ngày sinh", "Chi bộ", "Ngày đề nghị", "Cell's vote on", "Cell: entitled",
             "Cell: in favour", "Committee's vote on", "Committee: entitled", "Committee: in favour",
             "Số quyết định", "Ngày quyết định"]  # fmt: skip


def test_members_on_probation_are_recognised(live_cast, tmp_path):
    actor = live_cast.account("provincial_officer")
    days = ["02.09.2024", "10.09.2024", "6", "6", "12.09.2024", "9", "9", "40-QĐ/ThU", "20.09.2024"]
    rows = [
        ["Tòng Văn Sơn", "15.05.1999", "03127.01", *days],
        ["Cà Thị Xuân", "07.07.1990", "03127.01", *days],  # a full member already
    ]
    brought = bring(plain(tmp_path / "a.csv", rows, headings=RECOGNISE), "recognitions", actor)
    outcomes = dict(brought.rows.values_list("number", "outcome"))
    assert outcomes == {2: "new", 3: "refused"}, said(brought)
    apply(brought, actor)
    standing = MembershipStanding.objects.filter(person=live_cast.probationary)
    assert sorted(standing.values_list("standing", flat=True)) == ["full", "probationary"]
    undone_by_two(brought, live_cast)
    assert list(standing.values_list("standing", flat=True)) == ["probationary"]


def test_words_of_a_list_are_offered_in_the_language_of_the_reader():
    post, manner = (KINDS["posts"].column(code) for code in ("post", "manner"))
    assert choice_words(post)[fold("Dorfvorsteher")] == "village_head"
    assert choice_words(manner)[fold("Bầu")] == "elected"
    for language, word in (("de", "Dorfvorsteher"), ("ru", "староста деревни"), ("en", "village head")):
        with translation.override(language):
            assert word in writing.offered(post)
