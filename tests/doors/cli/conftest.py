"""This room is for giving commands as a person would, and reading what they say."""

import json

import pytest

from orgwork.doors.cli import words
from orgwork.doors.cli.main import main


class Said:
    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err

    @property
    def json(self):
        return json.loads(self.out)


@pytest.fixture
def orgwork(capsys, monkeypatch):
    """`orgwork("figure", "--json")` runs the command in this process; `.code`, `.out`, `.err`, `.json`."""
    for name in ("ORGWORK_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)

    def give(*argv):
        try:
            code = main([str(word) for word in argv])
        except SystemExit as end:
            code = end.code
        said = capsys.readouterr()
        return Said(code, said.out, said.err)

    yield give
    words.speak("en")
