"""This room is for who is let in: every page, API operation, command and step, asked for as every role.

The table is permissions.yaml. What stands in no line of it fails, and so does a line that nothing answers to.
Every line is really asked for by every role; whoever is not named in it must be refused.

After adding an address: SHOW_PERMISSIONS=some.txt python -m pytest tests/test_permissions.py writes the lines
there as they are answered. Read them before believing them.
"""

import argparse
import datetime as dt
import json
import os
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pytest
import yaml
from django.conf import settings
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, resolve

from orgwork.doors.api.house import api
from orgwork.doors.cli.main import main
from orgwork.doors.cli.parser import parser
from orgwork.foundation.dates import begin, end
from orgwork.foundation.moments import writing
from orgwork.insight import issuing
from orgwork.procedures.cases import Case, Procedure
from orgwork.procedures.catalogue import definitions
from orgwork.procedures.members import end_membership
from orgwork.registers.appointments import Appointment
from orgwork.registers.numbering import TermOfOffice
from orgwork.registers.people import ALL_LIFE, PersonContact
from orgwork.registers.record import Cause
from tests.cast import votes

TABLE = yaml.safe_load((Path(__file__).parent / "permissions.yaml").read_text())
ROLES = TABLE["roles"]
SHOW = os.environ.get("SHOW_PERMISSIONS")
DAY = "2024-03-01"
LATELY = dt.date(2024, 2, 20)


@cache
def let_in(said: str) -> frozenset[str]:
    """The roles a line names."""
    if said == "nobody":
        return frozenset()
    if said == "everybody":
        return frozenset(ROLES) - {"signed_out"}
    if said == "anybody":
        return frozenset(ROLES)
    found = frozenset(said.split())
    assert found <= set(ROLES) | {"operator"}, found - set(ROLES)
    return found


def judge(line: str, said: str, found: set[str]) -> None:
    """Compare what the table says with who was let in."""
    if SHOW:
        signed_in = set(ROLES) - {"signed_out"}
        shown = (
            "nobody" if not found
            else "anybody" if found == set(ROLES)
            else "everybody" if found == signed_in
            else " ".join(role for role in [*ROLES, "operator"] if role in found)
        )  # fmt: skip
        Path(SHOW).open("a").write(f"  {line + ':':<70} {shown}\n")
        return
    wanted = let_in(said)
    assert found == wanted, f"{line}: too many {sorted(found - wanted)}, refused {sorted(wanted - found)}"


#: The table is walked in parts, each with a world of its own.
PARTS = range(8)


def part_of(lines, part: int) -> list:
    return list(lines)[part :: len(PARTS)]


@contextmanager
def undone():
    """What is done inside is undone, and the savepoint goes, too: of thousands that stayed open each would
    be looked at with everything written later, and the walk would take as long as all other tests.
    """
    before = transaction.savepoint()
    try:
        yield
    finally:
        transaction.savepoint_rollback(before)
        transaction.savepoint_commit(before)


@contextmanager
def all_of_them():
    """Every line is looked at before the test fails; it then names each that is wrong."""
    wrong: list[str] = []

    @contextmanager
    def each(line):
        try:
            yield
        except AssertionError as fault:
            wrong.append(f"{line}\n    {str(fault).splitlines()[0]}")

    yield each
    assert not wrong, "\n" + "\n".join(wrong)


# ── addresses ───────────────────────────────────────────────────────────────────────────────────────────


def routes(resolver=None, before="") -> dict[str, URLPattern]:
    """Every address there is, as Django writes it; those with and without a slash at the end are one."""
    found = {}
    for pattern in (resolver or get_resolver()).url_patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            found |= routes(pattern, route)
        else:
            found[route.rstrip("/")] = pattern
    return found


def asked(line: str) -> tuple[str, str]:
    method, address = line.split(" ", 1)
    return method, address


def plain(address: str) -> str:
    """With something in place of each brace, to find the route it leads to."""
    for name in NUMBERS:
        address = address.replace("{" + name + "}", "1")
    for name in CODES:
        address = address.replace("{" + name + "}", "x")
    return address.partition("?")[0]


