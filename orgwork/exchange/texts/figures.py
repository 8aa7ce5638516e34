"""This room is for figures said in a text: value, qualifier, what is counted, of how many."""

from __future__ import annotations

import re
from decimal import Decimal

from orgwork.exchange.texts import bodies, days, numbers
from orgwork.exchange.texts.finds import Citation, Figure
from orgwork.exchange.texts.lexicons import Lexicon
from orgwork.exchange.texts.marks import flatten
from orgwork.exchange.texts.text import Covered, Span, Text

_YEARS = re.compile(r"\b(?:19|20)\d\d\s?[-–—/]\s?(?:(?:19|20)\d\d|\d\d)\b")
_NUMBERED_BODY = re.compile(r"\D*\d+(?:\.|st|nd|rd|th|-)|.*\d$")
_YEAR = re.compile(r"(?:19|20)\d\d")
_GROUPED = re.compile(r"\d{1,3}(?:[.,\u00a0\u202f\u2009 ]\d{3})+")
#: A bare number after a figure of the same sentence goes on counting: "of the 114 communes, 109 have …".
_WORD_BEFORE = re.compile(r"([^\W\d_]+)([,;:]?)\s+(?:[–—-]\s+(?:[^\W\d_]{1,3}\s+)?)?$")
_HAVING = re.compile(
    r" (?:have|has|had|were|was|did|as|als|wurden?|waren|sind|haben|hatten|были|имеют)\b|\s?[.;,)]"
)
#: What may stand behind a bare number that a word before it makes a figure.
_ENDED = re.compile(r"\s*(?:[.,;:)(\n]|[–—]\s|[^\W\d_]+\b|$)")
#: "khiển trách 71, cảnh cáo 24, cách chức 5": each word with its number, one after the other.
_SERIES = re.compile(r"\s?[,;]\s+[^\W\d_][^,.;:\d\n]{1,40}\s\d{1,5}(?=\s?[,.;)\n]|\s[^\W\d_])")
#: Cells of a table that was copied as text.
_CELL = re.compile(r"[\t|]\s*$")
_CELL_END = re.compile(r" *(?:[\t|\n]|$)")
_CLOCK = re.compile(r"\b\d{1,2}(?::\d\d|h\d{0,2}| giờ)\b")


def figures(text: Text, cited: list[Citation]) -> list[Figure]:
    """All figures, in the order of the text."""
    closed = _closed(text, cited)
    out: list[Figure] = []
    end = 0
    for found in _pattern(text).finditer(text.body):
        if found.start("number") < end or closed.touches(*found.span("number")):
            continue
        led = bool(out) and end > text.sentence_at(found.start("number")).start
        figure = _figure(text, found, closed, led)
        if figure:
            out.append(figure[0])
            end = figure[1]
    return out


def _closed(text: Text, cited: list[Citation]) -> Covered:
    """Places whose numbers are something else: citations, days, spans of years, hours, congresses."""
    closed = Covered(len(text.body), (span for span, _day in days.days(text) if not _of_so_many(text, span)))
    for pattern in (_YEARS, _CLOCK):
        for found in pattern.finditer(text.body):
            closed.add(Span(*found.span()))
    for span, _entry in bodies.bodies(text, Span(0, len(text.body))):
        if _NUMBERED_BODY.match(text.body[span.start : span.end]):
            closed.add(span)
    for citation in cited:
        closed.add(text.inner(citation.start, citation.end))
    return closed


def _of_so_many(text: Text, span: Span) -> bool:
    """8/9 before what is counted is eight of nine, unless a word before it says that a day is meant."""
    counted = text.words.get("counted")
    return bool(
        counted
        and re.fullmatch(r"\d{1,2}/\d{1,2}", text.body[span.start : span.end])
        and text.words.pattern(rf" (?:{counted})(?!\w)").match(text.body, span.end)
        and not text.words.pattern(rf"(?<!\w){text.words['day_before']}\s+$").search(
            text.body, max(0, span.start - 10), span.start
        )
    )


def _pattern(text: Text) -> re.Pattern:
    words = text.words
    spelt = _spelt(words)
    large = "|".join(words.source(key) for key in words["large"])
    says = "|".join(f"(?:{words.source(one['words'])})" for one in words["qualifiers"])
    return words.pattern(
        rf"(?<![\w.,/№-])(?:(?P<qualifier>{says})\s+)?(?:(?P<change>{words.source(words['change'])})\s+(?:(?P<second>{says})\s+)?)?"
        rf"(?P<money>(?:VND|VNĐ|USD|US\$|EUR|€|\$)\s?)?"
        rf"(?P<number>{numbers.DIGITS}|(?<!\w)(?:{spelt})(?!\w))"
        rf"(?:\s?/\s?(?P<whole>{numbers.DIGITS})(?!\d))?"
        rf"(?:\s+(?P<large>{large})(?!\w))?(?P<percent>\s?(?:{words.source(words['percent'])})(?!\w))?"
    )


