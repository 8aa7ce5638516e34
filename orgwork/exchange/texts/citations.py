"""This room is for documents cited: with a full symbol, with a bare number, or by whose they are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from orgwork.exchange.texts import bodies, days
from orgwork.exchange.texts.finds import Citation
from orgwork.exchange.texts.lexicons import lexicon
from orgwork.exchange.texts.marks import flatten
from orgwork.exchange.texts.text import Covered, Span, Text

#: 152-QĐ/TW, 04 - NQ/TU, 16-HD/BTCTW (party) · 1661/NQ-UBTVQH15, 138/2020/NĐ-CP, 72/2025/QH15 (state).
#: Copies mix hyphens, dashes and blanks; Cyrillic letters that look Latin (ТW) are taken as such.
SYMBOL = re.compile(
    r"(?<![\w/-])(?P<number>\d{1,4})\s?(?:[-–—]\s?(?P<kind>[A-ZĐТ][A-ZĐa-zđ]{1,5})\s?/\s?(?P<issuer>[A-ZĐТ][\w.Đ]{0,9}[\wĐ])"
    r"|/\s?(?:(?P<year>(?:19|20)\d\d)\s?/\s?)?(?P<kind2>[A-ZĐ][A-ZĐa-zđ]{1,4})\s?[-–—]\s?(?P<issuer2>[A-ZĐ][A-ZĐa-z.]{1,11}\d{0,2})"
    r"|/(?P<year3>(?:19|20)\d\d)/(?P<issuer3>QH\d{1,2}|UBTVQH\d{1,2}))(?![\w/])"
)  # fmt: skip
_LOOKALIKES = str.maketrans("АВЕКМНОРСТХ", "ABEKMHOPCTX")
_ROMAN = r"[IVXLC]+"
_QUOTES = r"[„“\"«‘'”](?P<title>[^“”\"»’„«]{6,400})[“”\"»’']"
_GUIDES = {"NQ": "resolution", "CT": "directive", "KL": "conclusion"}


def citations(text: Text) -> list[Citation]:
    """All documents cited, in the order of the text; one place is one citation."""
    taken = Covered(len(text.body))
    found: list[Citation] = []
    for read in (_with_symbols, _with_numbers, _by_whose):
        for span, citation in read(text, taken):
            if not taken.touches(span.start, span.end):
                taken.add(span)
                found.append(citation)
    return sorted(found, key=lambda citation: (citation.start, citation.end))


@cache
def _words(language: str, flat: bool) -> list[tuple[re.Pattern, dict]]:
    words = lexicon(language, flat=flat)
    return [(words.pattern(rf"(?:{one['word']})"), one) for one in words["documents"]]


@cache
def _any_word(language: str, flat: bool) -> str:
    words = lexicon(language, flat=flat)
    return "(?:" + "|".join(f"(?:{words.source(one['word'])})" for one in words["documents"]) + ")"


def _entry_at(text: Text, found: re.Match) -> dict:
    """Of a word where it stands: what follows it may say which paper is meant ("Regulations on …")."""
    for pattern, one in _words(text.language, text.words.flat):
        if (met := pattern.match(text.body, found.start("word"))) and met.end() == found.end("word"):
            return one
    return _entry(text, found["word"])


def _entry(text: Text, word: str) -> dict:
    for pattern, one in _words(text.language, text.words.flat):
        if pattern.fullmatch(word):
            return one
    return {"kinds": [], "name": ""}


# ── with a full symbol ───────────────────────────────────────────────────────────────────────────────────


def _with_symbols(text: Text, taken: Covered) -> Iterator[tuple[Span, Citation]]:
    words = text.words
    any_word = _any_word(text.language, words.flat)
    # Whose it is may stand between word and number: "Постановление ЦК № 18-NQ/TW".
    owned = rf"(?:(?:(?:{words['of']})\s+)?{bodies.source(words)}(?:,)?\s+)?"
    before = words.pattern(rf"(?<!\w)(?P<word>{any_word})\s+(?:{owned}(?:{words['number_label']})\s*:?\s*)?$")
    label = words.pattern(rf"(?<!\w)(?:{words['number_label']})\s*:?\s*$")
    for found in SYMBOL.finditer(text.body):
        start, word = found.start(), ""
        window = text.body[max(0, start - 110) : start]
        if led := before.search(window):
            start, word = start - len(window) + led.start(), led["word"]
        elif led := label.search(window):
            start = start - len(window) + led.start()
        end, issuer, day = _tail(text, found.end())
        kind = _ascii(found["kind"] or found["kind2"] or "")
        printed = _ascii(found["issuer"] or found["issuer2"] or found["issuer3"] or "")
        yield Span(start, end), _citation(
            text, start, end, norm=_norm(found), type=kind or _entry(text, word).get("name", ""),
            issuer=issuer or _of_code(text, printed) or printed, date=day, kinds=_kinds(kind, word, text),
        )  # fmt: skip


def _kinds(kind: str, word: str, text: Text) -> list[str]:
    """QD alone is two kinds: decision and regulation; the word before it says which, if it is clear."""
    said = _entry(text, word)
    if kind == "QD" and said.get("name") not in {"decision", "regulation"}:
        return ["decision", "regulation"]
    if kind == "QD" and len(said.get("kinds", [])) > 1:
        return ["decision", "regulation"]
    return []


def _norm(found: re.Match) -> str:
    number = found["number"]
    if found["kind"]:
        return f"{number}-{_ascii(found['kind'])}/{_ascii(found['issuer'])}"
    if found["kind2"]:
        year = f"{found['year']}/" if found["year"] else ""
        return f"{number}/{year}{_ascii(found['kind2'])}-{_ascii(found['issuer2'])}"
    return f"{number}/{found['year3']}/{found['issuer3']}"


def _ascii(text: str) -> str:
    return flatten(text.translate(_LOOKALIKES)).rstrip(".")


def _of_code(text: Text, code: str) -> str:
    return {"TW": "TW (central level)", "TU": "provincial or city committee", "HU": "district committee",
            "DU": "party committee"}.get(code, "")  # fmt: skip


# ── with a bare number ───────────────────────────────────────────────────────────────────────────────────


def _with_numbers(text: Text, taken: Covered) -> Iterator[tuple[Span, Citation]]:
    words = text.words
    pattern = words.pattern(
        rf"(?<!\w)(?P<word>{_any_word(text.language, words.flat)})\s+"
        rf"(?:(?P<label>{words['number_label']})\s*:?\s*)?(?P<number>\d{{1,4}})"
        rf"(?:/(?P<year>(?:19|20)\d\d)(?![\d/-])|(?![\d.,:%/]*\d))(?!\s*%)(?!\w)(?!-[^\W\d_])"
    )
    for found in pattern.finditer(text.body):
        number, start = found["number"], found.start()
        if not found["label"] and (_is_year(number) or _counts(text, found)):
            continue
        if taken.touches(*found.span()):
            continue
        said = _entry(text, found["word"])
        end, issuer, day = _tail(text, found.end())
        if not issuer and (led := _issuer_before(text, start)):
            issuer = led
        kinds, code = said["kinds"], _code(text, issuer)
        norm = f"{number}-{kinds[0]}/{code}" if len(kinds) == 1 and code else number
        if found["year"]:
            # Papers of the state are numbered by year; decrees are the Government's alone.
            norm = f"{number}/{found['year']}" + ("/ND-CP" if _is_decree(text, found["word"]) else "")
        yield Span(start, end), _citation(
            text, start, end, norm=norm, type=" or ".join(kinds) if said["name"] else "", issuer=issuer,
            date=day, kinds=kinds if len(kinds) > 1 else [],
        )  # fmt: skip


def _is_decree(text: Text, word: str) -> bool:
    return bool((decree := text.words.get("decrees")) and text.words.pattern(decree).fullmatch(word))


def _counts(text: Text, found: re.Match) -> bool:
    """ "Plan 3 Aufgaben": a number without a label that counts what follows it, or starts a list."""
    after = text.body[found.end() : found.end() + 3]
    if said := text.words.get("plural_numbers"):
        if text.words.pattern(said).match(found["word"]):
            return True
    return bool(re.match(r"\.\s(?=[^\W\dA-ZÄÖÜА-ЯĐ_])|\)|-\s?\d|–\s?\d", after))


def _is_year(number: str) -> bool:
    return len(number) == 4 and number[:2] in {"19", "20"}


def _code(text: Text, issuer: str) -> str:
    for one in text.words["bodies"]:
        if one["name"] == issuer:
            return _ascii(one.get("code", "")) if one.get("papers", True) else ""
    return ""


def _issuer_before(text: Text, start: int) -> str:
    """The Politburo's Resolution 39: whose it is may stand before the word."""
    before = text.words.get("issuer_before")
    if not before:
        return ""
    window = text.body[max(0, start - 90) : start]
    found = text.words.pattern(
        rf"(?<!\w){bodies.begins(text.words)}"
        + before.replace("{bodies}", f"(?P<body>{bodies.source(text.words)})")
        + "$"
    ).search(window)
    return bodies.entry(text.words, found["body"])["name"] if found else ""