NUMBERS = (
    "member", "teacher", "applicant", "case", "paper", "area", "own_view", "own_job", "body", "issued",
    "own_session", "own_token", "own_factor", "own_sheet", "own_request", "own_lending", "proposal",
    "letter", "run", "kept_text", "find",
)  # fmt: skip
CODES = ("post", "plan", "other_plan")
NUMBERS += ("draft", "entry", "studied")
NUMBERS += ("file", "scan", "plan_number", "term", "planned", "read")


def handover_of_the_province(cast):
    """A line of a handover in a plan at whose head the province stands: plan_of_the_province."""
    from orgwork.registers.reorganisation import HandoverLine, Plan

    plan = Plan.objects.create(code="R2025-07-01", day=dt.date(2025, 7, 1), unit=cast.province)
    return HandoverLine.objects.create(
        plan=plan, giver=cast.cell, receiver=cast.cell, item="members", amount=1
    )


def plan_of_the_province(cast) -> dict:
    plan = handover_of_the_province(cast).plan
    other = type(plan).objects.create(code="R2025-07-01-2", day=plan.day, unit=plan.unit, variant_of=plan)
    planned = plan.changes.create(order=1, kind="end", subject=cast.other_commune)
    read = plan.changes.create(order=2, kind="area", values={"old_code": "03127"})
    return {
        "plan": plan.code, "plan_number": plan.pk, "other_plan": other.code, "planned": planned.pk,
        "read": read.pk,
    }  # fmt: skip


def draft_of_the_district(cast) -> dict[str, int]:
    """A draft with two versions, written for the district, and its scan."""
    from orgwork.procedures import drafting
    from orgwork.registers.paper_files import DraftFile

    actor = {"actor": cast.account("district_officer"), "day": dt.date(2024, 1, 8)}
    case = drafting.begin_draft(
        **actor, unit=cast.district_office, issuer=cast.district, kind="guidance", title="x"
    )
    for text in ("1.", "2."):
        drafting.write(case, **actor, text=text)
    digest = laid(b"scan")
    scan = DraftFile.versions.create(
        draft=drafting.draft_of(case), name="a.pdf", media_type="application/pdf", size=4, sha256=digest,
        recorded=1,
    )  # fmt: skip
    return {"draft": case.pk, "scan": scan.pk}


def letter_and_run(cast) -> dict[str, int]:
    """A letter of introduction on its way, and a print run of cards."""
    from orgwork.procedures import transfer
    from orgwork.procedures.cards import card_run

    day, actor = dt.date(2024, 1, 8), cast.account("cell_secretary")
    case = transfer.open_transfer(actor=actor, day=day, person=cast.introducer, target=cast.other_cell)
    transfer.send(case, actor=actor, day=day)
    run = card_run.opening.call(
        actor=cast.account("district_officer"), day=day, unit=cast.cell, purpose="first"
    )
    return {"letter": case.steps.get(step="send").pk, "run": run.pk}


def entry_and_study(cast, paper) -> dict[str, int]:
    """An entry of the district's book of incoming papers, and members who studied a paper."""
    from orgwork.procedures import acquaintance, incoming

    clerk, day = cast.account("district_officer"), dt.date(2024, 3, 1)
    entry = incoming.enter(actor=clerk, day=day, unit=cast.district, sender_name="x", symbol="1-CV")
    study = acquaintance.enter(
        actor=clerk, day=day, unit=cast.cell, document=paper.pk, form="meeting", reached=1
    )
    return {"entry": entry.pk, "studied": study.spell}


