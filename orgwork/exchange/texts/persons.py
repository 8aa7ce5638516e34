"""This room is for people named in a text, in Latin letters or Cyrillic, and the posts said of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from orgwork.exchange.texts import bodies
from orgwork.exchange.texts.finds import Mention, PostSaid
from orgwork.exchange.texts.letters import is_syllable, latin
from orgwork.exchange.texts.lexicons import lexicon, names
from orgwork.exchange.texts.marks import flatten
from orgwork.exchange.texts.text import Covered, Span, Text

_WORD = re.compile(r"[^\W\d_]+(?:[-’'][^\W\d_]+)*")
#: K'Mák, H'Hen: names of the K'Ho and the Ê Đê; H'Mông and K'Ho are peoples.
_HIGHLAND = re.compile(r"[KHY]['’](?!(?:M[oô]ng|Ho)\b)[A-ZĐ]\w+", re.UNICODE)
_PLACE_BEFORE = re.compile(
    r"(?:tỉnh|thành phố|TP\.?|huyện|quận|phường|xã|thị xã|thị trấn|đường|phố|sân bay|trường|bản|thôn"
    r"|tinh|thanh pho|huyen|xa|phuong|province of|city of|district of|commune of"
    r"|[Pp]rovinz|Stadt|Bezirk|Gemeinde|Straße|провинци[яиюей]+|город[аеу]?|уезд[аеу]?|общин[аыеу]|улиц[аыеу]|деревн[яиею]|площад[ьи]"
    r"|tư tưởng|đạo đức|phong cách|gương|Tư tưởng)\s+$"
)
#: Between a post and a name, the body alone: "Bí thư [Đảng ủy phường] …".
_POST_OF_PLACE = re.compile(
    r"\s+(?:(?:dang|huyen|thanh|tinh) uy|dang bo|ubnd|hdnd|uy ban nhan dan|hoi dong nhan dan|mttq)?\s*"
    r"(?:tinh|thanh pho|huyen|phuong|xa|thi tran)\s+",
    re.IGNORECASE,
)
_BODY_BEFORE = re.compile(
    r"(?:\w(?:parteikomitee|volkskomitee|ausschuss|kreise|bezirk)e?s?"
    r"|\b(?:[Tt]ỉnh|[Tt]hành|[Hh]uyện|[Qq]uận|[Tt]hị|Đảng|đảng) [ủu][ỷy]|Đảng bộ|UBND|HĐND|UBKT|MTTQ)\s+$"
)
#: "các xã Mường Nhé, Sín Thầu và …": after one place more places follow.
_PLACES_BEFORE = re.compile(
    r"\b(?:[Cc]ác|[Cc]ac|\d{1,2}|hai|ba|bốn|bon|năm|nam|sáu|sau|bảy|bay|tám|tam)\s"
    r"(?:(?:đảng|dang) (?:bộ|ủy|uỷ|bo|uy) )?"
    r"(?:xã|phường|huyện|bản|thôn|tỉnh|xa|phuong|huyen|ban|thon|tinh)(?::|\s)\s*"
    r"(?:[A-ZĐ]\w*(?:\s[A-ZĐ]\w*){0,3}(?:,\s|\s(?:và|va)\s))*$"
)
_PLACE_AFTER = re.compile(
    r"\s+(?:[Pp]rovince|[Pp]rovincial|[Cc]ity|[Dd]istrict|[Cc]ommune|[Ww]ard|[Tt]own|[Ss]treet|[Aa]irport|[Hh]ighway|[Tt]hought"
    r"|[Rr]oad|[Aa]venue|[Bb]oulevard|[Ss]quare|[Bb]ridge|[Pp]ark|[Ss]tadium|[Mm]useum|[Mm]emorial|[Mm]ausoleum|[Mm]onument"
    r"|[Ss]chool|[Aa]cademy|[Uu]niversity|[Cc]ollege|[Ii]nstitute|[Hh]ospital|[Ff]oundation|[Ff]und|[Cc]ooperative|[Cc]ompany"
    r"|[Cc]orporation|[Pp]rize|[Aa]ward|[Ss]cholarship|[Bb]rigade)\b"
    r"|-[A-ZÄÖÜ][a-zäöüß]{3}"
)
#: What is called after people: "Trường Chính trị Lê Duẩn", "школа имени Во Нгуен Зяпа"; without marks.
#: A post right before it makes a whole name a person's again: "Hiệu trưởng Trường Chính trị Lê Văn An".
_CALLED_AFTER = re.compile(
    r"(?:(?<!\w)(?:[Tt]ruong (?:[Cc]hinh tri|[Dd]ai hoc|[Cc]ao dang|THPT|THCS|[Tt]ieu hoc)"
    r"|[Hh]oc vien(?: [Cc]hinh tri)?|[Cc]ong ty(?: (?:TNHH|[Cc]o phan))?|[Tt]ap doan|[Hh]op tac xa|HTX"
    r"|[Nn]ha may|(?:[Cc]um|[Kk]hu) cong nghiep|[Bb]enh vien|[Qq]uy|[Gg]iai thuong|[Qq]uang truong"
    r"|[Cc]ong vien|[Bb]ao tang|[Nn]ha van hoa|[Nn]ha luu niem|[Dd]ai lo|[Ss]an van dong|[Cc]au"
    r"|[Nn]ghia trang|[Kk]hu di tich)"
    r"|(?<![Оо]т )(?<!\w)имени|(?<!\w)(?:(?:named|called) after|benannt nach))\s+$"
)


def mentions(text: Text) -> list[Mention]:
    """Everybody named, in the order of the text, with the posts said at that place."""
    found = list(_names(text))
    known = Covered(len(text.body), (span for span, _name in found))
    found += [(span, name) for span, name in _foreign(text) if not known.touches(span.start, span.end)]
    found.sort(key=lambda one: one[0].start)
    posts = _posts_of(text, [span for span, _name in found])
    out = []
    for (span, name), said in zip(found, posts, strict=True):
        first, last = text.original(span.start, span.end)
        out.append(Mention(first, last, text.given[first:last], name_norm=name, posts=said))
    return out


# ── names ────────────────────────────────────────────────────────────────────────────────────────────────


def _names(text: Text) -> Iterator[tuple[Span, str]]:
    syllable = _cyrillic if text.language == "ru" else _plain
    words = list(_WORD.finditer(text.body))
    at = 0
    while at < len(words):
        taken = _name_at(text, words, at, syllable)
        if taken:
            if taken[0]:
                yield taken[0], taken[1]
            at += taken[2]
        else:
            at += 1


def _name_at(text: Text, words: list[re.Match], at: int, syllable):
    """A family name and one to four capitalised syllables side by side, unless it is a place or a phrase."""
    parts: list[str] = []
    last = at
    signed: Span | None = None
    for number in range(at, min(at + 5, len(words))):
        word = words[number]
        if number > at and text.body[words[number - 1].end() : word.start()] not in {" ", "\u00a0"}:
            break
        said = syllable(word[0])
        if said is None:
            break
        if number == at and _addressing(text, words, at, syllable):
            return None
        if (
            number == at
            and not _is_family(text, word[0], said)
            and not _womans(words, at, syllable)
            and not _mans(text, words, at, syllable)
        ):
            signed = None if _named_from(text, words, at + 1, syllable) else _pen_name(text, word.start())
            if signed is None:
                return None
        parts.append(said)
        last = number
    if signed and text.body[words[last].end() : signed.end].strip():
        return None
    if len(parts) < 2 and not _HIGHLAND.fullmatch(words[at][0]):
        return None
    start, end = words[at].start(), words[last].end()
    if not _person(text, parts, start, end):
        # A place of three syllables has no person in its last two, nor has a school called after somebody.
        before = text.body[max(0, start - 40) : start]
        placed = _PLACE_BEFORE.search(before) or _CALLED_AFTER.search(flatten(before))
        return (None, "", last - at + 1) if placed else None
    return Span(start, end), " ".join(parts), last - at + 1


def _foreign(text: Text) -> Iterator[tuple[Span, str]]:
    """Names of other peoples, in Latin letters, as they are written: believed after an honorific or in
    apposition to a post ("its director, Jonathan Pincus, …")."""
    if text.language == "ru":
        return
    led, apposed = _foreign_patterns(text.language, text.words.flat)
    roles = _roles(text.language, text.words.flat)[0]
    for pattern in (led, apposed):
        for found in pattern.finditer(text.body):
            said, start = found["name"], found.start("name")
            if all(is_syllable(word) for word in said.split()) or roles.search(said):
                continue
            span = Span(start, found.end("name"))
            if any(one.start < span.end for one, _entry in bodies.bodies(text, span)):
                continue
            if not text.words.pattern(rf"(?<!\w)(?:{text.words['no_name']})(?!\w)").search(said):
                yield span, flatten(said)


@cache
def _foreign_patterns(language: str, flat: bool) -> tuple[re.Pattern, re.Pattern]:
    words = lexicon(language, flat=flat)
    name = r"(?P<name>(?-i:[A-ZÄÖÜ][a-zà-ÿ]+(?:[ \u00a0](?:[A-Z]\.|[A-ZÄÖÜ][a-zà-ÿ]+)){1,2}))"
    posts = "|".join(f"(?:{words.source(one['words'])})" for one in words["posts"])
    return (
        words.pattern(rf"(?<!\w)(?:{words['honorifics']})\s+{name}(?=\s*[,.;:()–]|\s+(?-i:[a-zà-ỹ]))"),
        words.pattern(rf"(?<!\w)(?:{posts}|{words['callings']}),\s+{name}(?=,\s)"),
    )


def _womans(words: list[re.Match], at: int, syllable) -> bool:
    """Thị makes a name of whatever stands around it, however rare the family: "Thông Thị Kim Hồng"."""
    return (
        at + 2 < len(words)
        and words[at + 1].start() - words[at].end() == 1
        and syllable(words[at + 1][0]) == "Thi"
        and words[at + 2].start() - words[at + 1].end() == 1
        and bool(syllable(words[at + 2][0]))
    )


def _mans(text: Text, words: list[re.Match], at: int, syllable) -> bool:
    """Văn does so beside an honorific, and wherever the same name stands again: "đồng chí Hỏa Văn Long"."""
    if at + 2 >= len(words) or not re.fullmatch(r"V[aă]n", words[at + 1][0]):
        return False
    start, end = words[at].start(), words[at + 2].end()
    name = text.body[start:end]
    if "\n" in name or not syllable(words[at + 2][0]):
        return False
    led = text.words.source(text.words["honorifics"])
    return bool(re.search(rf"(?i:(?<!\w)(?:{led})\s+)(?-i:{re.escape(name)})(?!\w)", text.body))


def _addressing(text: Text, words: list[re.Match], at: int, syllable) -> bool:
    """ "Ông Mang Nhảy": at the head of a sentence Ông and Bà are Mr and Mrs, not families."""
    return bool(
        text.language == "vi"
        and text.words.pattern(text.words["honorifics"]).fullmatch(words[at][0])
        and _named_from(text, words, at + 1, syllable)
    )


def _named_from(text: Text, words: list[re.Match], at: int, syllable) -> bool:
    """Whether a full name begins here."""
    if at + 1 >= len(words):
        return False
    said = syllable(words[at][0])
    return bool(said and _is_family(text, words[at][0], said) and syllable(words[at + 1][0]))


def _is_family(text: Text, word: str, said: str) -> bool:
    if _HIGHLAND.fullmatch(word):
        return True
    if word.isascii() and not (text.language == "vi" and not text.words.flat):
        return said.lower() in names("families")
    if "А" <= word[0] <= "я":
        return said.lower() in names("families")
    return word.lower() in names("marked_families")


def _plain(word: str) -> str | None:
    if _HIGHLAND.fullmatch(word):
        return flatten(word).replace("’", "'")
    if not word[0].isupper() or (word.isupper() and len(word) > 1) or not is_syllable(word):
        return None
    return flatten(word)


def _cyrillic(word: str) -> str | None:
    if not word[0].isupper() or (len(word) > 1 and word.isupper()):
        return None
    if "А" <= word[0] <= "я" or word[0] in "Ёё":
        return latin(word)
    return _plain(word)


def _person(text: Text, parts: list[str], start: int, end: int) -> bool:
    small = [part.lower() for part in parts]
    before, after = text.body[max(0, start - 40) : start], text.body[end : end + 14]
    if _PLACE_AFTER.match(after) or _PLACES_BEFORE.search(text.body, max(0, start - 160), start):
        return False
    if _PLACE_BEFORE.search(before) and not _of_place(text, parts, start, end):
        return False
    if _called_after(text, before, parts) or _in_quotes(text, start, end):
        return False
    if _roles(text.language, text.words.flat)[0].match(text.body, start) or next(
        (True for _ in bodies.bodies(text, Span(start, end + 60)) if _[0].start == start), False
    ):
        return False
    if " ".join(small[1:]) in names("places") and small[1] != "thi":
        # "Nguyễn Hòa Bình" is a man, if he is said to be one.
        return bool(_honorific(text).search(before)) or _beside_post(text, start, end)
    if len(small) == 2 and _BODY_BEFORE.search(before):
        return False  # the body's place: "Huyện ủy Trà Bồng"
    for length in range(len(small), 1, -1):
        if " ".join(small[:length]) in names("places") and (length >= len(small) - 1):
            return " ".join(small) == "ho chi minh" and bool(_honorific(text).search(before))
    if len(small) == 2 and small[1] in {"van", "thi"}:
        return False  # middle names: nobody is called by them alone
    if text.language == "vi" and (broken := re.match(r" ([a-zà-ỹđ]+)", after)) and _phrase(small, broken[1]):
        return False
    if small[0] in names("doubtful") and len(small) < 3:
        return (
            bool(_honorific(text).search(before))
            or _beside_post(text, start, end)
            or _byline(text, start, end)
        )
    if small[0] in {"a", "u"}:  # family names of the Cơ Tu and Xơ Đăng, and an English article
        return bool(_honorific(text).search(before)) or _beside_post(text, start, end)
    return True


def _of_place(text: Text, parts: list[str], start: int, end: int) -> bool:
    """ "Bí thư Đảng ủy phường Trần Nguyễn Lộc cho biết": the ward is not called so, its secretary is."""
    before = text.body[max(0, start - 60) : start]
    # No province has such a name; communes have, unless the sentence goes on with what somebody does.
    alone = re.search(r"\b(?:tỉnh|tinh)\s+$", before)
    if len(parts) < 3 or not (alone or re.match(r" [^\W\d_A-ZĐÀ-Ỹ]", text.body[end : end + 2])):
        return False
    posts = list(_roles(text.language, text.words.flat)[0].finditer(before))
    return bool(posts and _POST_OF_PLACE.fullmatch(flatten(before), posts[-1].end()))


def _called_after(text: Text, before: str, parts: list[str]) -> bool:
    """A school, a firm, a square: unless a post stands right before it and the name is a whole one."""
    if not (called := _CALLED_AFTER.search(flatten(before))):
        return False
    posts = [found.end() for found in _roles(text.language, text.words.flat)[0].finditer(before)]
    return len(parts) < 3 or not any(before[end : called.start()].isspace() for end in posts)


def _in_quotes(text: Text, start: int, end: int) -> bool:
    """Nothing but the name between quotation marks is what a firm or a ship is called."""
    before, after = text.body[max(0, start - 1) : start], text.body[end : end + 1]
    return bool(before) and before in "«„“\"‘'" and bool(after) and after in "»“”\"’'"


def _byline(text: Text, start: int, end: int) -> bool:
    """A name alone on its line, or after a label: "Tin, ảnh: Kim Liên"."""
    if not (line := _short_line(text, start)):
        return False
    part = _signature(text, line, start)
    return bool(
        _author(text).fullmatch(text.body[part.start : start]) and not text.body[end : part.end].strip()
    )


def _pen_name(text: Text, start: int) -> Span | None:
    """Whoever signs need not give a family name: "Tin, ảnh: Thu Hằng", or alone in the last line."""
    line = _short_line(text, start)
    part = line and _signature(text, line, start)
    if not line or not part or not _author(text).fullmatch(text.body[part.start : start]):
        return None
    led = _author(text).match(text.body[line.start : line.end])
    last = line.start > max(0, len(text.body) - 2000) and not text.body[line.end :].strip()
    return part if led and led["said"] or last else None


def _signature(text: Text, line: Span, place: int) -> Span:
    """The part of a short line that one name stands in: "Thanh Nga and David Brown" are two who signed."""
    led = _author(text).match(text.body[line.start : line.end])
    parts, start = [], line.start
    parting = text.words.pattern(rf"\s*[,&/]\s*|\s+(?:[-–—]|{text.words['and']})\s+")
    for found in parting.finditer(text.body, line.start + (led.end() if led else 0), line.end):
        parts.append(Span(start, found.start()))
        start = found.end()
    parts.append(Span(start, line.end))
    if len(parts) > 3 or not all(_signs(text, part) for part in parts):
        return line
    return next((part for part in parts if part.start <= place < part.end), line)


def _signs(text: Text, part: Span) -> bool:
    """Two to four capitalised words, behind a label or not."""
    said = text.body[part.start : part.end]
    led = _author(text).match(said)
    name = said[led.end() :] if led else said
    return bool(re.fullmatch(r"[^\W\d_]+(?: [^\W\d_]+){1,3}", name)) and all(
        word[0].isupper() for word in name.split()
    )


def _short_line(text: Text, place: int) -> Span | None:
    """The line, if it is short enough for a signature; looked for no further than that, for speed."""
    start = text.body.rfind("\n", max(0, place - 60), place) + 1
    end = text.body.find("\n", place, place + 60)
    if end < 0 and len(text.body) - place < 60:
        end = len(text.body)
    return Span(start, end) if end >= 0 and place - start < 60 else None


@cache
def _byline_pattern(language: str, flat: bool) -> re.Pattern:
    words = lexicon(language, flat=flat)
    return words.pattern(rf"[ \t]*(?P<said>(?:{words['byline']})\s*:?\s*)?")


def _author(text: Text) -> re.Pattern:
    return _byline_pattern(text.language, text.words.flat)


def _phrase(small: list[str], following: str) -> bool:
    """ "Đoàn Thanh niên", "Thái Bình dương": the capitalised syllables are half of a compound."""
    return (small[-1], flatten(following)) in {
        ("thanh", "nien"), ("chu", "tich"), ("chinh", "tri"), ("lao", "dong"), ("kinh", "te"), ("van", "hoa"),
        ("noi", "vu"), ("van", "phong"), ("nong", "nghiep"), ("cong", "an"), ("quan", "su"), ("nhan", "dan"),
        ("thuong", "vu"),
    }  # fmt: skip


def _honorific(text: Text) -> re.Pattern:
    return text.words.pattern(rf"(?<!\w)(?:{text.words['honorifics']})\s+$")


def _beside_post(text: Text, start: int, end: int) -> bool:
    role = _roles(text.language, text.words.flat)[0]
    before, after = text.body[max(0, start - 100) : start], text.body[end : end + 40]
    return bool(re.match(r"\s*[,(–-]\s*", after) and role.search(after[:40])) or bool(
        any(True for found in role.finditer(before) if len(before) - found.end() < 80)
        and re.search(r"[,:;]\s*$|[^\W\d_]\s$", before)
    )


# ── posts ────────────────────────────────────────────────────────────────────────────────────────────────


@cache
def _roles(language: str, flat: bool) -> tuple[re.Pattern, list[tuple[re.Pattern, dict]]]:
    words = lexicon(language, flat=flat)
    each = [(words.pattern(rf"(?:{one['words']})"), one) for one in words["posts"]]
    every = "|".join(f"(?:{words.source(one['words'])})" for one in words["posts"])
    return re.compile(rf"(?<!\w)(?:{every})(?!\w)", re.IGNORECASE), each


def _role(text: Text, said: str) -> dict:
    for pattern, one in _roles(text.language, text.words.flat)[1]:
        if pattern.fullmatch(said) or pattern.match(said):
            return one
    return {"role": said}


_BREAK = re.compile(r"[;:.!?\n(„“”\"«»]")


def _posts_of(text: Text, spans: list[Span]) -> list[list[PostSaid]]:
    """Posts said before a name ("the secretary of …, X") or after it ("X, secretary of …; Y, …")."""
    out = []
    for number, span in enumerate(spans):
        left = max(
            spans[number - 1].end if number else 0, span.start - 200, text.sentence_at(span.start).start
        )
        sentence = text.sentence_at(span.start)
        right = min(
            spans[number + 1].start if number + 1 < len(spans) else sentence.end, sentence.end, span.end + 260
        )
        said = _after(text, span.end, right) + _before(
            text, left, span.start, number > 0 and spans[number - 1].end >= left
        )
        said += _of_group(text, sentence, span, spans)
        said.sort(key=lambda post: post.start)
        out.append(said)
    return out


def _after(text: Text, start: int, end: int) -> list[PostSaid]:
    """ ", head of A and deputy head of B; …": posts follow a comma until something else begins."""
    if not re.match(r"\s*[,(–-]\s*|\s+-\s+", text.body[start:end]):
        return []
    stop = re.compile(r"[;:.!?\n]").search(text.body, start, end)
    limit = stop.start() if stop else end
    role, said, at = _roles(text.language, text.words.flat)[0], [], start
    while found := role.search(text.body, at, limit):
        gap = text.body[at : found.start()]
        if len(gap.split()) > 4 or not re.fullmatch(r"[\s,()–-]*(?:\w+[\s,()–-]*){0,4}", gap):
            break
        post = _post(text, found, limit)
        said.append(post)
        at = text_end(text, post)
    return said


def text_end(text: Text, post: PostSaid) -> int:
    return post.end if text.places is None else post.start + len(post.surface)


def _before(text: Text, start: int, end: int, follows: bool) -> list[PostSaid]:
    """ "the deputy secretary of the committee, X": the last post that runs up to the name."""
    role = _roles(text.language, text.words.flat)[0]
    best = None
    for found in role.finditer(text.body, start, end):
        post = _post(text, found, end)
        gap = text.body[text_end(text, post) : end]
        honoured = re.sub(rf"(?i)(?:{text.words.source(text.words['honorifics'])})\.?", "", gap)
        if re.fullmatch(r"[\s,:–-]*", honoured) and len(re.findall(r"[,:]", gap)) <= 1:
            if not (follows and re.match(r"\s*,", text.body[start:end]) and found.start() - start < 8):
                best = best or post
    return [best] if best else []


def _post(text: Text, found: re.Match, limit: int) -> PostSaid:
    """The role with the body after it, if one is named."""
    one = _role(text, found[0])
    end, body = found.end(), one.get("body", "")
    link = text.words.pattern(
        rf"(?:\s+(?:{text.words['of']}))?\s+(?P<body>{bodies.source(text.words)})"
        rf"(?:{text.words.get('body_tail', '(?!)')})?(?!\w)"
    )
    if named := link.match(text.body, found.end(), limit):
        end, body = named.end(), bodies.entry(text.words, named["body"])["name"]
    first, last = text.original(found.start(), end)
    return PostSaid(first, last, text.given[first:last], role=one["role"], body=body)


def _of_group(text: Text, sentence: Span, span: Span, spans: list[Span]) -> list[PostSaid]:
    """Members of the committee took part: A, …; B, …: said of all after the colon, till one is set apart."""
    group = text.words.pattern(text.words["group"]).search(text.body, sentence.start, span.start)
    if not group or any(other.start < group.start() and other.start >= sentence.start for other in spans):
        return []
    between = text.body[group.end() : span.start]
    if text.words.pattern(rf"[;,]\s*(?:{text.words['honorifics']})\s").search(between + " "):
        return []
    role = _roles(text.language, text.words.flat)[0].search(text.body, group.start(), group.end())
    return [_post(text, role, group.end())] if role else []
