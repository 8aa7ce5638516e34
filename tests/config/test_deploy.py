"""Units and container: what they may touch is little, and what they install is locked."""

import configparser
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.waiting import FOR_EVER

DEPLOY = Path(__file__).parents[2] / "deploy"
SERVICES = sorted(DEPLOY.glob("*.service"))
COMMAND = "/opt/orgwork/.venv/bin/orgwork"


def unit(path):
    found = configparser.RawConfigParser(strict=False, interpolation=None)
    found.optionxform = str
    found.read(path)
    return found


@pytest.mark.parametrize("path", SERVICES, ids=lambda path: path.stem)
def test_a_unit_runs_as_nobody_much_and_touches_its_own_data_only(path):
    said = dict(unit(path)["Service"])
    assert said["User"] == "orgwork" and said["ExecStart"].startswith(COMMAND)
    assert (
        said["ProtectSystem"] == "strict" and said["UMask"] == "0077" and said["StateDirectoryMode"] == "0700"
    )
    for key in ("NoNewPrivileges", "PrivateTmp", "PrivateDevices", "ProtectHome", "RestrictNamespaces"):
        assert said[key] == "yes"
    assert said["CapabilityBoundingSet"] == ""


def test_server_and_worker_are_processes_of_their_own():
    assert "--no-worker" in unit(DEPLOY / "orgwork-web.service")["Service"]["ExecStart"]
    worker = unit(DEPLOY / "orgwork-worker.service")["Service"]
    # The first signal lets the job at hand come to its end.
    assert worker["KillMode"] == "mixed" and worker["TimeoutStopSec"] == "15min"


def test_the_commands_of_the_units_exist():
    from orgwork.doors.cli.parser import parser

    for path in SERVICES:
        words = unit(path)["Service"]["ExecStart"].split()
        assert parser().parse_args(words[1:]).run


def test_systemd_finds_nothing_wrong(tmp_path):
    """Where systemd's own tool is there; the tests above hold everywhere."""
    tool = shutil.which("systemd-analyze")
    if tool is None:
        return
    paths = []
    for path in sorted(DEPLOY.glob("orgwork-*.[st]*")):
        copy = tmp_path / path.name
        copy.write_text(path.read_text().replace(COMMAND, "/bin/true"))
        paths.append(str(copy))
    done = subprocess.run(
        [tool, "verify", "--man=no", *paths], capture_output=True, text=True, timeout=FOR_EVER, check=False
    )
    # Machines without a running systemd may say so; about our files nothing is said.
    assert not [line for line in done.stderr.splitlines() if "orgwork" in line], done.stderr


def test_the_container_is_built_from_the_lock_file_and_runs_without_rights():
    text = (DEPLOY / "Containerfile").read_text()
    stages = re.findall(r"^FROM (\S+)", text, re.M)
    assert stages and all(re.search(r":\d+\.\d+-slim-\w+$", stage) for stage in stages)
    assert "--require-hashes -r /opt/orgwork/requirements/runtime.txt" in text and "dev.txt" not in text
    assert text.index("USER 10001") < text.index("ENTRYPOINT")
    assert "HEALTHCHECK" in text and "/health/" in text and "ORGWORK_SECRET_KEY" not in text
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", text, re.M)
    root = DEPLOY.parent
    ignored = (root / ".containerignore").read_text().split()
    for name in " ".join(copied).split():
        assert (root / name).exists() and f"!{name}" in ignored, name