@pytest.fixture
def world(cast):
    """The cast and one thing of each kind, by the names in braces."""
    from orgwork.doors.models import SavedView
    from orgwork.foundation.jobs import Job
    from orgwork.procedures import admission

    paper = cast.paper()
    with writing(door="test") as act:
        begin(PersonContact, act, ALL_LIFE, person=cast.member, phone="0912 345 678")
        term = begin(TermOfOffice, act, dt.date(2021, 2, 2), cause=None, unit=cast.root, name="XIII")
    case = admission.open_admission(
        actor=cast.account("cell_secretary"), door="test", day=dt.date(2024, 1, 8), person=cast.applicant,
        unit=cast.cell,
    )  # fmt: skip
    report = issuing.issue(
        actor=cast.account("provincial_officer"), door="test", unit=cast.province,
        first=dt.date(2021, 1, 1), last=dt.date(2024, 5, 1),
    )  # fmt: skip
    found = {
        "issued": report.pk, "term": term.spell,
        "member": cast.member.pk, "teacher": cast.teacher.pk, "applicant": cast.applicant.pk, "case": case.pk,
        "paper": paper.pk, "file": file_of(paper), "area": cast.village.pk, "body": cast.cell.pk,
        "post": cast.posts["cell_secretary"].code,
        "own_view": lambda account: SavedView.objects.create(
            account=account, page="people", name="mine", query="").pk,
        "own_job": lambda account: Job.objects.create(name="a job", kind="x", created_by=account).pk,
        "own_sheet": sheet_of_one_s_own,
        "own_request": lambda account: request_of_one_s_own(account),
        "own_lending": lambda account: lending_of_one_s_own(account, cast),
        "proposal": proposal_of_the_district(cast),
        **letter_and_run(cast),
        **entry_and_study(cast, paper),
        **draft_of_the_district(cast),
        **plan_of_the_province(cast),
        **text_of_the_district(cast),
        **signing_in_of_one_s_own(),
    }  # fmt: skip
    return cast, found


def file_of(paper) -> int:
    """A file of the paper, with its bytes."""
    from orgwork.registers.paper_files import DocumentFile, FileText

    digest = laid(b"x")
    file = DocumentFile.versions.create(
        document=paper, name="a.pdf", media_type="application/pdf", size=1, sha256=digest, recorded=1
    )
    FileText.objects.create(file=file)
    return file.pk


def laid(content: bytes) -> str:
    """Bytes among the files of the house, and their checksum."""
    from hashlib import sha256

    from orgwork.procedures.paper_files import lay

    digest = sha256(content).hexdigest()
    lay(content, digest)
    return digest


def request_of_one_s_own(account) -> int:
    """What somebody asks about their own data."""
    from orgwork.procedures.requests import open_request
    from orgwork.registers.access import person_of
    from orgwork.registers.people import Person

    person = Person.objects.get(pk=person_of(account))
    return open_request(actor=account, door="test", person=person, kind="copy", words="x").pk


def lending_of_one_s_own(account, cast) -> int:
    """A mandate that somebody lent, whether they hold the post or not."""
    from orgwork.registers.access import person_of
    from orgwork.registers.lending import Lending

    return Lending.objects.create(
        post=cast.posts["cell_secretary"], lender_id=person_of(account), stand_in=cast.third_of_small,
        first_day=dt.date.today(), last_day=dt.date.today(), offered=1,
    ).pk  # fmt: skip


def text_of_the_district(cast) -> dict[str, int]:
    """A kept text and the paper cited in it."""
    from orgwork.exchange.texts.keeping import keep

    text, _new = keep(
        "Theo Kế hoạch số 12-KH/HU của Huyện ủy ngày 05/01/2024.", actor=cast.account("district_officer"),
        door="test", unit=cast.district, day=dt.date(2024, 1, 8),
    )  # fmt: skip
    return {"kept_text": text.pk, "find": text.finds.get().pk}


def task_of_the_district(cast) -> int:
    from orgwork.procedures.task_proposals import propose

    actor, day = cast.account("district_officer"), dt.date(2024, 1, 8)
    return propose(actor=actor, door="test", day=day, unit=cast.district, what="x").pk


#: Numbers that the table calls by a name, made when an act asks for them.
MADE = {
    "a handover": lambda cast: handover_of_the_province(cast).pk,
    "kept_text": lambda cast: text_of_the_district(cast)["kept_text"],
    "find": lambda cast: text_of_the_district(cast)["find"],
    "task": task_of_the_district,
    "a function": lambda cast: _function_of_the_commune(cast),
    "a plan": lambda cast: _plan_that_ends_the_commune(cast),
}


