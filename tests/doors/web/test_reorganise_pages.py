"""Plans as pages: brought as a table, decided about, rehearsed, enacted, handed over."""

import csv
import io
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from orgwork.foundation import jobs
from orgwork.foundation.jobs import Job
from orgwork.registers.reorganisation import HandoverLine, Plan, PlanAcceptance, PlanState
from orgwork.registers.units import UnitPlacement
from tests.procedures.reform import APART, COLUMNS, DAY

pytestmark = pytest.mark.django_db


def upload(rows):
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS)
    writer.writeheader()
    writer.writerows(rows)
    return SimpleUploadedFile("table.csv", text.getvalue().encode(), "text/csv")


def done(answer):
    """The work asked for is done here and now, as the worker would."""
    number = int(answer.url.rstrip("/").rsplit("/", 1)[-1].partition("?")[0])
    jobs.perform(number)
    return Job.objects.get(pk=number)


def test_from_a_table_to_signed_handovers(client, cast):
    client.force_login(cast.account("provincial_officer"))
    board = reverse("reorganisations")
    refused = client.post(board, {"day": "2025-07-01"})
    assert refused.status_code == 422 and 'value="2025-07-01"' in refused.content.decode()
    answer = client.post(board, {"file": upload(APART), "day": "2025-07-01", "title": "Điện Biên"})
    plan = Plan.objects.get()
    page = answer.url
    assert plan.code in client.get(board).content.decode()
    shown = client.get(page).content.decode()
    assert (
        f'name="place-{cast.village.pk}"' in shown
        and reverse("reorganisation-work", args=[plan.code, "enact"]) not in shown
    )
    work = reverse("reorganisation-work", args=[plan.code, "enact"])
    assert done(client.post(work)).state == Job.State.FAILED  # undecided
    choices = {cast.village.pk: "03127", cast.other_village.pk: "03160", cast.firm.pk: "03127"}
    said = {f"place-{area}": code for area, code in choices.items()}
    client.post(reverse("reorganisation-decide", args=[plan.code]), said)
    tried = done(client.post(reverse("reorganisation-work", args=[plan.code, "rehearse"])))
    assert tried.state == Job.State.DONE and tried.result["findings"] == 0
    plan.refresh_from_db()
    assert plan.state == PlanState.READY
    shown = client.get(page).content.decode()
    assert work not in shown and "Đảng bộ phường Điện Biên Phủ" in shown
    assert done(client.post(work)).state == Job.State.FAILED  # nobody has accepted what hangs
    accepted_group_by_group(client, cast, plan)
    assert work in client.get(page).content.decode()
    assert client.get(page, {"export": "csv"}).status_code == 200
    done(client.post(reverse("reorganisation-work", args=[plan.code, "rehearse"])))
    enacted = done(client.post(work))
    assert enacted.state == Job.State.DONE and enacted.result["held"] > 20 and enacted.result["ended"] > 2
    assert enacted.done == enacted.total > 10  # every stage was told
    shown = client.get(reverse("job", args=[enacted.pk])).content.decode()
    assert reverse("reorganisation", args=[plan.code]) in shown and "http-equiv" not in shown
    again = Job.objects.create(
        name="x",
        kind=enacted.kind,
        payload=enacted.payload,
        resume={"begun": True},
        created_by=enacted.created_by,
    )
    jobs.perform(again.pk)  # cut short after the commit and taken up again: it is done once
    again.refresh_from_db()
    assert (again.state, again.result) == (Job.State.DONE, enacted.result)
    Job.objects.filter(pk=again.pk).update(state=Job.State.RUNNING, finished_at=None)
    assert 'http-equiv="refresh"' in client.get(reverse("job", args=[again.pk])).content.decode()
    assert reverse("job", args=[again.pk]) in client.get(page).content.decode()
    again.delete()
    assert UnitPlacement.objects.on(DAY).get(unit=cast.cell).parent != cast.commune
    handover = reverse("handover", args=[plan.code])
    client.post(handover, {"what": "draw_up"})
    line = HandoverLine.objects.filter(item="members").order_by("pk").first()
    assert str(line.giver.pk) in client.get(handover).content.decode()
    sign = {"line": line.pk, "side": "give", "amount": f"{line.amount:g}"}
    assert client.post(handover, sign).status_code == 302
    wrong = client.post(handover, {**sign, "side": "receive", "amount": int(line.amount) + 1})
    assert wrong.status_code == 422
    assert client.post(handover, {**sign, "side": "receive"}).status_code == 302
    line.refresh_from_db()
    assert line.done and line.received == line.amount
    for kind, starts in (("pdf", b"%PDF"), ("docx", b"PK")):
        paper = client.get(
            reverse("handover-protocol", args=[plan.code, line.giver_id, line.receiver_id, kind])
        )
        assert paper.content.startswith(starts)
    back = done(client.post(reverse("reorganisation-work", args=[plan.code, "undo"])))
    assert back.state == Job.State.DONE


def accepted_group_by_group(client, cast, plan):
    """One group sent elsewhere, a marked one accepted, then all the others at once."""
    hanging = reverse("reorganisation-hanging", args=[plan.code])
    shown = client.get(hanging, {"kind": "bodies"}).content.decode()
    keys = re.findall(r'name="one" value="([^"]+)"', shown)
    assert keys and "bodies.same_kind~" not in client.get(hanging, {"kind": "posts"}).content.decode()
    one = reverse("reorganisation-group", args=[plan.code, keys[0]])
    page = client.get(one)
    assert page.status_code == 200 and "datalist" in page.content.decode()
    assert client.post(one, {"do": "send", "to": ""}).status_code == 422
    refused = client.post(one, {"do": "send", "to": "no-such"})
    assert refused.status_code == 422 and 'value="no-such"' in refused.content.decode()
    assert client.post(hanging, {"do": "accept", "scope": "marked"}).status_code == 422
    assert client.post(hanging, {"do": "accept", "scope": "all", "to": "11"}).status_code == 422
    assert client.post(hanging, {"do": "accept", "scope": "marked", "one": keys[:1]}).status_code == 302
    assert PlanAcceptance.objects.filter(plan=plan, by=cast.account("provincial_officer")).count() == 1
    narrowed = f"{hanging}?kind=posts&q=xa"
    assert client.get(narrowed).status_code == 200
    assert client.get(hanging, {"export": "csv"}).status_code == 200
    answer = client.post(hanging, {"do": "accept", "scope": "all"}, follow=True)
    assert 'role="status"' in answer.content.decode() or answer.status_code == 200
    assert not re.findall("tag warn", client.get(hanging, {"state": "open"}).content.decode())


def test_who_ends_no_bodies_sees_no_plan(client, cast):
    for who in ("commune_secretary", "member", "auditor", "administrator"):
        client.force_login(cast.account(who))
        assert client.get(reverse("reorganisations")).status_code == 403
