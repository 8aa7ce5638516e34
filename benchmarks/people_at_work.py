"""This room is for fifty people at work at once: pages and acts, mixed, against real server processes.

Each looks, thinks a few seconds, and goes on, as people do; twenty secretaries of cells, twenty of communes,
nine officers of districts and one of the national office. A run is bounded; every answer that is not what was
asked for is an error. PostgreSQL is meant (`scripts/postgres.sh run …`); SQLite is measured the same way.
"""

import http.client
import json
import os
import random
import statistics
import subprocess
import sys
import threading
import time
from collections import Counter, defaultdict
from urllib.parse import quote, urlsplit

from django.conf import settings
from django.db import connection
from django.test import Client, override_settings

from benchmarks.admission import COMPLETE, applicants
from benchmarks.figures import FIRST, TODAY, build
from benchmarks.measure import result
from benchmarks.pages import GIVENS, dressed
from orgwork.doors.cli.serving import free_port
from orgwork.foundation.accounts import Account
from orgwork.foundation.dates import begin
from orgwork.foundation.moments import writing
from orgwork.procedures.cases import Case
from orgwork.registers.access import AccountPerson
from orgwork.registers.models import (
    Appointment,
    Cause,
    MembershipPlace,
    Person,
    Post,
    PostExistence,
    Unit,
    UnitForm,
    UnitName,
    UnitPlacement,
)
from orgwork.registers.units import derive_lineage, name_values

CELLS, COMMUNES, DISTRICTS, NATIONAL = 20, 20, 9, 1
WARM, RUN = 40.0, 60.0
#: Up to so many people it is tried whether it runs, not measured.
SMALL, SHORT = 10_000, (2.0, 8.0)
THINKS = (2.0, 6.0)
CASES = 400
GOAL = 150.0
#: In the place of a status: the server closed the line.
NO_ANSWER = 0
TERM = "from=2021-01-01&to=2024-05-01"


def measure(*, people, bodies):
    house = build(people, bodies)
    dressed(house)
    staff = hire(house)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    port = free_port("127.0.0.1", 8100)
    server = start(port)
    try:
        answered(port)
        before = busy(server.pid)
        warm, run = SHORT if people <= SMALL else (WARM, RUN)
        sent, asked = work(staff, port, warm, run)
        spent = busy(server.pid) - before
    finally:
        server.terminate()
        server.wait(timeout=60)
    yield from told(sent, run)
    # What is left when others leave the machine to it: waiting for a core is not in it.
    yield result("busy at the server, for each of its requests", 1000 * spent / asked, "ms")
    yield result("cores that others kept busy meanwhile", os.getloadavg()[0], "")


# -- the people


def hire(house):
    """Fifty accounts with posts, and what each looks at."""
    dice = random.Random(50)
    cause = Cause.objects.create(kind="takeover")
    communes = list(Unit.objects.filter(forms__kind="grassroots_party_organisation").order_by("pk"))
    districts = list(Unit.objects.filter(forms__kind="district_party_organisation").order_by("pk"))
    held = MembershipPlace.objects.on(TODAY).filter(unit__forms__kind="cell").order_by("-pk")
    cells = list(dict.fromkeys(held.values_list("unit", flat=True)[: 200 * CELLS]))[:CELLS]
    cells = list(Unit.objects.filter(pk__in=cells))
    staff = []
    with writing() as act:
        offices = [office(act, district, cause) for district in districts[:DISTRICTS]]
        national = Unit.objects.get(code="TW.01")
        derive_lineage(act, offices)
        seats = [("secretary", cell, cell) for cell in cells]
        seats += [("secretary", commune, commune) for commune in dice.sample(communes, k=COMMUNES)]
        seats += [("organisation_officer", o, d) for o, d in zip(offices, districts, strict=False)]
        seats += [("organisation_officer", national, house["root"])]
        persons = iter(Person.objects.order_by("pk")[10 : 10 + len(seats)])
        for number, (kind, at, where) in enumerate(seats):
            staff.append(appointed(act, number, kind, at, where, next(persons), cause))
    waiting = [one for one in staff if one["kind"] == "district"]
    for number, person in enumerate(applicants(CASES)):
        one = waiting[number % len(waiting)]
        data = {
            "cell": one["cell"],
            "again": False,
            "over_age": False,
            "rules": [],
            "complete": str(COMPLETE),
        }
        case = Case.objects.create(
            procedure="admission", state="file_complete", unit_id=one["unit"], person_id=person,
            opened_on=COMPLETE, data=data,
        )  # fmt: skip
        one["cases"].append(case.pk)
    return staff