def proposal_of_the_district(cast) -> int:
    """An old day of admission, to be corrected by two people."""
    from orgwork.procedures.correction import correct_admission_day

    return correct_admission_day(
        actor=cast.account("district_officer"), door="test", day=dt.date(2024, 3, 1), person=cast.member,
        since=dt.date(2015, 6, 1), reason="x", document={"symbol": "9-QĐ", "issuer_name": "–"},
    ).pk  # fmt: skip


def sheet_of_one_s_own(account) -> int:
    """A rehearsed sheet with one row, made for whoever asks."""
    from orgwork.exchange.sheets.imports import Import

    sheet = Import.objects.create(
        kind="members", name="a.csv", state="rehearsed", created_by=account, day=dt.date(2024, 1, 1),
        headings=["Name"], mapping=["name"], counts={"new": 1},
    )  # fmt: skip
    sheet.rows.create(number=2, cells={"name": "x"}, outcome="new")
    return sheet.pk


def signing_in_of_one_s_own() -> dict:
    """A session elsewhere, a token and a second factor, made for whoever asks."""
    from django.utils import timezone

    from orgwork.foundation.signing_in import ApiToken, SecondFactor, SignedIn

    now, day = timezone.now(), timezone.localdate()
    return {
        "own_session": lambda account: SignedIn.objects.get_or_create(
            session=f"elsewhere-{account.pk}", defaults={"account": account, "since": now, "seen": now}
        )[0].pk,
        "own_token": lambda account: ApiToken.objects.get_or_create(
            digest=f"{account.pk}", defaults={
                "account": account, "name": "mine", "scope": "read", "expires_on": day})[0].pk,
        "own_factor": lambda account: SecondFactor.objects.create(account=account, kind="passkey").pk,
    }  # fmt: skip


def visitor(cast, role: str, *, anew: bool = False) -> Client:
    """A client of the role. It is signed in once for a test: who knocks a thousand times need not sign in a
    thousand times; ``anew`` for what ends the session that asks.
    """
    client = Client(raise_request_exception=False)
    if not ROLES[role]:
        return client
    kept = vars(cast).setdefault("signed_in", {})
    if anew or role not in kept:
        client.force_login(cast.account(ROLES[role]))
        if not anew:
            kept[role] = client.cookies[settings.SESSION_COOKIE_NAME].value
    else:
        client.cookies[settings.SESSION_COOKIE_NAME] = kept[role]
    return client


def knock(cast, found: dict, line: str, role: str):
    """Ask for the line as the role; things that are one's own are made for each."""
    method, address = asked(line)
    client = visitor(cast, role, anew=method != "GET")
    account = cast.account(ROLES[role]) if ROLES[role] else None
    owner = account or cast.account("member")
    for name, value in found.items():
        if "{" + name + "}" in address:
            address = address.replace("{" + name + "}", str(value(owner) if callable(value) else value))
    if method == "GET":
        return client.get(address)
    if address.startswith("/api/"):
        return client.post(address, "{}", content_type="application/json")
    return client.post(address)


def opened(response, method: str) -> bool:
    """Whether somebody was let in; faults of the server are nobody's business."""
    status = response.status_code
    assert status < 500, f"{status} {response.content[:300]!r}"
    if status in (401, 403):
        return False
    if status == 302 and response["Location"].startswith("/sign-in/"):
        return "next=" not in response["Location"]
    if method == "GET":
        assert status in (200, 302), f"{status} {response.content[:300]!r}"
    return True


LINES = {**TABLE["pages"], **TABLE["api"]}


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("section", ["pages", "api"])
def test_an_address_lets_in_whom_the_table_names(section, part, world):
    with all_of_them() as each:
        for line, said in part_of(TABLE[section].items(), part):
            with each(line):
                method, _address = asked(line)
                judge(line, said, {role for role in ROLES if opened(knock(*world, line, role), method)})


def of_the_commune() -> dict[str, str]:
    """What the secretary of the commune reads because of the post, and not like everybody."""
    return {
        line: said
        for line, said in LINES.items()
        if line.startswith("GET") and "commune" in said.split() and "commune" in let_in(said)
    }


