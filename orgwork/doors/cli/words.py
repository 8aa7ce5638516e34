"""This room is for what commands say in the reader's language, without waking Django.

Django's translations need its whole registry of apps; help and wrong use must answer at once. Both read the
same catalogues (locale/*/LC_MESSAGES/django.mo).
"""

from __future__ import annotations

import argparse
import gettext
import os
from collections.abc import Sequence
from pathlib import Path

LOCALE = Path(__file__).resolve().parents[3] / "locale"
LANGUAGES = ("vi", "en", "de", "ru")

_spoken: gettext.NullTranslations = gettext.NullTranslations()
_code = "en"


def _(message: str) -> str:
    return _spoken.gettext(message)


def pgettext(context: str, message: str) -> str:
    """The same for a word that has another meaning elsewhere: a paper is missing, and so is a member."""
    return _spoken.pgettext(context, message)


def language() -> str:
    return _code


def speak(code: str) -> None:
    """From here on in this language."""
    global _spoken, _code
    _code = code
    _spoken = gettext.translation("django", LOCALE, languages=[code], fallback=True)
    # argparse takes its own words from the module gettext, which knows no catalogue of ours.
    argparse._ = _  # type: ignore[attr-defined]


def asked_for(argv: Sequence[str]) -> str:
    """From --language, else ORGWORK_LANGUAGE, else the shell's language, else English."""
    for at, word in enumerate(argv):
        if word == "--language" and at + 1 < len(argv):
            return _known(argv[at + 1])
        if word.startswith("--language="):
            return _known(word.partition("=")[2])
    for name in ("ORGWORK_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        if found := os.environ.get(name):
            return _known(found)
    return "en"


def _known(text: str) -> str:
    return text[:2].lower() if text[:2].lower() in LANGUAGES else "en"


def argparse_words() -> list[str]:
    """argparse's own sentences, named here so that they are collected for translation."""
    return [
        _("usage: "),
        _("positional arguments"),
        _("options"),
        _("show this help message and exit"),
        _("show program's version number and exit"),
        _("the following arguments are required: %s"),
        _("unrecognized arguments: %s"),
        _("invalid choice: %(value)r (choose from %(choices)s)"),
        _("invalid %(type)s value: %(value)r"),
        _("argument %(argument_name)s: %(message)s"),
        _("expected one argument"),
        _("expected at least one argument"),
        _("not allowed with argument %s"),
        _("one of the arguments %s is required"),
        _("ambiguous option: %(option)s could match %(matches)s"),
        _("ignored explicit argument %r"),
        _("%(prog)s: error: %(message)s\n"),
    ]
