"""This room is for what the tables of procedures record about people (see registers/person_tables.py)."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from orgwork.registers.person_tables import EMPTIED, KEPT, REPOINT, STAY, about_nobody, about_people

from .cases import Case, CaseDeadline, CaseHome, CaseStep, Protocol
from .proposals import Proposal

#: What a case may go on saying about nobody in particular.
KEPT_OF_A_CASE = ("cell", "source", "target", "rules", "again", "result")


def _data_left(case) -> dict:
    return {key: value for key, value in case.data.items() if key in KEPT_OF_A_CASE}


about_people(
    Case, _("Cases"), persons=("person",), activity="cases", erased=EMPTIED,
    emptied={"data": _data_left, "drafts": lambda case: {}}, codes=("procedure", "state"), merge=REPOINT,
    shown=("procedure", "state", "unit", "opened_on", "closed_on", "data", "drafts"),
    retention=("retention.rejected_admission_months", "retention.drafts_months"),
)  # fmt: skip
about_people(
    CaseStep, _("Steps of cases"), persons=("case__person",), activity="cases", emptied={"remark": ""},
    codes=("step", "source", "target"), merge=STAY,
    shown=("case", "step", "day", "source", "target", "document", "remark"),
    retention=("retention.rejected_admission_months",),
)  # fmt: skip
about_people(
    CaseDeadline, _("Deadlines of cases"), persons=("case__person",), activity="cases", erased=KEPT,
    codes=("kind", "basis"), merge=STAY, why=_("days"), shown=("case", "kind", "runs_from", "due", "met_on"),
)  # fmt: skip
about_people(
    CaseHome, _("Bodies responsible for cases"), persons=("case__person",), activity="cases", erased=KEPT,
    merge=STAY, why=_("days"), shown=("case", "unit", "valid_from", "valid_to"),
)  # fmt: skip
about_people(
    Proposal, _("Proposals for a second person"), persons=("person",), activity="cases",
    act="proposal.confirm",
    # A proposal is locked before the persons; the one it names is found through the alias when it is done.
    emptied={"inputs": lambda row: {}, "remark": ""}, codes=("verb", "act", "state"), merge=STAY,
    shown=("verb", "day", "inputs", "made_on", "state", "decided_on", "remark"),
)  # fmt: skip
about_nobody(Protocol, "a vote as numbers: never who voted how")
