"""Where growth is low: who sees it, what each number opens, what a body says about it."""

import datetime as dt

import pytest
from django.test import override_settings
from django.urls import reverse

from orgwork.planning.growth_remarks import GrowthRemark
from orgwork.planning.targets import set_target

TODAY = override_settings(ORGWORK_TODAY=dt.date(2023, 7, 15))


@pytest.fixture
def targeted(admitted):
    """The district was to admit twenty in the year, ten of them by the middle; it admitted one."""
    actor = admitted.account("provincial_officer")
    paper = admitted.words("9-QĐ/TU", day=dt.date(2023, 1, 5), issuer=admitted.province)
    said = {"unit": admitted.district, "year": 2023, "number": 20, "document": paper}
    set_target(actor=actor, door="test", day=dt.date(2023, 1, 5), **said)
    return admitted


def opened(client, cast, who="provincial_officer", **params):
    client.force_login(cast.account(who))
    with TODAY:
        return client.get(reverse("growth"), {"unit": "11", **params})


def test_without_a_quarter_the_last_one_that_is_over_is_shown(client, targeted):
    assert opened(client, targeted).context["quarter"] == "2023-Q2"


def test_a_quarter_that_is_none_is_refused_in_a_sentence(client, targeted):
    answer = opened(client, targeted, quarter="2023-Q9")
    assert answer.status_code == 400
    assert "2024-Q1" in answer.content.decode()


def test_a_body_behind_its_target_is_named_low_and_its_number_opens(client, targeted):
    answer = opened(client, targeted, quarter="2023-Q2")
    first = answer.context["table"].body[0]["cells"]
    assert first[1]["tag"] == "warn" and "target" in first[1]["text"]
    assert first[2]["text"] == "1"
    with TODAY:
        figure = client.get(first[2]["url"])
    assert figure.context["value"] == "1"


def test_what_a_body_says_is_recorded_and_shown(client, targeted):
    client.force_login(targeted.account("district_officer"))
    at = reverse("growth-remark") + "?unit=094&quarter=2023-Q2"
    with TODAY:
        assert client.get(at).status_code == 200
        unsaid = client.post(at, {"day": "2023-07-14", "unit": "094", "quarter": "2023-Q2", "causes": ""})
        assert unsaid.status_code == 422
        said = {
            "day": "2023-07-14",
            "unit": "094",
            "quarter": "2023-Q2",
            "causes": "Young people work elsewhere.",
        }
        assert client.post(at, said).status_code == 302
    assert GrowthRemark.objects.get().causes == "Young people work elsewhere."
    assert "Young people work elsewhere." in opened(client, targeted, quarter="2023-Q2").content.decode()


def test_who_may_not_speak_for_a_body_is_refused(client, targeted):
    client.force_login(targeted.account("other_officer"))
    with TODAY:
        answer = client.get(reverse("growth-remark"), {"unit": "094", "quarter": "2023-Q2"})
    assert answer.status_code == 403
    assert opened(client, targeted, "outsider").status_code == 403