def _tail(text: Text, end: int) -> tuple[int, str, str | None]:
    """Issuer and day said right after the number, in either order: end of the citation, issuer, day."""
    words, issuer, day = text.words, "", None
    owner = words.pattern(
        rf"[\s,(]*(?:{words['of']})?\s*(?P<body>{bodies.source(words)})"
        rf"(?:{words.get('body_tail', '(?!)')})?(?!\w)"
    )
    dated = days.patterns(text, rf"[\s,(]*(?:{words['dated']})\s+", r"\)?")
    numeric = words.pattern(
        rf"[\s,(]*(?:{words['dated']})\s+(?P<day>(?P<d>\d{{1,2}})[./-](?P<m>\d{{1,2}})[./-](?P<y>(?:19|20)\d\d))\)?"
    )
    for _turn in range(3):
        matched = (one.match(text.body, end) for one in (numeric, *dated))
        if day is None and (found := next(filter(None, matched), None)):
            end, day = found.end(), days.value(text, found) or ""
        elif not issuer and (found := owner.match(text.body, end)) and found["body"]:
            if not found[0][0].isspace() and found[0][0] not in ",(":
                break
            end, issuer = found.end(), bodies.entry(words, found["body"])["name"]
        else:
            break
    term = words.get("of_term")
    if (issuer or day) and term and (found := words.pattern(rf"\s+(?:{term})").match(text.body, end)):
        end = found.end()
    return end, issuer, day or None