def _goes_on(before: str) -> bool:
    """A small word before a bare number; a capitalised one names what has the number: "Zone 5"."""
    word = _WORD_BEFORE.search(before)
    return bool(word and (word[1].islower() or word[2]))


def _a_year(text: Text, said: str, before: str, after: str) -> bool:
    """ "năm" is five before what is counted one by one, else it is the year; unmarked, all are in doubt."""
    counted = text.words.get("counted_after")
    if not counted or not (text.words.flat or said.lower() == "năm"):
        return False
    return bool(
        flatten(said.lower()) == "nam"
        and text.words.flat
        or not text.words.pattern(rf" (?:{counted})(?!\w)").match(after)
        or text.words.pattern(rf"{text.words['year_before']}\s*$").search(before)
    )


def _ratio(text: Text) -> re.Pattern:
    words = text.words
    spelt = _spelt(words)
    return words.pattern(
        rf"\s+(?:{words['ratio']})\s+"
        rf"(?P<whole>{numbers.DIGITS}(?![\d%])(?!\s?%)|(?P<spelt>(?<!\w)(?:{spelt})(?!\w)))"
    )


def _figure(text: Text, found: re.Match, closed: Covered, led: bool) -> tuple[Figure, int] | None:
    words, body = text.words, text.body
    said = found["number"]
    spelt = not said[0].isdigit()
    value = numbers.word(said, words) if spelt else numbers.parsed(said, text.language)
    if value is None:
        return None
    after = body[found.end() :][:120]
    before = body[max(0, found.start("number") - 28) : found.start("number")]
    percent = bool(found["percent"])
    if (
        not spelt
        and not percent
        and (_which(text, found, after) or _labelled(text, before) or _is_year(text, found, before, after))
    ):
        return None
    whole = found["whole"] and numbers.parsed(found["whole"], text.language)
    end = found.end()
    if found["whole"] and (
        whole is None
        or _YEAR.fullmatch(found["whole"])
        or (whole <= 12 and value <= 31 and not words.pattern(r"\s+\w").match(after))
    ):
        return None
    if found["large"]:
        times = next(
            many for name, many in words["large"].items() if words.pattern(name).fullmatch(found["large"])
        )
        exact = Decimal(str(value)) * times
        value = int(exact) if exact == exact.to_integral_value() else float(exact)
    ratio = _ratio(text).match(body, end)
    if ratio and ratio["spelt"] and (not spelt or (numbers.word(ratio["whole"], words) or 0) < value):
        ratio = None
    if (
        ratio
        and not percent
        and not _YEAR.fullmatch(ratio["whole"])
        and not closed.touches(*ratio.span("whole"))
    ):
        of = ratio["whole"]
        whole = numbers.word(of, words) if ratio["spelt"] else numbers.parsed(of, text.language)
        end = ratio.end()
        after = body[end:][:120]
    lasting = words.pattern(rf"\s*-?(?:(?:{words['or']})\s*\d{{1,3}}\s*)?(?:{words['durations']})(?!\w)")
    if (long := lasting.match(after)) and not percent:
        if not words.pattern(rf"(?:{words['ages']})[^.;:]{{0,50}}$").search(
            body, max(0, found.start() - 90), found.start()
        ):
            return None
        end, after = end + long.end(), after[long.end() :]
    if words.pattern(rf"\s+(?:{words['not_counted']})(?!\w)").match(after):
        return None
    per = words.pattern(rf"\s+(?:{words['per']})(?!\w)").match(body, end)
    noun = "" if per or long else _noun(text, body[end : end + 120])
    if spelt and _names_something(text, found, after):
        return None
    several = words.pattern(rf" (?:{words['and']}) (?:{_spelt(words)})(?!\w)").match(after)
    counted = noun or led and (_HAVING.match(after) or several) or _changed(text, found, before, after)
    if spelt and (not counted or _a_year(text, said, before, after)):
        return None
    if (
        not noun
        and not percent
        and not per
        and not ratio
        and not whole
        and not found["change"]
        and not found["money"]
        and not (_GROUPED.fullmatch(said) and value >= 1000)
        and not (led and not spelt and _goes_on(before))
        and not spelt
        and not long
        and not _meant(text, after)
        and not _of_range(text, found, before, closed)
        and not _changed(text, found, before, after)
        and not _celled(text, found)
    ):
        return None
    end = per.end() if per else end + len(noun)
    start = found.start()
    first, last = text.original(start, end)
    unit = "percent" if percent else _unit(text, noun)
    figure = Figure(
        first, last, text.given[first:last], value=value, unit=f"{unit} per year" if per and unit else unit,
        counted=noun.strip(), qualifier=_qualifier(text, found["second"] or found["qualifier"]),
        of=whole or None,
    )  # fmt: skip
    return figure, end


def _spelt(words: Lexicon) -> str:
    return "|".join(words.source(key) for key in words["numbers"])


def _names_something(text: Text, found: re.Match, after: str) -> bool:
    """ "Ba Đình" is a place, not three of anything; German writes all nouns large."""
    number = found.span("number")
    return bool(
        text.language != "de"
        and text.body[number[0]].isupper()
        and re.match(r" [^\W\d_]", after)
        and after[1].isupper()
        and number[0] > text.sentence_at(number[0]).start
    )