def office(act, district, cause):
    made = Unit.objects.create(code=f"{district.code}.01")
    begin(UnitPlacement, act, FIRST, unit=made, parent=district, cause=cause)
    begin(UnitForm, act, FIRST, unit=made, kind="organisation_committee", cause=cause)
    begin(UnitName, act, FIRST, unit=made, language="vi", cause=cause, **name_values("Ban Tổ chức"))
    return made


def appointed(act, number, kind, at, where, person, cause):
    post = Post.objects.create(code=f"{at.code}-{kind}-{number}", kind=kind, unit=at)
    begin(PostExistence, act, FIRST, post=post, cause=cause)
    begin(Appointment, act, FIRST, post=post, acting=False, person=person, manner="appointed", cause=cause)
    account = Account(username=f"worker{number}", full_name=f"Worker {number}", language="vi")
    account.set_unusable_password()
    account.save()
    AccountPerson.objects.create(account=account, person=person)
    level = "cell" if number < CELLS else "commune" if number < CELLS + COMMUNES else "district"
    level = "national" if number == CELLS + COMMUNES + DISTRICTS else level
    below = MembershipPlace.objects.on(TODAY).filter(unit__in=Unit.objects.under(where, TODAY))
    people = list(below.order_by("pk").values_list("person", "unit")[:60])
    client = Client()
    with override_settings(ALLOWED_HOSTS=["testserver"]):
        client.force_login(account)
    return {
        "kind": level, "code": where.code, "unit": where.pk, "people": [one for one, _unit in people],
        "cell": people[0][1] if people else None, "cases": [],
        "cookie": client.cookies[settings.SESSION_COOKIE_NAME].value,
    }  # fmt: skip


# -- the server


def start(port):
    name = connection.settings_dict["NAME"]
    here = urlsplit(os.environ["ORGWORK_DATABASE_URL"])
    url = f"sqlite:///{name}" if connection.vendor == "sqlite" else here._replace(path=f"/{name}").geturl()
    processes = os.cpu_count() or 1
    return subprocess.Popen(
        [
            sys.executable, "-m", "orgwork.doors.cli.main", "serve", "--port", str(port), "--no-worker",
            "--workers", str(processes), "--threads", "4",
        ],
        env={
            **os.environ, "ORGWORK_DATABASE_URL": url, "ORGWORK_TODAY": TODAY.isoformat(),
            "DJANGO_SETTINGS_MODULE": "config.settings",
        },
        stdout=subprocess.DEVNULL,
    )  # fmt: skip


def busy(pid) -> float:
    """Seconds of processor that this process and those below it have had."""
    total, waiting = 0.0, [pid]
    children: dict[int, list[int]] = {}
    spent: dict[int, float] = {}
    for one in filter(str.isdigit, os.listdir("/proc")):
        try:
            fields = open(f"/proc/{one}/stat").read().rpartition(")")[2].split()  # noqa: SIM115
        except OSError:
            continue
        children.setdefault(int(fields[1]), []).append(int(one))
        spent[int(one)] = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    while waiting:
        one = waiting.pop()
        total += spent.get(one, 0.0)
        waiting += children.get(one, [])
    return total


def answered(port):
    end = time.monotonic() + 120
    while time.monotonic() < end:
        try:
            here = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            here.request("GET", "/health/")
            if here.getresponse().status == 200:
                return
        except OSError:
            pass
        time.sleep(0.3)
    raise AssertionError("The server did not come up.")


# -- the work