# ── by whose they are, without a number ──────────────────────────────────────────────────────────────────


def _by_whose(text: Text, taken: Covered) -> Iterator[tuple[Span, Citation]]:
    words = text.words
    word_source = _any_word(text.language, words.flat)
    owner = words.pattern(
        rf"\s+(?:{words['of']})?\s*(?P<body>{bodies.source(words)})"
        rf"(?:(?:\s+(?:{words['and']})\s+|,\s+)(?:{words['of']})?\s*{bodies.source(words)})*(?!\w)"
    )
    year = words.pattern(rf"\s+(?:{words.get('year_label', '(?!)')}\s*)?(?P<year>20\d\d)(?![\d–-])(?!\w)")
    title = re.compile(rf"\s*(?:{words.source(words.get('titled', ''))})?\s*{_QUOTES}")
    topic = words.pattern(rf"\s+(?:{words.get('topic', '(?!)')})\s+(?P<topic>[^,.;:()\n]{{4,140}})")
    compound = words.pattern(
        rf"(?<!\w)(?P<body>{bodies.source(words)})[-–](?P<word>{word_source})(?!\w)"
        rf"(?P<rest>\s+(?:{words.get('topic', '(?!)')})\s+[^,.;:()\n]{{4,60}})?"
    )
    for found in compound.finditer(text.body) if words.get("compounds") else ():
        said = _entry(text, found["word"])
        yield (
            Span(*found.span()),
            _citation(
                text,
                *found.span(),
                norm=None,
                type=said["name"],
                issuer=bodies.entry(words, found["body"])["name"],
            ),
        )
    if signed := words.get("signed"):
        for one in words["documents"]:
            if one.get("signed"):
                for found in words.pattern(signed.replace("{word}", f"(?:{one['word']})")).finditer(
                    text.body
                ):
                    yield (
                        Span(*found.span()),
                        _citation(text, *found.span(), norm=None, type=one["name"], issuer=""),
                    )
    yield from _drafts(text, taken)
    for found in words.pattern(rf"(?<![\w-])(?P<word>{word_source})(?![\w-])").finditer(text.body):
        if found["word"].isupper():
            continue  # "KẾT LUẬN" in a line of its own: the paper's title
        said, start, end = _entry_at(text, found), found.start(), found.end()
        if said.get("numbered_only") or _is_plural(text, said, found):
            continue
        definite = not words.pattern(
            rf"(?<!\w)(?:{words['indefinite']})(?:\s+[^\W\d_]+[a-zа-я])?\s+$"
        ).search(text.body, max(0, start - 40), start)
        issuer = named = None
        date = None
        if quoted := title.match(text.body, end):
            end, named = quoted.end(), quoted["title"].strip()
        elif (owned := owner.match(text.body, end)) and not _generic(text, owned["body"]):
            end, issuer = owned.end(), bodies.entry(words, owned["body"])["name"]
            if dated := year.match(text.body, end):
                end, date = dated.end(), dated["year"]
        elif said.get("signed") and (
            against := words.pattern(words.get("towards", "(?!)")).match(text.body, end)
        ):
            end = against.end()
        elif said.get("by_year") and (dated := year.match(text.body, end)):
            end, date = dated.end(), dated["year"]
        elif said.get("by_year") and (
            ahead := re.search(r"\b(20\d\d) $", text.body[max(0, start - 6) : start])
        ):
            start, date = start - len(ahead[0]), ahead[1]
        elif (
            said.get("topic")
            and definite
            and _led_by_article(text, start)
            and (about := topic.match(text.body, end))
        ):
            end, named = about.end(), about["topic"].strip()
        elif said.get("named"):
            issuer = ""
        elif (meant := _meant(text, said, found)) and definite:
            end, named = meant.end(), meant[0].strip()
        elif led := _issuer_before(text, start):
            issuer = led
        else:
            continue
        if not definite and not named and not date:
            continue
        if not named and _own_title(text, start, end):
            continue
        if re.match(r"\s*\(", text.body[end : end + 3]) and taken.touches(end, end + 4):
            continue  # "by decision of the Politburo (Decision No. 2317…)": said twice
        yield (
            Span(start, end),
            _citation(
                text, start, end, norm=None, type=said["name"], issuer=issuer or "", date=date, title=named
            ),
        )