def _of_range(text: Text, found: re.Match, before: str, closed: Covered) -> bool:
    """The lower end of a range counts what the upper end counts: "between 15 and 20 per cent", "15–20 %"."""
    words = text.words
    between = words.pattern(rf"(?<!\w)(?:{words['between']})\s+$").search(before)
    link = words["and"] if between else words["to"]
    upper = words.pattern(
        rf"\s?(?:{link})\s?(?P<upper>{numbers.DIGITS})(?P<percent>\s?(?:{words['percent']}))?"
    )
    other = upper.match(text.body, found.end())
    if not other or closed.touches(*other.span("upper")) or _is_year(text, found, "", ""):
        return False
    after = text.body[other.end() :][:60]
    if words.pattern(rf"\s*-?(?:{words['durations']})(?!\w)").match(after):
        return False
    return bool(other["percent"] or _noun(text, after))


def _changed(text: Text, found: re.Match, before: str, after: str) -> bool:
    """ "fell from 164 to 64", "là 68": what a bare number is can be said by the words before it."""
    words, at = text.words, found.start()
    if not _ENDED.match(after) or not found["number"].isdigit() and "," in found["number"][-2:]:
        return False
    line = text.sentence_at(at).start
    if words.pattern(rf"(?<!\w)(?:{words['steps']})\s+$").search(before) and words.pattern(
        rf"(?<!\w)(?:{words['moves']})(?!\w)"
    ).search(text.body, max(line, at - 170), at):
        return True
    if words.pattern(rf"(?<!\w)(?:{words['amounts']})\s+$").search(text.body, max(line, at - 90), at):
        return bool(re.match(r"\s*(?:[.,;)(\n]|$)", after))
    series = _SERIES.match(after)
    word = re.search(r"([^\W\d_]+)\s+$", before)
    return bool(series and word and word[1].islower() and not _is_year(text, found, before, after))


def _celled(text: Text, found: re.Match) -> bool:
    """A number that is all of a cell, in a row that says in words of what."""
    at, body = found.start("number"), text.body
    line = body.rfind("\n", 0, at) + 1
    row = body[line:at]
    return bool(
        _CELL.search(row) and _CELL_END.match(body, found.end()) and re.search(r"[^\W\d_]{2}", row)
        and not _YEAR.fullmatch(found["number"])
    )  # fmt: skip


def _which(text: Text, found: re.Match, after: str) -> bool:
    if found["large"]:
        return False
    tail = found["number"][-1:] + after
    return bool(text.words.pattern(text.words["ordinal"]).match(after)) if tail else False


def _labelled(text: Text, before: str) -> bool:
    return bool(text.words.pattern(rf"(?<!\w)(?:{text.words['labels']})\s*$").search(before))


def _is_year(text: Text, found: re.Match, before: str, after: str) -> bool:
    """2024 alone is a year; "2024 members" and "2.024" are not."""
    if not _YEAR.fullmatch(found["number"]) or found["qualifier"] or found["change"]:
        return False
    counted = "|".join(one["words"] for one in text.words["units"])
    return not text.words.pattern(rf"\s+(?:{counted}|{text.words['per']})(?!\w)").match(after)


def _noun(text: Text, after: str) -> str:
    """The words that say what is counted: up to three more than one, as far as no small word ends them."""
    words = text.words
    stop = words.pattern(rf"(?:{words['stops']})")
    kept = words.get("flat_not_stops", ()) if words.flat else ()
    taken = 0
    count = 0
    for word in re.finditer(r"[^\W\d_]+(?:[-’'][^\W\d_]+)*", after):
        gap = after[taken : word.start()]
        if gap not in {" ", "\u00a0"} or (stop.fullmatch(word[0]) and word[0] not in kept) or count == 4:
            break
        taken, count = word.end(), count + 1
        if text.language == "de" and word[0][0].isupper():
            joined = re.match(r"(?:, [A-ZÄÖÜ]\w+)* und [A-ZÄÖÜ]\w+", after[taken:])
            if joined:
                taken += joined.end()
            break
    if text.language == "de" and taken == 0 and (place := re.match(r" auf \w+ebene", after)):
        return place[0]
    return after[:taken]


def _meant(text: Text, after: str) -> bool:
    """A bare number is a figure before a participle ("294 mobilisiert"); else it may be anything."""
    return text.language == "de" and bool(re.match(r" \w+(?:iert|t|en)\b", after))


def _unit(text: Text, noun: str) -> str:
    for one in text.words["units"]:
        if text.words.pattern(rf"\s*(?:\w+\s)?(?:{one['words']})(?!\w)").match(noun):
            return one["unit"]
    return noun.strip().lower()


def _qualifier(text: Text, said: str | None) -> str | None:
    if not said:
        return None
    for one in text.words["qualifiers"]:
        if text.words.pattern(one["words"]).fullmatch(said):
            return one["says"]
    return None
