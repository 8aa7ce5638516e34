"""Looks up every locked dependency among known vulnerabilities (pip-audit).

Fails for a vulnerability that is known, and for nothing else: where the service cannot be reached, or knows
none of the packages, it says that nothing was audited.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

HOUSE = Path(__file__).resolve().parent.parent


def audit(lock: Path) -> list[dict] | None:
    """What the service says of each package; None when it does not answer."""
    with tempfile.TemporaryDirectory() as scratch:
        answer = Path(scratch) / "answer.json"
        command = [
            sys.executable, "-m", "pip_audit", "-r", str(lock), "--require-hashes", "--disable-pip",
            "--progress-spinner", "off", "--timeout", "10", "-f", "json", "-o", str(answer),
        ]  # fmt: skip
        try:
            subprocess.run(command, capture_output=True, timeout=300, check=False)
        except subprocess.TimeoutExpired:
            return None
        return json.loads(answer.read_text())["dependencies"] if answer.exists() else None


def judge(found: list[dict] | None) -> tuple[int, str]:
    """(exit code, sentence)."""
    if found is None:
        return 0, "NOT AUDITED: the vulnerability service cannot be reached."
    looked = [one for one in found if "skip_reason" not in one]
    if not looked:
        return 0, "NOT AUDITED: the vulnerability service knows none of the packages."
    bad = [f"{one['name']} {one['version']}: {v['id']}" for one in looked for v in one["vulns"]]
    rest = f", {len(found) - len(looked)} not known there" if len(looked) < len(found) else ""
    if bad:
        return 1, "Known vulnerabilities: " + "; ".join(sorted(set(bad)))
    return 0, f"{len(looked)} packages looked up{rest}: none is known to be vulnerable."


def main() -> int:
    code, said = judge(audit(HOUSE / "requirements" / "dev.txt"))
    print(said)
    return code


if __name__ == "__main__":
    sys.exit(main())
