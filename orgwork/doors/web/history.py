"""This room is for the history of a person, body or paper: its entries in the journal, told in sentences."""

from __future__ import annotations

from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _lazy

from orgwork.foundation import journal
from orgwork.foundation.moments import Moment
from orgwork.procedures import operations
from orgwork.procedures.cases import Procedure


def of(request, kind: str, ident: int, limit: int = 12) -> list[dict]:
    """The latest entries about a subject, each as a sentence with who, when and through which door."""
    entries = list(journal.history(kind, ident)[: limit + 1])
    times = dict(Moment.objects.filter(pk__in=[e.moment for e in entries]).values_list("pk", "at"))
    return [
        {
            "sentence": sentence(entry), "day": entry.day, "at": times.get(entry.moment), "actor": str(entry.actor or ""),
            "case": entry.case if kind != "case" else None, "erased": entry.erased_under, "pk": entry.pk,
        }
        for entry in entries[:limit]
    ]  # fmt: skip


def sentence(entry) -> str:
    """What was done, in the words of the procedure, with the paper or value that was said of the subject."""
    said = what(entry.verb)
    more = detail(getattr(entry, "content", None))
    return f"{said} ({more})" if more else said


def what(verb: str) -> str:
    code, _point, name = verb.partition(".")
    procedure = Procedure.known.get(code)
    step = None
    if procedure is not None:
        step = procedure.opening if name == "open" else procedure.steps.get(name)
    if step is not None:
        return f"{procedure.label}: {step.label}"
    if verb in operations.known:
        return str(operations.known[verb].label)
    return str(OTHERS.get(verb, verb.replace(".", ": ").replace("_", " ")))


OTHERS = {
    "account.add": _lazy("Account made"),
    "account.password": _lazy("New password given"),
    "account.lock": _lazy("Account closed"),
    "account.unlock": _lazy("Account opened again"),
    "account.link": _lazy("Account joined to its person"),
    "takeover": _lazy("Taken over from earlier registers"),
    "takeover.run": _lazy("Taken over from earlier registers"),
    "report.issue": _lazy("Report issued"),
    "person.erase": _lazy("Personal content erased"),
}
# What an entry says of its subject is shown by these keys, in this order; the rest is for the journal's page.
TOLD = ("decision", "document", "symbol", "reason", "remark", "name", "text", "number", "standing")


def detail(content) -> str:
    """The paper, reason or value, shortened; emptied content says nothing."""
    if not isinstance(content, dict):
        return ""
    for key in TOLD:
        value = content.get(key)
        if isinstance(value, dict):
            value = value.get("symbol") or value.get("to")
        if isinstance(value, str | int) and value not in ("", True, False):
            return Truncator(str(value)).chars(80)
    return ""