@pytest.mark.parametrize("past", ["", "on=2020-01-01", "on=2020-01-01&known=2020-02-01&known_at=2020-02-01"])
def test_a_post_that_has_ended_opens_nothing_on_any_day(world, past):
    """The power is gone the same day, and turning the dial back gives none of it back."""
    cast, found = world
    with writing(door="test") as act:
        key = {"post": cast.posts["commune_secretary"], "acting": False}
        end(Appointment, act, key, act.day, cause=Cause.objects.create(kind="released"))
    with all_of_them() as each:
        for line in of_the_commune():
            with each(line):
                turned = line + ("&" if "?" in line else "?") + past
                assert not opened(knock(cast, found, turned, "commune"), "GET")


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("role", ["admin", "outsider", "auditor"])
def test_whoever_may_read_no_names_reads_none_anywhere(world, role, part):
    """Neither on a page nor in a list, a refusal, a file or an answer; holders of posts are named."""
    cast, found = world
    hidden = [cast.veteran, cast.introducer, cast.second_introducer, cast.applicant, cast.probationary]
    names = [person.names.first().full for person in hidden]
    lines = [line for line in LINES if line.startswith("GET")]
    with all_of_them() as each:
        more = [f"GET /{room}/?q=Lo&unit=11" for room in ("search", "people", "bodies")]
        for line in part_of([*lines, *more], part):
            with each(line):
                response = knock(cast, found, line, role)
                said = b"".join(response) if response.streaming else response.content
                assert not [name for name in names if name in said.decode(errors="replace")]


#: Ways to hand a person's number to a form, and see what it makes of it.
FORMS = [
    "/bulk/?procedure=transfer&person={0}",
    "/bulk/?procedure=recognition&person={0}",
    "/open/transfer/?person={0}",
    "/open/admission/?person={0}",
    "/open/recognition/?person=%23{0}",
    "/do/person.contact/?person={0}",
    "/do/person.qualification/?person=%23{0}&unit=03127.01",
    "/pick/person/?q={1}",
    "/search/?q={1}",
    "/people/?unit=03127.01&q={1}",
    "/api/v1/people?unit=03127.01&q={1}",
    "/api/v1/people/{0}",
    "/api/v1/appointments?person={0}",
    "/api/v1/memberships?person={0}",
]


@pytest.mark.parametrize("address", FORMS)
def test_a_form_tells_nobody_the_name_behind_a_number(address, cast):
    """A cell's secretary may open cases, but reads names of that cell only."""
    person = cast.other_member
    name = person.names.first()
    client = Client(raise_request_exception=False)
    client.force_login(cast.account("cell_secretary"))
    asked_for = address.format(person.pk, name.given)
    answers = [client.get(asked_for)]
    if address.startswith(("/bulk", "/open", "/do")):
        answers.append(client.post(asked_for, {"day": DAY, "person": f"#{person.pk}", "target": "03127.02"}))
    for response in answers:
        assert response.status_code < 500
        assert name.full not in response.content.decode()


def test_every_address_stands_in_the_table():
    # Under `api` the last address catches whatever is none: it answers 404 to everybody.
    known = set(routes()) - {"api"}
    # The steps of procedures stand under `verbs`.
    walked = {route for route in known if route.startswith("api/v1/") and _is_an_act(route)}
    named = {resolve(plain(asked(line)[1])).route.rstrip("/") for line in LINES}
    assert known - named - walked == set(), "stand in no line of permissions.yaml"
    assert named - known == set()


def test_every_operation_of_the_api_stands_in_the_table():
    named = {(asked(line)[0], resolve(plain(asked(line)[1])).route) for line in TABLE["api"]}
    missing = [
        f"{method.upper()} {path}"
        for path, operations in api.get_openapi_schema(path_prefix="/api/")["paths"].items()
        for method in operations
        if not _is_an_act(path.lstrip("/")) and (method.upper(), _route(path)) not in named
    ]
    assert missing == []


def _route(path: str) -> str:
    filled = path.replace("{code}", "x").replace("{kind}", "x").replace("{number}", "1")
    filled = filled.replace("{row}", "1").replace("{file}", "1")
    return resolve(filled).route


