"""This room is for the commands: what they print, how they refuse, and the exit code each way."""

import argparse
import datetime as dt
import subprocess
import sys

import pytest
from django.contrib.auth import authenticate

from orgwork.doors.cli.parser import parser
from orgwork.foundation.accounts import Account
from orgwork.foundation.constraints import guards_lifted
from orgwork.foundation.dates import end
from orgwork.foundation.journal import Entry
from orgwork.foundation.moments import writing
from orgwork.registers.access import AccountPerson
from orgwork.registers.members import MembershipPlace
from orgwork.registers.reads import ReadLog
from orgwork.registers.record import Cause

NOTHING, ERROR, WRONG_USE, FINDINGS = 0, 1, 2, 3
PERIOD = ("--from", "2015-01-01", "--to", "2024-05-01")


def commands(top=None, path=()):
    """Every command with its parser, subcommands included."""
    top = top or parser()
    for action in top._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, below in action.choices.items():
                yield (*path, name), below
                yield from commands(below, (*path, name))


@pytest.mark.parametrize("path", [path for path, _below in commands()], ids=" ".join)
def test_every_command_has_help(path, orgwork):
    if path[0] == "manage":
        return  # Django's own help
    said = orgwork(*path, "--help")
    assert said.code == NOTHING and "usage: orgwork " + " ".join(path) in said.out


def test_without_a_command_the_help_is_shown(orgwork):
    said = orgwork()
    assert said.code == WRONG_USE and "figure" in said.err


