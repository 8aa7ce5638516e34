"""A figure is its records: the number, its course, its bodies, and who may see what was counted."""

import datetime as dt
import re

import pytest
from django.test import override_settings
from django.urls import reverse

from orgwork.doors.web.figure_course import term_of
from orgwork.foundation.accounts import Account
from orgwork.foundation.dates import Period, correct
from orgwork.foundation.moments import Moment, writing
from orgwork.registers import figures as catalogue
from orgwork.registers.members import MembershipPlace
from orgwork.registers.reads import ReadLog
from orgwork.registers.record import Cause

TERM = {"unit": "11", "from": "2021-01-01", "to": "2024-05-01"}
TODAY = override_settings(ORGWORK_TODAY=dt.date(2024, 5, 1))


def opened(client, cast, who, code="members.admitted", **params):
    client.force_login(cast.account(who))
    with TODAY:
        return client.get(reverse("figure", args=[code]), {**TERM, **params})


def text(answer) -> str:
    assert answer.status_code == 200, answer.content.decode()[-2000:]
    return answer.content.decode()


def test_every_figure_of_the_catalogue_has_a_page(client, admitted):
    for code in catalogue.catalogue():
        text(opened(client, admitted, "provincial_officer", code))


def test_the_number_is_the_count_of_the_list(client, admitted):
    answer = opened(client, admitted, "provincial_officer")
    assert answer.context["value"] == "4"
    assert len(answer.context["listed"].table.body) == answer.context["listed"].total == 4
    assert "Giàng Thị Dua" in text(answer) and "Tòng Văn Sơn" in text(answer)


def test_every_number_leads_to_an_address_that_says_everything(client, admitted):
    page = text(opened(client, admitted, "provincial_officer"))
    links = re.findall(r'href="(/figures/[^"#]+)"', page.split('<main id="main"')[1])
    for link in links:
        if link.startswith("/figures/members.admitted/"):
            assert "unit=" in link and "from=" in link and "to=" in link, link
    client.force_login(admitted.account("provincial_officer"))
    with TODAY:
        for link in sorted({link.replace("&amp;", "&") for link in links})[:60]:
            assert client.get(link).status_code == 200, link


def test_a_short_address_is_completed_so_that_it_can_be_kept(client, admitted):
    client.force_login(admitted.account("provincial_officer"))
    with TODAY:
        answer = client.get(reverse("figure", args=["members.admitted"]), {"unit": "11"})
    assert answer.url == "/figures/members.admitted/?unit=11&from=2024-01-01&to=2024-05-01"


def test_a_bar_opens_the_records_of_its_month(client, admitted):
    answer = opened(client, admitted, "provincial_officer")
    url = next(b["url"] for b in answer.context["chart"]["bars"] if "2023-06" in b["url"])
    with TODAY:
        assert client.get(url).context["value"] == "2"


@pytest.mark.parametrize("language", ["vi", "en", "de", "ru"])
def test_drawings_are_measured_alike_in_every_language(client, admitted, language):
    """A decimal comma within an SVG draws nothing."""
    Account.objects.update(language=language)
    pages = [text(opened(client, admitted, "provincial_officer"))]
    with TODAY:
        pages += [
            client.get(url).content.decode()
            for url in ("/figures/?unit=11", "/growth/?unit=11&quarter=2023-Q2")
        ]
    for page in pages:
        drawings = re.findall(r"<svg.*?</svg>", page, re.S)
        assert drawings
        for attribute in re.findall(r' (?:x|y|width|height|cx|cy|r|d|viewBox)="([^"]*)"', "".join(drawings)):
            assert "," not in attribute, attribute


def test_numbers_of_the_bodies_add_up_and_open(client, admitted):
    table = opened(client, admitted, "provincial_officer").context["bodies"]
    assert [row["cells"][1]["text"] for row in table.body] == ["3", "1"]
    with TODAY:
        assert client.get(table.body[1]["cells"][1]["url"]).context["value"] == "1"


def test_women_and_men_by_age_each_a_link_with_its_group(client, admitted):
    answer = opened(client, admitted, "provincial_officer", by="age")
    line = next(one for one in answer.context["groups"]["lines"] if one["label"].startswith("18"))
    assert [cell["text"] for cell in line["cells"]][:2] == ["3", "1"] or line["cells"][-1]["text"] == "4"
    with TODAY:
        narrowed = client.get(line["cells"][-1]["url"])
    assert narrowed.context["value"] == line["cells"][-1]["text"]
    assert narrowed.context["chosen"][0]["title"]


def test_groups_of_many_records_are_counted_when_they_are_asked_for(client, admitted, monkeypatch):
    monkeypatch.setattr("orgwork.doors.web.figure_course.AT_ONCE", 2)
    answer = opened(client, admitted, "provincial_officer")
    assert answer.context["groups"]["lines"] == []
    with TODAY:
        later = client.get(answer.context["groups"]["later"])
    assert later.context["groups"]["lines"]


def test_the_change_of_membership_opens_to_all_that_makes_it(client, admitted):
    answer = opened(client, admitted, "provincial_officer", "members.change")
    opening, closing = (int(part["value"]) for part in reversed(answer.context["parts"]))
    signs = {"+": 1, "−": -1}
    assert opening + sum(signs[f["sign"]] * int(f["value"]) for f in answer.context["flows"]) == closing


