"""This room is for instructions: who tells whom to do what by when, found by the verbs that give orders."""

from __future__ import annotations

import datetime as dt
import re
from bisect import bisect_left

from orgwork.exchange.texts import bodies, days
from orgwork.exchange.texts.finds import Mention, Task
from orgwork.exchange.texts.text import Span, Text

#: What stands before a line of a list: dashes, dots, numbers, letters.
_BULLET = re.compile(r"[\s+–•*-]*(?:(?:\d{1,2}(?:\.\d{1,2})*|[a-zđа-я])[.)]\s+)?")
#: A heading of the highest order ends the section before it: "III. …", or in capitals.
_TITLE = re.compile(r"(?:[IVX]+|[A-H])[.)]\s|[^a-zà-ỹа-я\n]{12}")
_ITEM = re.compile(r"\s*(?:[-–•*+]|\d{1,2}(?:\.\d{1,2})*[.)]|[a-zđа-я]\))\s")


class _Course:
    """Who spoke last, and whether what follows without a new speaker still tells what to do."""

    assignee = ""
    ordering = False
    listing = False
    #: What stands before the line that leads a list: another such line ends it.
    lead = ""
    #: Under a heading that says that tasks follow.
    section = False
    paragraph: Span | None = None
    sentence: Span | None = None


def instructions(text: Text, named: list[Mention]) -> list[Task]:
    """All instructions, in the order of the text; parts of a sentence between semicolons are told apart."""
    course, out = _Course(), []
    for sentence in text.sentences:
        paragraph = text.paragraph_at(sentence.start)
        fresh = course.paragraph is None or paragraph.start != course.paragraph.start
        if fresh and not text.words["instructions"].get("carries_over", True):
            course.ordering = False
        told = _sentence(text, sentence, course, fresh)
        course.paragraph = paragraph
        out += [_task(text, span, course, assignee, named) for span, assignee in told]
    return out


def _rules(text: Text, name: str) -> list[re.Pattern]:
    said = text.words["instructions"].get(name, "(?!)")
    return [text.words.pattern(one) for one in (said if isinstance(said, list) else [said])]


def _first(patterns: list[re.Pattern], body: str, start: int, end: int) -> Span | None:
    """The first place between start and end, from the group ``verb`` on if the pattern has one."""
    piece = body[start:end]
    found = [match for pattern in patterns if (match := pattern.search(piece))]
    if not found:
        return None
    first = min(found, key=lambda match: match.start())
    named = "verb" in first.re.groupindex and first["verb"] is not None
    return Span(start + (first.start("verb") if named else first.start()), start + first.end())


def _parts(text: Text, sentence: Span) -> list[Span]:
    """A sentence as its parts between semicolons and before "and at the same time"."""
    out, start = [], sentence.start
    parting = text.words.pattern(rf";|(?:{text.words['instructions'].get('parts', '(?!)')})\b")
    for found in parting.finditer(text.body[sentence.start : sentence.end]):
        out.append(Span(start, sentence.start + found.start()))
        start = sentence.start + found.end()
    out.append(Span(start, sentence.end))
    return [Span(_skip(text, part), part.end) for part in out if text.body[part.start : part.end].strip()]


def _skip(text: Text, part: Span) -> int:
    bullet = _BULLET.match(text.body, part.start, part.end)
    return bullet.end() if bullet else part.start


