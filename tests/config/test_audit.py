"""The audit of dependencies fails for what is known, and says so when it could look nothing up."""

import importlib.util

import pytest
from django.conf import settings

_spec = importlib.util.spec_from_file_location("audit", settings.BASE_DIR / "scripts" / "audit.py")
audit = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(audit)

SOUND = {"name": "a", "version": "1", "vulns": []}
UNKNOWN = {"name": "b", "skip_reason": "Dependency not found"}
BAD = {"name": "c", "version": "2", "vulns": [{"id": "PYSEC-1"}]}


@pytest.mark.parametrize(
    ("found", "code", "said"),
    [
        (None, 0, "NOT AUDITED"), ([], 0, "NOT AUDITED"), ([UNKNOWN], 0, "NOT AUDITED"),
        ([SOUND, UNKNOWN], 0, "1 packages looked up, 1 not known there"), ([SOUND, BAD], 1, "c 2: PYSEC-1"),
    ],
)  # fmt: skip
def test_only_a_known_vulnerability_fails(found, code, said):
    assert audit.judge(found)[0] == code and said in audit.judge(found)[1]