def test_counts_by_ethnicity_are_refused_in_a_sentence_on_other_days(client, admitted):
    page = text(opened(client, admitted, "provincial_officer", "members.stock", by="ethnicity"))
    assert "30 June" in page


def test_names_are_listed_as_far_as_the_reader_may_read_them(client, admitted):
    answer = opened(client, admitted, "auditor")
    listed = answer.context["listed"]
    assert (listed.total, listed.open) == (4, 0)
    assert "Giàng Thị Dua" not in text(answer)
    assert "who may" in text(answer)


def test_looking_is_noted_and_reading_figures_alone_is_not(client, admitted):
    opened(client, admitted, "auditor")
    assert not ReadLog.objects.exists()
    opened(client, admitted, "provincial_officer")
    assert ReadLog.objects.get().count == 4


def test_outsiders_see_no_figure(client, admitted):
    assert opened(client, admitted, "outsider").status_code == 403
    assert opened(client, admitted, "administrator").status_code == 403


def test_then_and_now_with_the_records_in_between(client, admitted):
    """All were recorded just now, long after the period's end: then it was nothing, all came late."""
    answer = opened(client, admitted, "provincial_officer")
    compared = answer.context["compared"]
    assert (compared["value"], [one["text"] for one in compared["since"]]) == ("0", ["4 recorded late"])
    with TODAY:
        assert client.get(compared["url"]).context["value"] == "0"
        late = client.get(compared["since"][0]["url"])
    assert late.context["listed"].total == 4


def test_the_records_between_two_moments_of_a_computed_figure_are_those_of_its_part(client, admitted):
    answer = opened(client, admitted, "provincial_officer", "members.admission_rate")
    with TODAY:
        late = client.get(answer.context["compared"]["since"][0]["url"])
    assert late.context["listed"].total == 4


def test_a_corrected_cell_is_told_apart_from_a_late_record(client, admitted):
    # The clock of the moments, which never goes back: another test may have played it ahead.
    person, now = admitted.new[1], Moment.objects.latest("pk").at.isoformat()
    with writing(door="test") as act:
        wrong = Cause.objects.create(kind="corrected")
        key, window = {"person": person, "kind": "official"}, Period(dt.date(2023, 6, 1))
        correct(MembershipPlace, act, key, window, {"unit": admitted.small_cell}, cause=wrong)
    answer = opened(client, admitted, "provincial_officer", known=now)
    assert [one["text"] for one in answer.context["compared"]["since"]] == ["1 corrected"]
    with TODAY:
        listed = client.get(answer.context["compared"]["since"][0]["url"]).context["listed"]
    assert listed.total == 1


def test_the_list_is_filtered_by_name_and_handed_out_as_a_spreadsheet(client, admitted):
    answer = opened(client, admitted, "provincial_officer", q="giang sua")
    assert [row["cells"][0]["text"] for row in answer.context["listed"].table.body] == ["Giàng Thị Sua"]
    sheet = opened(client, admitted, "provincial_officer", export="csv")
    lines = b"".join(sheet.streaming_content).decode().splitlines()
    assert len(lines) == 5
    book = opened(client, admitted, "provincial_officer", export="xlsx")
    assert book["Content-Type"].endswith("sheet")


def test_the_catalogue_names_every_figure_and_counts_a_family_at_a_time(client, admitted):
    client.force_login(admitted.account("provincial_officer"))
    with TODAY:
        answer = client.get(reverse("figures"), {"unit": "11"})
        bodies = client.get(reverse("figures"), {"unit": "11", "family": "bodies"})
    rows = [row for family in answer.context["families"] for row in family["rows"]]
    assert {row["code"] for row in rows} == set(catalogue.catalogue())
    assert next(row for row in rows if row["code"] == "members.stock")["value"] == "19"
    assert next(f for f in bodies.context["families"] if f["open"])["rows"][0]["value"] == "9"


def test_the_number_of_queries_does_not_grow_with_the_records(
    client, admitted, django_assert_max_num_queries
):
    client.force_login(admitted.account("provincial_officer"))
    with TODAY, django_assert_max_num_queries(75):
        client.get(reverse("figure", args=["members.stock"]), {"unit": "11", "on": "2024-05-01"})


@pytest.mark.parametrize(
    ("day", "first"),
    [("1960-05-01", "1960-01-01"), ("2020-12-31", "2016-01-01"), ("2021-01-01", "2021-01-01"),
     ("2024-05-01", "2021-01-01"), ("2027-02-01", "2026-01-01")],
)  # fmt: skip
def test_terms_begin_as_the_provisions_say(day, first):
    assert term_of(dt.date.fromisoformat(day)) == dt.date.fromisoformat(first)


@pytest.mark.parametrize(
    "code", ["members.stock", "members.admitted", "members.moved_in", "members.recognised"]
)
def test_a_long_list_shows_what_a_short_one_does(client, cast, monkeypatch, code):
    """Of many records the order is walked and each is asked about: the page is the same."""
    period = {"from": "2015-01-01"}
    short = opened(client, cast, "provincial_officer", code, **period).context["listed"].table.body
    monkeypatch.setattr("orgwork.doors.web.figure_records.WALKED", 0)
    long = opened(client, cast, "provincial_officer", code, **period).context["listed"].table.body
    assert [str(row) for row in long] == [str(row) for row in short]
    assert short or code == "members.moved_in"
