"""Plans written in the browser: a form for every kind of change, variants beside one another, and clauses of
a text checked one by one."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from orgwork.procedures.reorganisation import blocking_all
from orgwork.procedures.reorganisation_days import shapes
from orgwork.registers.reorganisation import ChangeOf, ClauseState, Plan, PlanState
from tests.procedures.reform import COUNTRY, DAY, planned, row

pytestmark = pytest.mark.django_db
TWO = [
    row("03127", "Phường Noong Bua", "03127", "Phường Điện Biên Phủ", article_clause="Điều 1"),
    row("03160", "Xã Sín Thầu", "03160", "Xã Mường Nhé", district=COUNTRY, article_clause="Điều 2"),
]


def test_a_plan_is_drafted_written_and_varied(client, cast):
    client.force_login(cast.account("provincial_officer"))
    drafted = client.post(reverse("plan-draft"), {"unit": "11", "effective": "2025-07-01", "title": "Tay"})
    assert drafted.status_code == 302, drafted.content.decode()
    plan = Plan.objects.get()
    assert plan.unit == cast.province and plan.title == "Tay"
    changes = reverse("plan-changes", args=[plan.code])
    for kind in ChangeOf.values:
        if kind != ChangeOf.AREA:
            form = client.get(reverse("plan-write", args=[plan.code, kind]))
            assert form.status_code == 200 and 'value="2025-07-01"' in form.content.decode(), kind
    found = reverse("plan-write", args=[plan.code, "found"])
    said = {"target": "094", "kind": "grassroots_party_organisation", "name_vi": "Đảng bộ phường Mới"}
    refused = client.post(found, {**said, "kind": "cell", "clause": "Điều 7"})
    assert refused.status_code == 422 and "Điều 7" in refused.content.decode()
    assert not plan.changes.exists()
    assert (
        client.post(found, {**said, "document-symbol": "5-QĐ/TU", "document-day": "2025-06-01"}).url
        == changes
    )
    merge = reverse("plan-write", args=[plan.code, "merge"])
    offered = client.get(merge).content.decode()
    assert "Đảng bộ phường Mới (new-1)" in offered
    assert client.post(merge, {"unit": "03127", "target_key": "new-1", "clause": "Điều 2"}).url == changes
    merged = plan.changes.get(kind="merge")
    page = client.get(changes).content.decode()
    one = reverse("plan-change", args=[plan.code, merged.pk])
    assert one in page and "Điều 2" in page and "5-QĐ/TU" in page
    assert "Điều 2" in client.get(one).content.decode()
    assert (
        client.post(one, {"unit": "03127", "target_key": "new-1", "effective": "2025-10-01"}).url == changes
    )
    merged.refresh_from_db()
    assert str(merged.day) == "2025-10-01" and merged.clause == ""
    assert client.get(changes, {"export": "csv"}).status_code == 200
    shown = client.get(reverse("reorganisation", args=[plan.code])).content.decode()
    assert changes in shown
    client.post(reverse("plan-variant", args=[plan.code]), {"title": "Ngả khác"})
    variant = Plan.objects.get(variant_of=plan)
    assert variant.changes.count() == 2 and variant.title == "Ngả khác"
    out = reverse("plan-take-out", args=[variant.code, variant.changes.get(kind="merge").pk])
    client.post(out)
    assert variant.changes.count() == 1
    beside = client.get(reverse("plans-beside"), {"plan": [plan.code, variant.code]})
    text = beside.content.decode()
    assert beside.status_code == 200 and "[03127]" in text and "[094]" not in text  # only what differs
    assert text.count(f'type="hidden" name="plan" value="{plan.code}"') == 1  # a filter keeps the plans
    assert client.get(reverse("plans-beside")).status_code == 200
    board = client.get(reverse("reorganisations")).content.decode()
    assert "Ngả khác" in board and "1 body is founded" in board and "1 body merges into another" in board
    assert f'href="{changes}?kind=found"' in board
    choose = reverse("plan-choose", args=[variant.code])
    assert client.post(choose, {"reason": ""}).status_code == 422
    assert client.post(choose, {"reason": "Ít xáo trộn hơn"}).status_code == 302
    plan.refresh_from_db()
    assert plan.state == PlanState.WITHDRAWN and plan.note == "Ít xáo trộn hơn"
    withdrawn = client.get(reverse("reorganisation", args=[plan.code])).content.decode()
    assert "Ít xáo trộn hơn" in withdrawn
    assert client.post(found, said).status_code == 422  # a withdrawn plan is written no more


def test_what_was_read_is_checked_clause_by_clause(client, cast):
    client.force_login(cast.account("provincial_officer"))
    plan = planned(TWO, clauses=[("Điều 1", "Nhập phường Noong Bua …"), ("Điều 2", "Nhập xã Sín Thầu …")])
    address = reverse("plan-clauses", args=[plan.code])
    shown = client.get(address).content.decode()
    assert "Nhập xã Sín Thầu …" in shown and "Xã Sín Thầu" in shown and 'name="clause-2"' in shown
    open_ = lambda: [one["what"] for one in blocking_all(shapes(plan))]  # noqa: E731
    assert open_().count("clause") == 2
    client.post(address, {"clause-1": "accepted", "clause-2": "left_out"})
    assert list(plan.clauses.order_by("order").values_list("state", flat=True)) == ["accepted", "left_out"]
    # What was left out is no longer planned, and what then does not fit the register says so.
    assert "clause" not in open_()
    before = set(plan.changes.values_list("kind", flat=True))
    client.post(address, {"clause-2": "accepted"})
    assert open_() == [] and plan.changes.filter(kind="merge").count() >= 1, before
    read = plan.changes.get(kind="area", clause="Điều 2")
    correct = reverse("plan-correct", args=[plan.code, read.pk])
    assert "Nhập xã Sín Thầu …" in client.get(correct).content.decode()
    wrong = client.post(
        correct, {"old": f"#{cast.other_commune_area.pk}", "part": "whole", "new_code": "99999"}
    )
    assert wrong.status_code == 422
    done = client.post(
        correct, {"old": f"#{cast.other_commune_area.pk}", "part": "whole", "new_code": "03160"}
    )
    assert done.url == address, done.content.decode()
    read.refresh_from_db()
    assert read.values["new_name"] == "Xã Mường Nhé" and read.said_in.state == ClauseState.CORRECTED
    assert plan.day == DAY and plan.changes.filter(kind="found").count() == 2


def test_what_a_text_leaves_open_is_chosen_beside_its_clause(client, cast):
    """A misprint in a name loses nothing: the draft keeps its clause, and blocks until somebody chose."""
    client.force_login(cast.account("provincial_officer"))
    text = """NGHỊ QUYẾT về việc sắp xếp các đơn vị hành chính cấp xã của tỉnh Điện Biên năm 2025
