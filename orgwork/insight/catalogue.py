"""This room is for the catalogue of figures as a page of the documentation, docs/figures.md."""

from __future__ import annotations

from django.utils import translation

from orgwork.registers import figures
from orgwork.registers.figures import DECREASES, INCREASES, Derived, Indicator

HEAD = """# Figures

Every figure is the count of its records, or is computed from such counts. This page is made from the
catalogue (`python scripts/figures.py`); a test compares the two.

Ask for one with `orgwork figure CODE --unit BODY`, with `--on DAY` for a stock or `--from DAY --to DAY` for
events (both days included); `--known-at DAY` asks what was known at the end of that day. `orgwork figure`
without a code lists them all.

## How they are counted

- **Place.** A stock belongs to the bodies above the record on the day asked; an event to those above it on
  the day of the event. A membership that ends is judged on its last day. Cases of an ended body count at its
  custodian; members cannot be left behind, so their figures follow the tree alone.
- **The law of flows.** At every body and over every period:
  opening + {increases} − {decreases} = closing.
  A transfer inside the body is no flow of it; members of a body that moved come and go with it, and where a
  place begins or ends on the very day of the move, that event counts and the move does not.
- **Groups.** Divided figures are counted over the same records. Age is reckoned on the day of a stock and on
  the last day of a period. Counts by ethnicity and religion open to no list and are made as of 30 June and
  31 December, for whole districts and above; counts under five are hidden with what would give them back.
- **Knowledge.** Every figure is asked at one moment of knowledge, said as `known_at`; asked again with it,
  the answer is the same for ever.
"""


def page() -> str:
    """The page in English, one entry for each figure in the order of the catalogue."""
    from orgwork.insight import frame  # noqa: F401  (completes the catalogue)

    with translation.override("en"):
        law = {
            "increases": " + ".join(f"`{code}`" for code in INCREASES),
            "decreases": " − ".join(f"`{code}`" for code in DECREASES),
        }
        parts = [HEAD.format(**law), "## The catalogue\n"]
        parts += [_entry(one) for one in figures.catalogue().values()]
    return "\n".join(parts)


def _entry(one: Indicator | Derived) -> str:
    lines = [
        f"### {one.code}",
        "",
        f"**{one.label}** · {figures.KINDS[one.kind]} · {figures.UNITS_OF_VALUE[one.unit_of_value]}",
        "",
    ]
    lines += [str(one.definition), ""]
    groups = [f"`{by.code}`" + (" (no lists)" if by.sensitive else "") for by in one.breakdowns]
    options = [f"`{name}`" for name in one.options]
    facts = [
        ("Source", one.source),
        ("Provisions", ", ".join(f"`{name}`" for name in one.provisions)),
        ("Groups", ", ".join(groups)),
        ("Options", ", ".join(options)),
        ("Records", _records(one)),
    ]
    lines += [f"- {name}: {value}" for name, value in facts if value]
    return "\n".join(lines) + "\n"


SUBJECTS = {
    "member": "members", "head": "village heads", "body": "bodies", "area": "places", "case": "cases",
    "incoming": "entries of books of incoming papers", "study": "entries on studies of papers",
    "issued": "papers that put others into effect",
}  # fmt: skip


def _records(one) -> str:
    if isinstance(one, Derived):
        return "those of the figures it is computed from"
    counted = SUBJECTS[one.subject]
    if one.distinct:
        return f"{counted}; each person once, so that bodies do not add up"
    return counted