def _sentence(text: Text, sentence: Span, course: _Course, fresh: bool) -> list[tuple[Span, str]]:
    body, rules = text.body, text.words["instructions"]
    if (
        not re.search(r"[.!?…;:»”“\"]$", body[sentence.start : sentence.end])
        and len(sentence) < 160
        and "\n" in body[max(0, sentence.start - 1) : sentence.start] + body[sentence.end : sentence.end + 1]
    ):
        course.section = bool(_first(_rules(text, "section"), body, sentence.start, sentence.end)) or (
            course.section and not _TITLE.match(body, sentence.start)
        )
        course.listing = course.listing and _listed(text, sentence)
        return []  # a heading
    line = text.body[text.paragraph_at(sentence.start).start : sentence.end]
    if fresh and course.listing and course.lead and _sort(text, sentence) == course.lead:
        course.listing = False
    if course.listing and (_listed(text, sentence) or text.body[sentence.end - 1] == ";"):
        return _item(text, sentence)
    course.listing = (
        line.endswith(":") and _lists(text, sentence.end) and (course.ordering or _leads(text, sentence))
    )
    course.lead = _sort(text, sentence)
    if course.listing:
        # "… asked for the following:" says nothing itself; the lines below it do.
        return []
    if course.section and fresh and _listed(text, sentence) and not _order(text, sentence):
        return _item(text, sentence)
    parts = _parts(text, sentence)
    out: list[tuple[Span, str]] = []
    goes_on = bool(text.words.pattern(rf"(?:{rules['goes_on']})\b").match(body, sentence.start))
    reported = bool(_first(_rules(text, "reported"), body, sentence.start, sentence.end))
    ordering = False
    for number, part in enumerate(parts):
        order = _order(text, part)
        especially = (
            number and ordering and text.words.pattern(rf"(?:{rules['goes_on']})\b").match(body, part.start)
        )
        duty = None if order else _first(_rules(text, "duties"), body, part.start, part.end)
        bid = _first(_rules(text, "imperative"), body, part.start, part.end)
        bare = (
            _first(_rules(text, "infinitive"), body, part.start, part.end) if "infinitive" in rules else None
        )
        if order:
            ordering = True
            out.append((_told(text, part, order), _addressed(text, part, order)))
        elif bid and (text.language == "de" or course.ordering or ordering or _listed(text, part)):
            ordering = True
            out.append((Span(bid.start, part.end), ""))
        elif duty and not _first(_rules(text, "no_order"), body, part.start, part.end):
            ordering = True
            out.append((part, _addressed(text, part, None)))
        elif (ordering or course.ordering) and bare:
            ordering = True
            out.append((Span(bare.start, part.end), ""))
        elif especially or (ordering and number and _parted(text, part) and _goal(text, part)):
            out.append((part, ""))
        elif ordering and number and _first(_rules(text, "clause"), body, part.start, part.end):
            out.append((part, ""))
        elif ordering and number and not _finite(text, part):
            if not out:
                continue
            last, assignee = out[-1]
            out[-1] = (Span(last.start, part.end), assignee)
        elif (
            (course.ordering or course.section)
            and not reported
            and (goes_on or not fresh or ordering or course.section)
            and _first(_rules(text, "present"), body, part.start, part.end)
        ):
            ordering = True
            out.append((part, _addressed(text, part, None)))
        elif course.ordering and goes_on and _goal(text, part):
            ordering = True
            out.append((part, _addressed(text, part, None)))
    heading = _first(_rules(text, "heading"), body, sentence.start, sentence.end)
    if out or heading:
        course.ordering = True
    elif reported or fresh:
        course.ordering = False
    course.sentence = sentence
    return out


def _item(text: Text, sentence: Span) -> list[tuple[Span, str]]:
    """A line of a list of tasks, unless it says what was settled and nobody has to do."""
    if _first(_rules(text, "settled"), text.body, sentence.start, sentence.end):
        return []
    return [(Span(_skip(text, sentence), sentence.end), _addressed(text, sentence, None))]


def _leads(text: Text, sentence: Span) -> bool:
    """Whether a line before a list says that what follows is to be done."""
    rules = ("orders", "duties", "heading", "section")
    return any(_first(_rules(text, name), text.body, sentence.start, sentence.end) for name in rules)


def _sort(text: Text, sentence: Span) -> str:
    """What sort of sign stands before a line: "3." and "4." are one, "3.1." another, "-" a third."""
    line = text.body.rfind("\n", 0, sentence.start) + 1
    sign = _ITEM.match(text.body, line, sentence.end)
    return re.sub(r"\d+", "1", re.sub(r"[a-zđа-я]", "a", sign[0].strip())) if sign else ""


