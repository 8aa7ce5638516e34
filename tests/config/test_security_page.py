"""docs/security.md names tests that there are, and walks through all that it says it does."""

import re

from django.conf import settings

PAGE = (settings.BASE_DIR / "docs" / "security.md").read_text(encoding="utf-8")
#: How many requirements of levels 1 and 2 each section of ASVS 5.0.0 has, by the highest number of them.
LAST = {
    "1.1": 2, "1.2": 9, "1.3": 11, "1.4": 3, "1.5": 2, "2.1": 3, "2.2": 3, "2.3": 4, "2.4": 1, "3.2": 2,
    "3.3": 4, "3.4": 6, "3.5": 5, "3.7": 2, "4.1": 3, "4.2": 1, "5.1": 1, "5.2": 3, "5.3": 2, "5.4": 3,
    "6.1": 3, "6.2": 12, "6.3": 4, "6.4": 4, "6.5": 5, "6.6": 3, "6.8": 4, "7.1": 3, "7.2": 4, "7.3": 2,
    "7.4": 5, "7.5": 2, "7.6": 2, "8.1": 2, "8.2": 3, "8.3": 1, "8.4": 1, "9.1": 3, "9.2": 4, "10.1": 2,
    "10.2": 2, "10.3": 4, "10.4": 11, "10.5": 5, "11.1": 2, "11.2": 3, "11.3": 3, "11.4": 4, "11.5": 1,
    "11.6": 1, "12.1": 3, "12.2": 2, "12.3": 4, "13.1": 1, "13.2": 5, "13.3": 2, "13.4": 5, "14.1": 2,
    "14.2": 4, "14.3": 3, "15.1": 3, "15.2": 3, "15.3": 7, "16.1": 1, "16.2": 5, "16.3": 4, "16.4": 3,
    "16.5": 3,
}  # fmt: skip


def walked() -> set[str]:
    """Every number in the first column, ranges spelt out."""
    found = set()
    for line in PAGE.splitlines():
        if not re.match(r"\| \d+\.\d+", line):
            continue
        cell = line.split("|")[1]
        for first, last in re.findall(r"(\d+\.\d+\.\d+)(?:–(\d+\.\d+\.\d+))?", cell):
            found |= set(between(first, last or first))
    return found


def between(first: str, last: str):
    """6.6.1–6.6.3 is three; across sections every one of each section between."""
    begin, end = (tuple(map(int, one.split("."))) for one in (first, last))
    for section, most in LAST.items():
        chapter, part = map(int, section.split("."))
        for number in range(1, max(most, end[2]) + 1):
            if begin <= (chapter, part, number) <= end:
                yield f"{chapter}.{part}.{number}"


def test_every_requirement_of_level_two_is_walked():
    wanted = {f"{section}.{n}" for section, most in LAST.items() for n in range(1, most + 1)}
    assert wanted - walked() == set()


def test_every_test_it_names_is_there():
    named = set(re.findall(r"`(test_\w+)`", PAGE))
    source = "\n".join(
        path.read_text(encoding="utf-8") for path in (settings.BASE_DIR / "tests").rglob("test_*.py")
    )
    there = set(re.findall(r"def (test_\w+)\(", source))
    assert len(named) > 80
    assert named - there == set()