def work(staff, port, warm, run):
    sent, stop = [], time.monotonic() + warm + run
    counts_from = time.monotonic() + warm
    workers = [Worker(one, port, number, sent) for number, one in enumerate(staff)]
    threads = [threading.Thread(target=one.until, args=(stop, counts_from)) for one in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sent, sum(one.asked for one in workers)


class Worker:
    """One person with a browser: one connection, one session, one thing at a time."""

    def __init__(self, one, port, number, sent):
        self.one, self.sent, self.port = one, sent, port
        self.dice = random.Random(number)
        self.cookies = {settings.SESSION_COOKIE_NAME: one["cookie"]}
        self.token, self.here, self.asked = "", None, 0

    def until(self, stop, counts_from):
        time.sleep(self.dice.uniform(0, THINKS[1]))  # nobody begins at the same moment
        status, said = self.ask("GET", "/api/v1/session")
        if status != 200:
            self.sent.append(("signing in", "GET", status, 0.0))
            return
        self.token = json.loads(said).get("csrf_token") or json.loads(said).get("csrf") or ""
        while time.monotonic() < stop:
            what, method, address, body = self.next()
            began = time.perf_counter()
            status, _content = self.ask(method, address, body)
            took = (time.perf_counter() - began) * 1000
            if time.monotonic() > counts_from:
                self.sent.append((what, method, status, took))
            time.sleep(self.dice.uniform(*THINKS))

    def ask(self, method, address, body=None):
        self.asked += 1
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        if body is not None:
            body = json.dumps(body)
            headers |= {"Content-Type": "application/json", "X-CSRFToken": self.token}
        for _time in range(2):
            if self.here is None:
                self.here = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
            try:
                self.here.request(method, address, body, headers)
                answer = self.here.getresponse()
                content = answer.read()
                break
            except (http.client.HTTPException, OSError):
                self.here = None  # an idle connection that the server had closed; twice, it is an error
        else:
            return NO_ANSWER, b""
        for name, value in answer.getheaders():
            if name.lower() == "set-cookie":
                key, _equals, rest = value.partition("=")
                self.cookies[key] = rest.partition(";")[0]
        return answer.status, content

    def next(self):
        """What this person does now: mostly looking, sometimes acting."""
        code, person = self.one["code"], self.dice.choice(self.one["people"])
        where = f"?unit={code}"
        pages = [
            ("today", f"/{where}"), ("people", f"/people/{where}"), ("person", f"/people/{person}/{where}"),
            ("person", f"/people/{person}/{where}"), ("body", f"/bodies/{code}/{where}"),
            ("cases", f"/cases/{where}"),
            ("figure", f"/figures/members.stock/{where}&on=2024-05-01"),
            ("figure", f"/figures/members.admitted/{where}&{TERM}"),
            ("search", f"/search/?q={quote(self.dice.choice(GIVENS))}&unit={code}"),
        ]  # fmt: skip
        day = TODAY.isoformat()
        if self.one["kind"] == "cell" and self.dice.random() < 0.25:
            phone = f"09{self.dice.randrange(10**8):08d}"
            said = {"day": day, "person": person, "phone": phone}
            return "contact recorded", "POST", "/api/v1/operations/person.contact", said
        if self.one["kind"] == "district" and self.one["cases"] and self.dice.random() < 0.4:
            case = self.one["cases"].pop()
            said = {
                "day": day,
                "document": {"symbol": f"{case % 900_000 + 1}-QĐ/HU", "day": day, "issuer": code},
            }
            return "member admitted", "POST", f"/api/v1/cases/{case}/admit", said
        what, address = self.dice.choice(pages)
        return what, "GET", address, None


def told(sent, run):
    """Of all of it, of pages, acts and each kind: half, 95 of 100, the longest; then what went wrong."""
    errors = Counter((what, status) for what, _method, status, _took in sent if status not in (200, 201))
    took = defaultdict(list)
    for what, method, _status, millis in sent:
        took["all of it"].append(millis)
        took["pages" if method == "GET" else "acts"].append(millis)
        took[what].append(millis)
    for what, all_of_them in sorted(took.items(), key=lambda one: -len(one[1])):
        share = statistics.quantiles(all_of_them, n=20)[-1] if len(all_of_them) > 1 else all_of_them[0]
        middle = statistics.median(all_of_them)
        said = f"half under {middle:.0f} ms, the longest {max(all_of_them):.0f}"
        label = f"{what}: 95 % of {len(all_of_them)} under ({said})"
        yield result(label, share, "ms", baseline=GOAL, against="the goal")
    yield result("requests", len(sent) / run, "/s")
    for (what, status), count in errors.items():
        yield result(f"ERRORS: {what} answered {status or 'nothing'}", count, "")
    yield result("errors", sum(errors.values()), "")
    assert not errors, errors