def _is_an_act(route: str) -> bool:
    """An opening, a step or an act without a case: walked by its verb."""
    return route.startswith("api/v1/operations/") or (
        route.startswith("api/v1/cases/") and route.count("/") >= 4
    )


# ── verbs ───────────────────────────────────────────────────────────────────────────────────────────────


def filled(step, cast, say: dict | None) -> dict:
    """Values of the right type for every field, so that nothing but the power can be the first refusal.

    The table names people, bodies, places and posts by their keys in the cast.
    """
    say = say or {}
    found = {"day": say.get("day", DAY)}
    for one in step.fields:
        if one.name in say:
            value = say[one.name]
            named = [_named(one, cast, key) for key in value] if one.many else _named(one, cast, value)
            found[one.name] = named
        elif one.required:
            found[one.name] = [_any(one, cast)] if one.many else _any(one, cast)
    return found


def _named(one, cast, key):
    if one.type == "post":
        return cast.posts[key].code
    if one.type == "unit":
        return getattr(cast, key).code
    if one.type == "number" and key in MADE:
        return MADE[key](cast)
    return getattr(cast, key).pk if one.type in ("person", "area") else key


def _any(one, cast):
    options = [code for code, _label in one.options()] if one.type == "choice" else []
    return {
        "day": DAY, "text": "Xuân", "words": "for a reason", "long": "1.",
        "int": 1, "number": 1, "bool": True,
        "choice": options[0] if options else None, "person": cast.member.pk, "unit": cast.cell.code,
        "area": cast.village.pk, "post": cast.posts["cell_secretary"].code, "protocol": votes(6),
        "document": {"symbol": "77-QĐ/X", "day": DAY, "issuer": "094"},
    }[one.type]  # fmt: skip


#: What the steps before would have noted, for cases that are put into a state.
NOTED = {
    "course_until": "2025-01-01", "considered": DAY, "over_age": False, "decided": DAY, "sent": DAY,
    "complete": DAY, "suspended": "2024-02-01", "started": "2024-02-01", "until": "2024-04-30",
}  # fmt: skip


def _deleted(cast) -> None:
    """The member was deleted from the list a few days before."""
    with writing(door="test") as act:
        why = Cause.objects.create(kind="deleted")
        end_membership(act, cast.member, LATELY, cause=why)


def _shrunk(cast) -> None:
    """One of the three full members of the small cell has died."""
    with writing(door="test") as act:
        end_membership(act, cast.third_of_small, LATELY, cause=Cause.objects.create(kind="died"))


def _issued(cast) -> None:
    """The paper that every line names is registered already."""
    cast.paper("77-QĐ/X", day=dt.date.fromisoformat(DAY))


def _review_planned(cast) -> None:
    """A review of the paper that is named wherever one is asked for."""
    from orgwork.registers.drafts import PaperReview

    paper = cast.paper("77-QĐ/X", kind="", day=dt.date.fromisoformat(DAY))
    with writing(door="test") as act:
        begin(
            PaperReview, act, LATELY, cause=None, document=paper, kind="midway", unit=cast.district,
            due=dt.date(2024, 3, 20),
        )  # fmt: skip


def _at_work(cast) -> None:
    """The member fills a post of the budget in the commune."""
    from orgwork.registers.staffing import Occupancy

    with writing(door="test") as act:
        begin(Occupancy, act, LATELY, person=cast.member, unit=cast.commune, category="officials")


def _function_of_the_commune(cast) -> int:
    from orgwork.procedures.functions import give

    officer, paper = cast.account("provincial_officer"), cast.paper(issuer=cast.province)
    return give(actor=officer, day=dt.date(2024, 1, 2), unit=cast.commune, name="Giữ sổ", document=paper).pk


def _plan_that_ends_the_commune(cast) -> int:
    from orgwork.registers.reorganisation import Plan

    plan = Plan.objects.create(code="R-commune", day=dt.date(2025, 7, 1), unit=cast.district)
    plan.changes.create(order=1, kind="end", subject=cast.commune)
    return plan.pk


#: What must have happened before a case of that kind can be opened, or the act be done, at all.
BEFORE = {
    "somebody at work": _at_work,
    "": lambda cast: None,
    "a deletion": _deleted,
    "a death": _shrunk,
    "a planned review": _review_planned,
    "a paper": _issued,
}


