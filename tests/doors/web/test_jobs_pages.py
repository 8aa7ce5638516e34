"""Long work as pages: one's own, how far it is, and stopping it."""

import re

import pytest
from django.urls import reverse

from orgwork.foundation.jobs import Job


def unmasked(answer) -> str:
    """The page without the form's token, which is masked anew each time."""
    return re.sub(r'value="[A-Za-z0-9]{64}"', "", answer.content.decode())


@pytest.fixture
def work(cast):
    def make(who="provincial_officer", **fields):
        return Job.objects.create(name="Take over", kind="m:f", created_by=cast.account(who), **fields)

    return make


def test_work_under_way_asks_again_by_itself_and_ended_work_does_not(client, cast, work):
    client.force_login(cast.account("provincial_officer"))
    one = work(state="running", done=30, total=120)
    page = client.get(reverse("job", args=[one.pk])).content.decode()
    assert 'hx-trigger="every 1s"' in page and 'value="25"' in page
    Job.objects.filter(pk=one.pk).update(state="done")
    assert "hx-trigger" not in client.get(reverse("job", args=[one.pk])).content.decode()


def test_the_fragment_stands_in_the_page_as_it_is(client, cast, work):
    client.force_login(cast.account("provincial_officer"))
    one = work(state="running", done=1, total=2)
    whole = unmasked(client.get(reverse("job", args=[one.pk])))
    part = unmasked(client.get(reverse("job", args=[one.pk]), headers={"HX-Request": "true"}))
    assert part.strip() in whole


def test_the_work_of_others_is_there_for_whoever_runs_the_machine_alone(client, cast, work):
    one = work()
    for who, status in (("provincial_officer", 200), ("administrator", 200), ("member", 404)):
        client.force_login(cast.account(who))
        assert client.get(reverse("job", args=[one.pk])).status_code == status
    assert "Take over" not in client.get(reverse("jobs")).content.decode()


def test_waiting_work_that_is_stopped_never_begins(client, cast, work):
    client.force_login(cast.account("provincial_officer"))
    one = work()
    client.post(reverse("job-stop", args=[one.pk]))
    one.refresh_from_db()
    assert one.state == "stopped"