def test_help_and_wrong_use_do_not_wake_django():
    script = (
        "import sys; from orgwork.doors.cli.main import main\n"
        "try: main(['figure', '--on', 'someday'])\n"
        "except SystemExit as end: assert end.code == 2\n"
        "sys.exit('django' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0 and "someday" in done.stderr


@pytest.mark.parametrize(
    "argv",
    [
        ("figure", "members.stock", "--on", "2024-02-30"),
        ("figure", "members.stock", "--on", "1800-01-01"),
        ("figure", "members.stock", "--known-at", "once"),
        ("figure", "members.stock", "--option", "sex"),
        ("figure", "members.stock", "--colour", "red"),
        ("report", "poem", "--unit", "11"),
        ("serve", "--port", "70000"),
        ("demo", "--members", "0"),
        ("user", "link", "member", "somebody"),
        ("dance",),
        ("journal",),
    ],
)
def test_wrong_use_is_told_in_a_sentence(argv, orgwork):
    said = orgwork(*argv)
    assert said.code == WRONG_USE and said.out == "" and "Traceback" not in said.err and said.err


def test_a_figure_prints_the_keys_of_the_conventions(orgwork, cast):
    said = orgwork("figure", "members.admitted", "--unit", "11", *PERIOD, "--json")
    assert said.code == NOTHING
    keys = {
        "value",
        "from",
        "to",
        "known_at",
        "unit_of_value",
        "records_url",
        "indicator",
        "unit",
        "definition",
    }
    assert keys <= set(said.json) and said.json["value"] == 16
    assert (said.json["from"], said.json["to"]) == ("2015-01-01", "2024-05-01")
    assert said.json["records_url"].startswith("/figures/members.admitted/")


def test_a_stock_is_asked_for_a_day(orgwork, cast):
    said = orgwork("figure", "members.stock", "--unit", "03127", "--on", "2024-05-01", "--json").json
    assert said["value"] == 10 and said["on"] == "2024-05-01" and "from" not in said


def test_a_figure_is_known_at_a_day(orgwork, cast):
    said = orgwork("figure", "members.stock", "--unit", "11", "--known-at", "2020-01-01", "--json").json
    assert said["value"] == 0


def test_options_narrow_a_figure(orgwork, cast):
    said = orgwork("figure", "bodies.count", "--unit", "11", "--kind", "cell", "--json").json
    assert said["value"] == 3 and said["options"] == {"kind": "cell"}


def test_the_operator_reads_numbers_of_people_and_no_names(orgwork, cast):
    records = orgwork("figure", "members.admitted", "--unit", "11", *PERIOD, "--records", "--json").json[
        "records"
    ]
    assert len(records) == 16 and {tuple(r) for r in records} == {("type", "id", "label", "url")}
    assert not any("Xuân" in record["label"] for record in records)
    assert not ReadLog.objects.exists()


def test_an_account_reads_the_names_open_to_it_and_that_is_noted(orgwork, cast):
    asked = ("figure", "members.stock", "--on", "2024-05-01", "--records", "--json", "--as")
    said = orgwork(*asked, "commune_secretary", "--unit", "03127").json
    assert "Cà Thị Xuân" in {record["label"] for record in said["records"]}
    assert ReadLog.objects.get().door == "cli"


def test_who_may_see_a_figure_but_not_its_records_is_told_who_may(orgwork, cast):
    asked = ("figure", "members.stock", "--on", "2024-05-01", "--records", "--json", "--as")
    said = orgwork(*asked, "auditor", "--unit", "11").json
    assert said["value"] == 16 and said["records"] == [] and said["records_hidden"] == 16 and said["who"]


@pytest.mark.parametrize(
    "argv",
    [
        ("figure", "members.of_the_moon"),
        ("figure", "members.stock", "--unit", "99"),
        ("figure", "members.admitted", "--from", "2024-01-01"),
        ("figure", "members.admitted", "--from", "2024-02-01", "--to", "2024-01-01"),
        ("figure", "members.admitted", "--on", "2024-02-01"),
        ("figure", "members.stock", "--as", "nobody"),
        ("check", "--unit", "99"),
        ("user", "lock", "nobody"),
    ],
)
def test_names_that_are_none_are_wrong_use(argv, orgwork, cast):
    said = orgwork(*argv)
    assert said.code == WRONG_USE and said.err.startswith("orgwork: ") and said.out == ""


def test_who_may_not_is_refused_and_told_who_may(orgwork, cast):
    said = orgwork("figure", "members.stock", "--unit", "11", "--as", "cell_secretary")
    assert said.code == ERROR and "This may be done by" in said.err


def test_refusals_are_json_for_programs(orgwork, cast):
    import json

    said = orgwork("figure", "members.stock", "--unit", "11", "--as", "outsider", "--json")
    assert said.code == ERROR and said.out == "" and json.loads(said.err)["code"] == "not_allowed"


def test_refusals_are_in_the_language_asked_for(orgwork, cast, monkeypatch):
    from orgwork.doors.cli import words

    monkeypatch.setenv("LANG", "de_DE.UTF-8")
    assert words.asked_for([]) == "de"
    assert words.asked_for(["figure", "--language", "vi"]) == "vi"
    monkeypatch.setenv("ORGWORK_LANGUAGE", "ru")
    assert words.asked_for([]) == "ru"
    assert words.asked_for(["--language=fr"]) == "en"


def test_without_a_name_the_catalogue_is_listed(orgwork, cast):
    listed = orgwork("figure", "--json").json["figures"]
    assert {"members.stock", "villages.heads_members"} <= {one["indicator"] for one in listed}


def test_a_whole_journal_is_nothing_to_report(orgwork, cast):
    said = orgwork("journal", "verify", "--json")
    assert said.code == NOTHING and said.json["ok"] and said.json["first"] is None


def test_an_altered_entry_is_named_and_is_a_finding(orgwork, live_cast):
    orgwork("user", "add", "somebody")
    entry = Entry.objects.latest("pk")
    with guards_lifted("the test plays the burglar"):
        Entry.objects.filter(pk=entry.pk).update(verb="account.remove")
    said = orgwork("journal", "verify", "--json")
    assert said.code == FINDINGS and said.json["first"]["kind"] == "altered"
    assert said.json["first"]["entry"] == entry.pk
    assert str(entry.pk) in orgwork("journal", "verify").out


def test_a_check_lists_breaches_with_their_rule_and_citation(orgwork, cast):
    said = orgwork("check", "--json", "--on", "2024-05-01")
    assert said.code == (FINDINGS if said.json["breaches"] else NOTHING)
    assert said.json["count"] == len(said.json["breaches"])
    for breach in said.json["breaches"]:
        assert breach["rule"] and breach["title"] and breach["citation"] and breach["label"]


def test_a_broken_rule_is_a_finding_and_tells_the_operator_no_name(orgwork, cast):
    with writing(door="test") as act:
        key = {"person": cast.member, "kind": "official"}
        end(MembershipPlace, act, key, dt.date(2024, 4, 1), cause=Cause.objects.create(kind="other"))
    said = orgwork("check", "--json", "--on", "2024-05-01")
    found = [b for b in said.json["breaches"] if b["type"] == "person" and b["id"] == cast.member.pk]
    assert said.code == FINDINGS and found and "Xuân" not in said.out


def test_a_term_report_as_a_word_file_text_and_json(orgwork, cast, tmp_path):
    path = tmp_path / "report.docx"
    asked = ("report", "term", "--unit", "11", *PERIOD)
    said = orgwork(*asked, "--language", "de", "--output", path)
    assert said.code == NOTHING and str(path) in said.out and path.read_bytes()[:2] == b"PK"
    assert "16" in orgwork(*asked).out
    found = orgwork(*asked, "--json", "--language", "vi").json
    assert found["language"] == "vi" and {"value", "indicator", "records_url"} <= set(found["figures"][0])


@pytest.mark.parametrize(
    "more, code",
    [
        ((), WRONG_USE),
        (("--from", "2024-02-01", "--to", "2024-01-01"), WRONG_USE),
        ((*PERIOD, "--output", "report.pdf"), WRONG_USE),
        ((*PERIOD, "--output", "/nowhere/at/all/report.docx"), ERROR),
        ((*PERIOD, "--as", "cell_secretary"), ERROR),
    ],
)
def test_a_report_that_cannot_be_written_says_why(more, code, orgwork, cast):
    said = orgwork("report", "term", "--unit", "11", *more)
    assert said.code == code and said.err.startswith("orgwork: ")


def test_the_report_on_growth_is_a_table(orgwork, cast):
    found = orgwork("report", "growth", "--unit", "11", "--quarter", "2024-Q1", "--json").json
    assert [line["unit"] for line in found["lines"]] == ["094", "096"]
    assert "094" in orgwork("report", "growth", "--unit", "11", "--quarter", "2024-Q1").out
    assert orgwork("report", "growth", "--unit", "11", "--quarter", "soon").code == WRONG_USE
    assert orgwork("report", "growth", "--unit", "11").code == WRONG_USE


def test_an_account_gets_a_fresh_password_printed_once(orgwork, db):
    said = orgwork("user", "add", "new.one", "--name", "Somebody New", "--speaks", "vi", "--json").json
    assert authenticate(username="new.one", password=said["password"])
    assert said["password"] not in orgwork("user", "list", "--json").out
    again = orgwork("user", "password", "new.one", "--json").json["password"]
    assert again != said["password"] and authenticate(username="new.one", password=again)
    assert not authenticate(username="new.one", password=said["password"])


def test_a_locked_account_signs_in_no_more(orgwork, db):
    password = orgwork("user", "add", "new.one", "--json").json["password"]
    orgwork("user", "lock", "new.one")
    assert authenticate(username="new.one", password=password) is None
    orgwork("user", "unlock", "new.one")
    assert authenticate(username="new.one", password=password)


def test_an_account_belongs_to_one_person_for_ever(orgwork, cast):
    orgwork("user", "add", "new.one")
    assert orgwork("user", "link", "new.one", cast.member.pk).code == NOTHING
    assert AccountPerson.objects.get(account__username="new.one").person == cast.member
    assert orgwork("user", "link", "new.one", cast.teacher.pk).code == ERROR
    assert orgwork("user", "link", "new.one", 1).code == ERROR


@pytest.mark.parametrize("name", ["a", "with space", "x" * 61, "semi;colon"])
def test_a_sign_in_name_that_cannot_be_typed_is_refused(name, orgwork, db):
    assert orgwork("user", "add", name).code == ERROR
    assert not Account.objects.exists()


def test_a_name_is_taken_whatever_its_capitals(orgwork, cast):
    assert orgwork("user", "add", "MEMBER").code == ERROR


def test_accounts_are_journalled_without_passwords(orgwork, db):
    password = orgwork("user", "add", "new.one", "--json").json["password"]
    entry = Entry.objects.get(verb="account.add")
    assert entry.door == "cli" and password not in str([s.content for s in entry.subjects.all()])


def test_the_operator_may_only_what_concerns_the_machine(cast):
    from orgwork.registers.access import OPERATOR

    machine = {"figures.read", "check.run", "journal.verify", "user.manage", "system.run", "takeover.run"}
    assert OPERATOR == machine


def test_a_wrong_setting_is_said_in_its_own_words(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "orgwork.doors.cli.main", "user", "list"],
        capture_output=True, text=True,
        env={"PATH": "/usr/bin:/bin", "ORGWORK_TODAY": "yesterday", "ORGWORK_HOME": str(tmp_path)},
    )  # fmt: skip
    assert done.returncode == WRONG_USE and "Traceback" not in done.stderr and done.stderr


def test_nothing_is_written_by_reading(orgwork, cast):
    with writing(door="test") as act:
        before = act.moment
    orgwork("figure", "members.stock", "--unit", "11", "--json")
    orgwork("user", "list")
    with writing(door="test") as act:
        assert act.moment == before + 1