def make_case(cast, procedure: Procedure, state: str, at: str) -> Case:
    """A case as if it had come to that state: opened for real by somebody entitled, then put there."""
    how = TABLE["openings"][procedure.code]
    BEFORE[how.get("after", "")](cast)
    said = filled(procedure.opening, cast, how["with"])
    done = post(cast, how["by"], "/api/v1/cases", {"procedure": procedure.code, **said})
    assert done.status_code == 201, done.content
    case = Case.objects.get(pk=done.json()["id"])
    data = {**NOTED, **case.data}
    Case.objects.filter(pk=case.pk).update(state=state, unit=getattr(cast, at), data=data)
    return case


def post(cast, role: str, address: str, body: dict):
    client = visitor(cast, role)
    return client.post(address, json.dumps(body, default=str), content_type="application/json")


def verbs() -> dict:
    return {step.verb: step for step in definitions()}


def let_act(response) -> bool:
    """Refused for want of power, or not; whether the act itself could be done is another test's business."""
    assert response.status_code < 500, response.content
    if response.status_code == 403:
        assert response.json()["code"] == "not_allowed", response.content
    if response.status_code == 422:
        assert response.json()["code"] not in ("unreadable", "missing", "not_of_its_type"), response.content
    return response.status_code not in (401, 403)


@pytest.mark.parametrize("part", PARTS)
def test_an_act_is_open_to_whom_the_table_names(part, cast):
    for role in ROLES:
        visitor(cast, role)  # before anything that is undone
    with all_of_them() as each:
        for verb, line in part_of(TABLE["verbs"].items(), part):
            with each(verb), undone():
                _judge_act(cast, verb, line)


def _judge_act(cast, verb: str, line: dict) -> None:
    step, say = verbs()[verb], line.get("with")
    assert step.act == line["act"], step.act
    if step.procedure is not None and step.name in ("open", "complete"):
        say = TABLE["openings"][step.procedure.code]["with"]
    if step.procedure is not None and step.name == "open":
        BEFORE[TABLE["openings"][step.procedure.code].get("after", "")](cast)
    address, body = "/api/v1/cases", filled(step, cast, say)
    if step.procedure is None:
        BEFORE[line.get("after", "")](cast)
        address = f"/api/v1/operations/{step.name}"
    elif step.name == "open":
        body = {"procedure": step.procedure.code, **body}
    else:
        case = make_case(cast, step.procedure, sorted(step.sources)[0], line["at"])
        address = f"/api/v1/cases/{case.pk}/{step.name}"
    judge(verb, line["to"], {role for role in ROLES if let_act(_undone(cast, role, address, body))})


def _undone(cast, role, address, body):
    """Each role asks anew: what one of them did is undone before the next."""
    with undone():
        return post(cast, role, address, body)


@pytest.mark.parametrize("part", PARTS)
def test_no_act_tells_the_name_behind_a_number(part, cast):
    """Whoever may do something somewhere tries it with the number of a person elsewhere."""
    for role in ROLES:
        visitor(cast, role)  # before anything that is undone
    hidden = cast.other_member.names.first().full
    with all_of_them() as each:
        for verb, step in part_of(verbs().items(), part):
            if step.name != "open" and step.procedure is not None:
                continue
            people = {f.name: "other_member" for f in step.fields if f.type == "person"}
            if not people:
                continue
            with each(verb):
                people = {f: [v] if _many(step, f) else v for f, v in people.items()}
                body = filled(step, cast, people)
                address = f"/api/v1/operations/{step.name}"
                if step.procedure is not None:
                    address, body = "/api/v1/cases", {"procedure": step.procedure.code, **body}
                for role in ("cell", "commune", "district"):
                    assert hidden not in _undone(cast, role, address, body).content.decode()


def _many(step, name: str) -> bool:
    return next(one.many for one in step.fields if one.name == name)


def test_every_act_stands_in_the_table():
    assert set(verbs()) == set(TABLE["verbs"])


# ── commands ────────────────────────────────────────────────────────────────────────────────────────────


