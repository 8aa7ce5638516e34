"""This room is for the pages of drafts and reviews, as those see them who write, are asked, or pass by."""

import datetime as dt

import pytest
from django.test import Client

from orgwork.doors.web.differences import counts, side_by_side
from orgwork.procedures import drafting, reviews
from tests.procedures.papers_world import offices

D = dt.date
DIALS = "unit=094&on=2024-03-08"


def reader(cast, who) -> Client:
    client = Client()
    client.force_login(cast.account(who))
    return client


def seen(client, address, status=200) -> str:
    response = client.get(address)
    assert response.status_code == status, response.content[:600]
    return b"".join(response).decode() if response.streaming else response.content.decode()


@pytest.fixture
def asked(cast):
    """A resolution of the district in its second version, about which the commune is asked."""
    offices(cast)
    actor = {"actor": cast.account("district_officer")}
    case = drafting.begin_draft(
        **actor, day=D(2024, 3, 4), unit=cast.district_office, issuer=cast.district, kind="resolution",
        title="Về phát triển đảng viên", due=D(2024, 3, 6),
    )  # fmt: skip
    drafting.write(case, **actor, day=D(2024, 3, 4), text="Điều 1. Kết nạp 200 đảng viên.\nĐiều 2. Thi hành.")
    drafting.write(case, **actor, day=D(2024, 3, 5), text="Điều 1. Kết nạp 180 đảng viên.\nĐiều 3. Nơi nhận.")
    drafting.ask_opinions(case, **actor, day=D(2024, 3, 5), units=[cast.commune], due=D(2024, 3, 7))
    return case


def test_a_draft_is_read_compared_and_answered_on_its_pages(cast, asked):
    officer, page = reader(cast, "district_officer"), f"/drafts/{asked.pk}/"
    assert officer.get(f"/cases/{asked.pk}/").headers["Location"].startswith(page)
    said = seen(officer, f"{page}?{DIALS}")
    for words in ("Về phát triển đảng viên", "Kết nạp 180", "Has not answered", "Side by side",
                  "lies with Ban Tổ chức Thành ủy", "working day late"):  # fmt: skip
        assert words in said
    both = seen(officer, f"{page}compare/?{DIALS}&a=1&b=2")
    assert "<del><span" in both and "200" in both and "<ins><span" in both and "180" in both
    assert "Paragraphs changed: 2, taken out: 0, put in: 0." in both

    # The body asked finds it, says its opinion on the page, and reads what became of it.
    secretary = reader(cast, "commune_secretary")
    assert "Về phát triển" in seen(secretary, "/drafts/?unit=03127&on=2024-03-08&lies=asked")
    form = f"{page}give_opinion/?unit=03127&on=2024-03-08&about=03127"
    assert "Chi bộ" not in seen(secretary, form) and "[03127]" in seen(secretary, form)
    bad = secretary.post(form, {"day": "2024-03-08", "unit": "[03127]", "stance": "changes"})
    assert bad.status_code == 422 and "Say what should be changed" in bad.content.decode()
    good = secretary.post(form, {"day": "2024-03-08", "unit": "[03127]", "stance": "changes", "text": "150."})
    assert good.status_code == 302
    assert "Agrees with changes" in seen(secretary, f"{page}?unit=03127&on=2024-03-08")
    assert "Về phát triển" not in seen(secretary, "/drafts/?unit=03127&on=2024-03-08&lies=asked")
    # Whoever is not concerned reads nothing, neither in the list nor by the address.
    other = reader(cast, "other_officer")
    seen(other, f"{page}?unit=096&on=2024-03-08", status=403)
    assert "Về phát triển" not in seen(other, "/drafts/?unit=096&on=2024-03-08&state=all")


def test_the_lists_of_drafts_and_reviews_filter_sort_and_leave_as_a_sheet(cast, asked):
    officer = reader(cast, "district_officer")
    late = seen(officer, f"/drafts/?{DIALS}&state=late&sort=-since&kind=resolution")
    assert "working days late" in late and "Ban Tổ chức Thành ủy" in late
    assert "Về phát triển" not in seen(officer, f"/drafts/?{DIALS}&state=signed")
    assert "Về phát triển đảng viên" in seen(officer, f"/drafts/?{DIALS}&export=csv")
    api = officer.get("/api/v1/drafts?unit=094&on=2024-03-08&state=late").json()["items"]
    assert [(one["id"], one["organization_id"], one["late"]) for one in api] == [(asked.pk, "094.01", True)]
    one = officer.get(f"/api/v1/drafts/{asked.pk}?on=2024-03-08").json()
    assert [v["number"] for v in one["versions"]] == [2, 1] and one["opinions"][0]["due"] == "2024-03-07"
    assert reader(cast, "other_officer").get(f"/api/v1/drafts/{asked.pk}").status_code == 403
    # Before it was begun there was none; on the first day it lay there without being late.
    assert "Về phát triển" not in seen(officer, "/drafts/?unit=094&on=2024-03-01&state=all")
    assert "late</span>" not in seen(officer, "/drafts/?unit=094&on=2024-03-04")

    paper = cast.paper("4-NQ/ThU", kind="resolution")
    reviews.plan(actor=cast.account("district_officer"), day=D(2024, 3, 4), document=paper, kind="midway",
                 unit=cast.commune, due=D(2024, 3, 7))  # fmt: skip
    assert "4-NQ/ThU" in seen(officer, f"/drafts/reviews/?{DIALS}&state=late&kind=midway")
    assert "4-NQ/ThU" in seen(officer, f"/drafts/reviews/?{DIALS}&export=csv")
    assert "4-NQ/ThU" not in seen(officer, f"/drafts/reviews/?{DIALS}&state=held")


def test_texts_are_compared_word_by_word_and_very_long_ones_as_a_whole():
    rows = side_by_side("a b c\nsame\nlast", "a x c\nsame")
    assert [row.how for row in rows] == ["changed", "same", "gone"]
    assert rows[0].left == [("same", "a "), ("gone", "b"), ("same", " c")]
    assert rows[0].right == [("same", "a "), ("come", "x"), ("same", " c")]
    assert counts(rows) == {"changed": 1, "gone": 1, "come": 0}
    assert side_by_side("x " * 3000, "y " * 3000)[0].left[0][0] == "gone"
