"""This room is for finding every procedure and operation there is: importing it declares them all."""

from __future__ import annotations

from collections.abc import Iterator

from . import (  # noqa: F401
    acquaintance,
    admission,
    annulment,
    appointment,
    area_changes,
    badges,
    cards,
    complaint,
    correction,
    deletion,
    drafting,
    erasure,
    exemption,
    four_eyes,
    functions,
    guests,
    incoming,
    issued_papers,
    leaving,
    lending,
    merging,
    missing,
    name_changes,
    operations,
    paper_files,
    paper_parts,
    paper_register,
    paper_relations,
    paper_withdrawal,
    people_entry,
    recognition,
    register_books,
    reorganisation_acting,
    reorganisation_changes,
    reorganisation_clauses,
    reorganisation_handover,
    reorganisation_variants,
    requests,
    required_papers,
    retention,
    reviews,
    rules,
    sentences,
    size_review,
    staffing,
    suspension,
    task_proposals,
    temporary,
    transfer,
    unit_changes,
)
from .cases import Procedure, StepDef


def procedures() -> dict[str, Procedure]:
    """All procedures with cases, by code."""
    return dict(Procedure.known)


def definitions() -> Iterator[StepDef]:
    """Everything that can be done: openings, steps, and operations without a case."""
    for procedure in Procedure.known.values():
        if procedure.opening:
            yield procedure.opening
        yield from procedure.steps.values()
    yield from operations.known.values()