def leaves(top=None, path=()):
    top = top or parser()
    below = [a for a in top._actions if isinstance(a, argparse._SubParsersAction)]
    if not below:
        yield " ".join(path)
    for action in below:
        for name, one in action.choices.items():
            yield from leaves(one, (*path, name))


def test_every_command_stands_in_the_table():
    assert {line.partition(" --")[0].partition(" (")[0] for line in TABLE["commands"]} >= {"figure"}
    named = {command for command in leaves() for line in TABLE["commands"] if _begins(line, command)}
    assert set(leaves()) == named


def _begins(line: str, command: str) -> bool:
    return line == command or line.startswith(command + " ")


@pytest.fixture
def no_harm(monkeypatch):
    """Commands that would start or build something only say that they would."""
    from orgwork.doors.cli import main as room
    from orgwork.doors.cli import serving
    from orgwork.exchange.demo import build
    from orgwork.exchange.whole import backup, moving, open_files, restore, upgrade
    from orgwork.foundation import jobs

    # A process reads one command; here a thousand are read, by one reader.
    monkeypatch.setattr(room, "parser", cache(room.parser))
    monkeypatch.setattr(build, "build_demo", lambda **_how: {})
    monkeypatch.setattr(backup, "make", lambda *_what, **_how: {"backup": "x", "sha256": "x", "bytes": 1})
    monkeypatch.setattr(restore, "restore", lambda *_what, **_how: {"rows": 1, "files": 1})
    monkeypatch.setattr(moving, "move", lambda *_what, **_how: {})
    monkeypatch.setattr(upgrade, "for_real", lambda: None)
    monkeypatch.setattr(open_files, "export", lambda *_what, **_how: {})
    monkeypatch.setattr(open_files, "bring_in", lambda *_what, **_how: {})
    monkeypatch.setattr(serving, "_granian", lambda *_how: None)
    monkeypatch.setattr(serving, "_static_files", lambda: None)
    monkeypatch.setattr(serving.connection, "close", lambda: None)
    monkeypatch.setattr(serving, "tables_are_there", lambda: None)
    monkeypatch.setattr(jobs, "start_worker", lambda: None)
    monkeypatch.setattr(jobs, "work", lambda: None)
    monkeypatch.setenv("ORGWORK_SERVING", "0")


def test_a_command_is_open_to_whom_the_table_names(cast, no_harm, capsys, settings, tmp_path):
    settings.ORGWORK_HOME = tmp_path
    (tmp_path / "text.txt").write_text("Theo Nghị quyết số 18-NQ/TW của Ban Chấp hành Trung ương.")
    headings = "name;sex;born;cell;day of admission\n"
    (tmp_path / "a.csv").write_text(headings + "Lò Văn An;m;1980;03127.01;13.02.2015\n")
    with all_of_them() as each:
        for line, said in TABLE["commands"].items():
            with each(line):
                if line == "manage":
                    assert said == "operator"  # Django's own: whoever has a shell on the machine
                else:
                    judge(
                        line,
                        said,
                        {r for r in [*ROLES, "operator"] if _obeyed(line, r, cast, capsys, tmp_path)},
                    )


def _obeyed(line: str, role: str, cast, capsys, path) -> bool:
    if role == "signed_out":
        return False
    with undone():
        return _given(line, role, cast, capsys, path)


def _given(line: str, role: str, cast, capsys, path) -> bool:
    words = [
        w.format(
            person=cast.applicant.pk,
            member=cast.member.pk,
            proposal=proposal_of_the_district(cast) if "{proposal}" in line else 0,
            paper=cast.paper().pk if "{paper}" in line else 0,
            new="new-one",
            file=path / "x.docx",
            place=path,
            text=path / "text.txt",
            sheet=path / "a.csv",
        )  # fmt: skip
        for w in line.split()
    ]
    words += ["--json"] if role == "operator" else ["--json", "--as", ROLES[role]]
    code = main(words)
    err = capsys.readouterr().err
    if code in (0, 3):
        return True
    last = json.loads(err.strip().splitlines()[-1])
    assert last["code"] not in ("fault", "database", "wrong_use"), last
    return last["code"] != "not_allowed"
