"""This room is for the words of the catalogues in the reader's language: kinds, posts, causes, acts,
papers.
"""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from orgwork.doors.web import formats
from orgwork.foundation import catalogues


def say(labels: Mapping[str, str]) -> str:
    return labels.get(formats.language()) or labels.get("en") or labels.get("vi") or ""


def body_kind(code: str) -> str:
    found = catalogues.kinds().get(code)
    return say(found.labels) if found else code


def family(kind: str) -> str:
    found = catalogues.kinds().get(kind)
    return found.family if found else ""


def post_kind(code: str) -> str:
    found = catalogues.posts().get(code)
    return capfirst(say(found.labels)) if found else code


def cause(code: str) -> str:
    found = catalogues.causes().get(code)
    return capfirst(say(found.labels)) if found else code


def act(code: str) -> str:
    found = catalogues.acts().get(code)
    return say(found.labels) if found else code


def document_kind(code: str) -> str:
    found = catalogues.documents().get(code)
    return say(found.labels) if found else code


def door(code: str) -> str:
    return str(DOORS.get(code, code))


def scope(held: Mapping[str, str]) -> str:
    """The narrower case that a value of a rule is for."""
    return ", ".join(str(SCOPES.get(pair) or f"{pair[0]}: {pair[1]}") for pair in held.items())


DOORS = {
    "web": _("on a page"),
    "api": _("by a program"),
    "cli": _("by command"),
    "system": _("by the system"),
    "takeover": _("by take-over"),
    "worker": _("by the worker"),
    "demo": _("by the demonstration"),
}
SCOPES = {
    ("after", "criminal_record"): _("after a criminal record"),
    ("area", "mountain"): _("in mountain, island and minority areas"),
    ("kind", "cell"): _("for cells"),
    ("level", "whole"): _("at the centre"),
    ("level", "central"): _("at the centre"),
    ("level", "province"): _("in provinces"),
    ("level", "commune"): _("in communes"),
    ("level", "grassroots"): _("at the grassroots"),
    ("purpose", "study"): _("for studies"),
    ("sex", "f"): _("for women"),
    ("sex", "m"): _("for men"),
}