def _own_title(text: Text, start: int, end: int) -> bool:
    """The heading that a text begins with is the paper itself: "Beschluss des Ausschusses über …"."""
    line = text.body[end : end + 400].partition("\n")[0] if not text.body[:start].strip() else "."
    return not line.rstrip().endswith((".", "!", "?", ":"))


def _meant(text: Text, said: dict, found: re.Match) -> re.Match | None:
    """A capital in mid-sentence, what it is for, and whose or when: "Đề án sắp xếp thôn của tỉnh …"."""
    purpose = text.words.get("purpose")
    if not purpose or said.get("ordinary") or not found["word"][0].isupper():
        return None
    if text.sentence_at(found.start()).start == found.start():
        return None
    pattern = text.words.pattern(purpose.replace("{bodies}", bodies.source(text.words)))
    return pattern.match(text.body, found.end())


def _drafts(text: Text, taken: Covered) -> Iterator[tuple[Span, Citation]]:
    """A draft is somebody's paper already, cited by what it is to be about."""
    words = text.words
    pattern = words.pattern(
        rf"(?<!\w)(?:{words['drafts']})\s+(?P<paper>(?P<word>{_any_word(text.language, words.flat)})"
        rf"\s+(?P<topic>(?:{words['about']})\s+[^,.;:()\n]{{6,140}}?))(?=\s*[,.;:()\n]|\s+(?:{words['draft_ends']})\b|$)"
    )
    for found in pattern.finditer(text.body):
        span = Span(*found.span("paper"))
        if not taken.touches(span.start, span.end):
            said = _entry(text, found["word"])
            yield (
                span,
                _citation(
                    text, span.start, span.end, norm=None, type=said["name"], issuer="", title=found["topic"]
                ),
            )


def _led_by_article(text: Text, start: int) -> bool:
    return bool(
        text.words.pattern(rf"(?<!\w)(?:{text.words['definite']})\s+$").search(
            text.body, max(0, start - 12), start
        )
    )


def _is_plural(text: Text, said: dict, found: re.Match) -> bool:
    plural = said.get("plural")
    if plural and text.words.pattern(plural).fullmatch(found["word"]):
        return True
    many = text.words.get("plural_before")
    window = text.body[max(0, found.start() - 20) : found.start()]
    return bool(many and text.words.pattern(rf"(?<!\w)(?:{many})\s+$").search(window))


def _generic(text: Text, body: str) -> bool:
    """ "of the party committee": some committee, nobody in particular."""
    return bool((vague := text.words.get("vague_bodies")) and text.words.pattern(vague).fullmatch(body))


def _citation(text: Text, start: int, end: int, **said) -> Citation:
    while end > start and text.body[end - 1] in " ,;(":
        end -= 1
    first, last = text.original(start, end)
    return Citation(first, last, text.given[first:last], numbered=bool(said.get("norm")), **said)