def _goal(text: Text, part: Span) -> bool:
    return bool(_first(_rules(text, "goal"), text.body, part.start, part.end))


def _parted(text: Text, part: Span) -> bool:
    """Whether the part was cut off at "and at the same time", not at a semicolon."""
    return text.body[: part.start].rstrip()[-1:] != ";"


def _order(text: Text, part: Span) -> Span | None:
    """The verb that tells somebody to do something, unless the words around say it is none."""
    piece = text.body[part.start : part.end]
    for pattern in _rules(text, "orders"):
        for found in pattern.finditer(piece):
            near = piece[max(0, found.start() - 24) : found.end() + 40]
            if not _first(_rules(text, "no_order"), near, 0, len(near)):
                return Span(part.start + found.start(), part.start + found.end())
    return None


def _told(text: Text, part: Span, order: Span) -> Span:
    """What is to be done stands after the verb; where little does, the whole part is taken."""
    start = order.start
    if part.end - order.end < 25:
        start = part.start
    return Span(start, part.end)


def _lists(text: Text, end: int) -> bool:
    """Whether lines with dashes or numbers follow."""
    return bool(_ITEM.match(text.body, end) and "\n" in text.body[end : end + 3])


def _listed(text: Text, part: Span) -> bool:
    """A line that begins with a dash or a number under a heading of tasks."""
    line = text.body.rfind("\n", 0, part.start) + 1
    return bool(_ITEM.match(text.body, line, part.end))


def _finite(text: Text, part: Span) -> bool:
    """Whether a part between semicolons says something of its own, not just more of what was to be done."""
    said = text.words["instructions"].get("finite")
    return bool(said and text.words.pattern(said).search(text.body, part.start, part.end))


def _addressed(text: Text, part: Span, order: Span | None) -> str:
    """The first body named after the order, or before the duty."""
    near = 60 if order else 30
    for start in (order.end if order else part.start, part.start):
        for span, one in bodies.bodies(text, Span(start, part.end)):
            if span.start - start <= near:
                return one["name"]
            break
    return ""


def _task(text: Text, span: Span, course: _Course, assignee: str, named: list[Mention]) -> Task:
    end = span.end
    while end > span.start and text.body[end - 1] in " .;,\n":
        end -= 1
    first, last = text.original(span.start, end)
    course.assignee = assignee or course.assignee
    return Task(
        first, last, text.given[first:last], giver=_giver(text, span, named), assignee=course.assignee,
        what=text.given[first:last], due=due(text, Span(span.start, end)),
    )  # fmt: skip


def _giver(text: Text, span: Span, named: list[Mention]) -> str:
    """Who was named last before the order, in its sentence or not far before it."""
    sentence = text.sentence_at(span.start)
    upto = text.original(max(span.start, sentence.start), sentence.end)[0]
    number = bisect_left(named, upto, key=lambda mention: mention.start) - 1
    near = number >= 0 and upto - named[number].start < 1500
    return named[number].name_norm if near else ""


# ── by when ──────────────────────────────────────────────────────────────────────────────────────────────


def due(text: Text, span: Span) -> str | None:
    """The day by which it is due, ISO 8601, or the year alone; None when none is said."""
    for one in text.words["due"]:
        found = text.words.pattern(rf"(?<!\w){one['words']}(?!\w)").search(text.body, span.start, span.end)
        if found and (value := _due(text, one["day"], found)):
            return value
    return None


def _due(text: Text, sort: str, found: re.Match) -> str | None:
    if sort == "date":
        return days.value(text, found)
    year = int(found["y"])
    if sort == "end_of_year":
        return f"{year}-12-31"
    if sort == "quarter":
        number = next(
            (n for name, n in text.words["quarters"].items() if str(name).lower() == found["q"].lower()), None
        )
        if not number:
            return None
        last = dt.date(year + (number == 4), number * 3 % 12 + 1, 1) - dt.timedelta(days=1)
        return last.isoformat()
    return str(year)
