"""Reports: every figure a link, four languages, Word, issuing, and what has changed since."""

import datetime as dt
import io
import re
import zipfile

import pytest
from django.test import override_settings
from django.urls import reverse

from orgwork.foundation.dates import Period, correct
from orgwork.foundation.moments import writing
from orgwork.insight.issued import IssuedReport
from orgwork.registers.members import MembershipPlace
from orgwork.registers.record import Cause

TERM = {"unit": "11", "from": "2021-01-01", "to": "2024-05-01"}
TODAY = override_settings(ORGWORK_TODAY=dt.date(2024, 5, 1))


def opened(client, cast, who="provincial_officer", name="report", args=(), **params):
    client.force_login(cast.account(who))
    with TODAY:
        return client.get(reverse(name, args=args), {**TERM, **params})


@pytest.mark.parametrize(
    ("language", "word"),
    [("vi", "kết nạp"), ("en", "were admitted"), ("de", "aufgenommen"), ("ru", "принят")],
)
def test_the_language_of_the_report_is_chosen_apart_from_that_of_the_page(client, admitted, language, word):
    page = opened(client, admitted, lang=language).content.decode()
    assert f'<article class="report" lang="{language}">' in page
    assert word in page
    assert "As a Word file" in page


def test_every_figure_of_the_report_opens_to_as_many_records(client, admitted):
    answer = opened(client, admitted, lang="en")
    article = answer.content.decode().split("<article")[1].split("</article")[0]
    links = re.findall(r'href="(/figures/[^"]+)"[^>]*>([^<]+)<', article)
    assert ("4") in [text for _url, text in links]
    with TODAY:
        for url, text in links[:25]:
            figure = client.get(url.replace("&amp;", "&"))
            assert figure.status_code == 200
            if text.isdigit():
                assert figure.context["result"].value in (int(text), -int(text)), url


def test_the_word_file_holds_the_sentences_and_absolute_links(client, admitted):
    answer = opened(client, admitted, name="report-word", lang="de")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as file:
        assert (
            "http://testserver/figures/members.admitted/"
            in file.read("word/_rels/document.xml.rels").decode()
        )
        assert "aufgenommen" in file.read("word/document.xml").decode()


def test_who_may_read_reports_may_not_always_issue_them(client, admitted):
    assert opened(client, admitted, "auditor").status_code == 200
    assert opened(client, admitted, "auditor", "report-issue").status_code == 403
    assert opened(client, admitted, "outsider").status_code == 403


def test_issued_it_says_for_ever_what_it_said_and_what_has_changed_since(client, live_admitted):
    cast = live_admitted
    client.force_login(cast.account("provincial_officer"))
    with TODAY:
        asked = reverse("report-issue") + "?unit=11&from=2021-01-01&on=2024-05-01"
        assert client.get(asked).status_code == 200
        answer = client.post(asked, {"first": "2021-01-01", "last": "2024-05-01"})
        kept = IssuedReport.objects.get()
        assert answer.url.startswith(reverse("issued-report", args=[kept.pk]))
        fresh = client.get(answer.url)
    assert "Nothing has changed since" in fresh.content.decode()
    assert fresh.context["kept"].chain_link in fresh.content.decode()
    with writing(actor=cast.account("provincial_officer"), door="web") as act:
        wrong = Cause.objects.create(kind="corrected", text="Entered twice")
        key = {"person": cast.new[0], "kind": "official"}
        correct(MembershipPlace, act, key, Period(dt.date(2021, 3, 3)), None, cause=wrong)
    again = opened(client, cast, name="issued-report", args=[kept.pk], lang="en")
    lines = {one["line"].slot: one for one in again.context["lines"]}
    assert (lines["members.admitted"]["then"], lines["members.admitted"]["now"]) == ("4", "3")
    assert lines["members.admitted"]["records"]
    assert 'class="changed">4</a>' in again.content.decode()


def test_issued_reports_are_listed_where_they_belong(client, live_admitted):
    cast = live_admitted
    client.force_login(cast.account("provincial_officer"))
    with TODAY:
        client.post(
            reverse("report-issue") + "?unit=094&from=2021-01-01&on=2024-05-01",
            {"first": "2021-01-01", "last": "2024-05-01"},
        )
    assert len(opened(client, cast, name="reports").context["table"].body) == 1
    assert len(opened(client, cast, name="reports", unit="096").context["table"].body) == 0