Điều 1. Sắp xếp
1. Sắp xếp toàn bộ diện tích tự nhiên, quy mô dân số của phường Noong Bua thành phường mới có tên gọi là phường Điện Biên Phủ.
2. Sắp xếp toàn bộ diện tích tự nhiên, quy mô dân số của xã Không Có thành xã mới có tên gọi là xã Mường Nhé.
3. Sắp xếp toàn bộ diện tích tự nhiên, quy mô dân số của xã Sín Thầu thành xã mới có tên gọi là xã Chưa Ai Biết.
"""  # noqa: E501
    file = SimpleUploadedFile("resolution.txt", text.encode(), "text/plain")
    answer = client.post(reverse("reorganisations"), {"file": file, "day": "2025-07-01"})
    plan = Plan.objects.get()
    address = reverse("plan-clauses", args=[plan.code])
    assert answer.url == address and plan.unit == cast.province
    shown = client.get(address).content.decode()
    assert "2 places open" in shown and "Xã Không Có" in shown.replace("xã Không Có →", "Xã Không Có")
    assert "No commune bears this name" in shown and "No new unit of that name" in shown
    assert client.get(reverse("reorganisation", args=[plan.code])).status_code == 200
    left = lambda: [one["subject"] for one in blocking_all(shapes(plan)) if one["what"] == "clause"]  # noqa: E731
    client.post(address, {"clause-1": "accepted", "clause-2": "accepted"})
    assert left() == [2, 3]  # what is open cannot be accepted
    opened = {row.said_in.order: row for row in plan.changes.filter(values__has_key="left_open")}
    assert set(opened) == {2, 3}
    # The one clause misses the new territory, and knows the old one; of the other it is the other way round.
    chosen = client.post(
        reverse("plan-correct", args=[plan.code, opened[3].pk]), {"part": "whole", "new_code": "03160"}
    )
    assert chosen.url == address and left() == [2]
    assert plan.changes.filter(kind="found").count() == 2  # bodies follow of what is settled
    client.post(address, {"clause-2": "left_out"})
    assert blocking_all(shapes(plan)) == []
    client.post(address, {"clause-2": "open"})
    assert left() == [2]
    chosen = client.post(
        reverse("plan-correct", args=[plan.code, opened[2].pk]),
        {"old": f"#{cast.other_commune_area.pk}", "part": "whole", "new_code": "03160"},
    )
    assert chosen.url == address and left() == []
    assert not plan.changes.filter(values__has_key="left_open").exists()
