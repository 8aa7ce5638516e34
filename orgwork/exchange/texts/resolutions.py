"""This room is for resolutions that rearrange communes: each clause as a planned change to be checked.

What such a clause says is fixed by custom: "Sắp xếp toàn bộ diện tích tự nhiên, quy mô dân số của các xã A, B
và một phần … của xã C thành xã mới có tên gọi là xã D". Copies lose blanks and carry mark-up; both are borne.
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, field
from typing import Any

from orgwork.exchange.texts.marks import compose

TYPES = "xã|phường|thị trấn|đặc khu|huyện|quận|thị xã|thành phố"
_ARTICLE = re.compile(r"^[^\S\n]*[*_#]*\s*Điều\s+(?P<number>\d+)\s*\\?[.:]", re.MULTILINE)
#: In copies that lost their lines a clause begins behind a full stop.
_CLAUSE = re.compile(
    r"(?:^[^\S\n]*[*_]*|(?<=[.;])[^\S\n]+[*_]*"
    r"(?=\d{1,3}\s*\\?\.\s*[*_]*(?:Sắp xếp|Thành lập|Nhập|Sáp nhập|Đổi tên|Sau khi)\b))"
    r"(?P<number>\d{1,3})\s*\\?\.(?!\d)",
    re.MULTILINE,
)
#: Copies drop blanks: "Yên Thansau khi", "vàphần còn lại", "củaxã", "phườngAn Đôn", "Sính Phìnhthành xã mới".
_GLUED = [
    (re.compile(pattern), better)
    for pattern, better in (
        (r"(?<=[^\W\d_])(sau khi\s+sắp\s+xếp)", r" \1"),
        (r"(?<=[^\W\d_])(thành\s+(?:xã|phường|đặc\s+khu|thị\s+trấn)\s+(?:mới|có))", r" \1"),
        (r"(?<=[^\W\d_])(phần\s+còn\s+lại|một\s+phần|toàn\s+bộ)", r" \1"),
        (r"(lại|số|nhiên)(?=của)", r"\1 "),
        (r"\b(của|và|các)(?=(?:xã|phường|thị|các|phần|một|toàn)\b)", r"\1 "),
        (rf"\b({TYPES}|và)(?=[A-ZĐÀ-Ỹ])", r"\1 "),
        (rf"(?<=[a-zà-ỹ])(và)(?=\s+(?:{TYPES}|các|một|phần)\b)", r" \1"),
        (r",(?=\S)", ", "),
        # Lost and doubled words: "quy mô dân số [của] các xã", "của của các xã".
        (rf"\b(nhiên|dân\s+số)(\s+còn\s+lại)?\s+(?=(?:các\s+)?(?:{TYPES})\s)", r"\1\2 của "),
        (r"\bcủa(?:\s+của)+\b", "của"),
        (
            r"(?<!iữ )\bnguyên\s+(?:hiện\s+)?trạng(?=\s)(?!\s+của)",
            "toàn bộ diện tích tự nhiên, quy mô dân số của",
        ),
    )
]
#: Areas and people in numbers: "diện tích tự nhiên là 35,21 km2, quy mô dân số là 12.345 người của …".
_DIGITS = r"\d[\d.]*(?:,\s?\d+)?"
_NUMBERS = re.compile(
    rf"(?:(?<=diện tích tự nhiên)|(?<=quy mô dân số))\s+(?:(?:là|gồm|khoảng)\s+)?{_DIGITS}\s*"
    rf"(?:km2|km²|ha|người)\b|\b{_DIGITS}\s*(?:km2|km²|ha)\s+(?=diện tích)|\b{_DIGITS}\s*người\s+(?=của)"
)
#: "… của xã A vào xã B": B takes in the rest and goes in whole itself.
_INTO = re.compile(rf"\s+(?:để\s+)?(?:sáp\s+)?(?:nhập\s+)?vào\s+(?=(?:{TYPES})\b)")
_NAMED = rf"(?P<type>{TYPES})\s+(?P<name>[^.;,(]+)"
_CALLED = r"(?:có\s+tên(?:\s+gọi)?|lấy\s+tên(?:\s+gọi)?|mang\s+tên|tên\s+gọi)(?:\s+là)?"
_NEW = re.compile(
    rf"thành\s+(?:một\s+)?(?:{TYPES})?\s*(?:mới)?\s*(?:,\s*)?(?:và\s+)?{_CALLED}\s*:?\s+{_NAMED}",
    re.IGNORECASE,
)
#: "Nhập toàn bộ … của xã A vào xã B": B goes on, perhaps under another name.
_TAKEN_IN = re.compile(
    rf"\b(?:sáp\s+)?nhập\b(?P<sources>.+?)\s+vào\s+(?P<type>{TYPES})\s+(?P<name>[^.;,(]+)", re.IGNORECASE
)
_THEN_NAMED = re.compile(rf"\bđổi\s+tên\b[^.;]*?\bthành\s+{_NAMED}", re.IGNORECASE)
_FOUNDED = re.compile(
    rf"(?:Thành\s+lập|Lập)\s+(?P<type>{TYPES})\s+(?P<name>[^.;,(]+?)\s+(?:trên\s+cơ\s+sở|từ)\s+(?:nhập|sắp\s+xếp|điều\s+chỉnh)?\s*",
    re.IGNORECASE,
)
_RENAMED = re.compile(rf"[Đđ]ổi\s+tên\s+(?P<old_type>{TYPES})\s+(?P<old>[^.;,(]+?)\s+thành\s+{_NAMED}")
_MUCH = "toàn bộ|một phần|phần còn lại"
_SHARE = re.compile(
    rf"(?P<area_share>{_MUCH})?\s*"
    r"(?:(?P<area>(?:phần\s+)?diện tích(?: tự nhiên)?)(?P<area_rest>\s+còn lại)?)?"
    rf"(?:\s*(?:,|và)?\s*(?P<pop_share>{_MUCH})?\s*"
    r"(?P<pop>(?:phần\s+)?(?:quy mô )?dân số)(?P<pop_rest>\s+còn lại)?)?"
    rf"\s+của\s+(?=(?:các\s+)?(?:{TYPES}|khu|bãi|trường|vùng|phần)\b)",
    re.IGNORECASE,
)
_REFERENCE = re.compile(
    r"\s*sau khi (?:đã )?sắp xếp\s+theo quy định tại "
    r"(?:.*?(?:Điều này|Nghị quyết này)|(?:(?:các )?khoản[\s,và\d]*)+)\s*",
    re.IGNORECASE,
)
_ITEM = re.compile(
    rf"(?:các\s+)?(?:(?P<type>{TYPES})\s+)?(?P<name>[^,()]+?)\s*(?:\((?P<district>[^)]*)\))?\s*$",
    re.IGNORECASE,
)
_UNCHANGED = re.compile(
    r"(?:không (?:thực hiện )?sắp xếp (?:là|gồm|bao gồm)\s*:?"
    r"|giữ nguyên(?: hiện trạng)?(?: các)?(?: đơn vị hành chính cấp xã)?"
    r"(?: (?:là|gồm|đối với))?\s*:?)\s*(?P<list>[^.;]+(?:\([^)]*\)[^.;]*)*)",
    re.IGNORECASE,
)


@dataclass
class Old:
    """What goes into the new unit: name, type, district where the text says it, and how much of it."""

    name: str
    type: str
    district: str = ""
    part: str = "whole"


@dataclass
class Clause:
    """One planned change; ``start`` and ``end`` are places in the text as it was given (code points)."""

    clause: str
    new_name: str
    new_type: str
    old: list[Old] = field(default_factory=list)
    start: int = 0
    end: int = 0

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def changes(given: str) -> list[Clause]:
    """All changes that the resolution's clauses say, in their order; other clauses are left out."""
    text, places = compose(given)
    found: list[Clause] = []
    for article, clause, start, end in _clauses(text):
        plain = _plain(text[start:end])
        said = f"Điều {article} khoản {clause}" if clause else f"Điều {article}"
        for change in _read(plain):
            change.clause = said
            change.start, change.end = (start, end) if places is None else (places[start], places[end])
            found.append(change)
    return found


def _clauses(text: str):
    articles = list(_ARTICLE.finditer(text))
    for number, article in enumerate(articles):
        end = articles[number + 1].start() if number + 1 < len(articles) else len(text)
        clauses = list(_CLAUSE.finditer(text, article.end(), end))
        if not clauses:
            yield article["number"], "", article.start(), _trimmed(text, article.end(), end)
        for at, clause in enumerate(clauses):
            last = clauses[at + 1].start() if at + 1 < len(clauses) else end
            start = clause.start() + len(clause[0]) - len(clause[0].lstrip())
            yield article["number"], clause["number"], start, _trimmed(text, start, last)


def _trimmed(text: str, start: int, end: int) -> int:
    while end > start and text[end - 1].isspace():
        end -= 1
    return end


def _plain(text: str) -> str:
    """Mark-up off, lines joined, lost blanks put back."""
    text = re.sub(r"[*_#\\]+", "", text)
    for pattern, better in _GLUED:
        text = pattern.sub(better, text)
    return _NUMBERS.sub("", " ".join(text.split()))


def _read(plain: str) -> list[Clause]:
    if unchanged := _UNCHANGED.search(plain):
        items = _items(unchanged["list"], "unchanged")
        return [Clause("", one.name, one.type, [one]) for one in items]
    if renamed := _RENAMED.search(plain):
        former = Old(renamed["old"].strip(), renamed["old_type"].lower(), part="renamed")
        return [Clause("", renamed["name"].strip(), renamed["type"].lower(), [former])]
    if new := _NEW.search(plain):
        old = _sources(plain[: new.start()])
        return [Clause("", new["name"].strip(), new["type"].lower(), old)] if old else []
    if (taken := _TAKEN_IN.search(plain)) and (old := _sources(taken["sources"])):
        kept = Old(taken["name"].strip(), taken["type"].lower())
        new = _THEN_NAMED.search(plain, taken.end()) or taken
        return [Clause("", new["name"].strip(), new["type"].lower(), [*old, kept])]
    if new := _FOUNDED.search(plain):
        old = _sources(plain[new.end() :].rstrip(". "))
        return [Clause("", new["name"].strip(), new["type"].lower(), old)] if old else []
    return []


def _sources(plain: str) -> list[Old]:
    """What goes in, share by share: "all of … A, B and part of … C and the rest of … D"."""
    shares = [
        found for found in _SHARE.finditer(plain) if found["area_share"] or found["area"] or found["pop"]
    ]
    out: list[Old] = []
    if not shares and (bare := re.search(rf"\b(?:các\s+)?(?:{TYPES})\s", plain)):
        return _items(plain[bare.start() :].strip(" ,;."), "whole")  # "Chuyển huyện A thành đặc khu A"
    for number, share in enumerate(shares):
        end = shares[number + 1].start() if number + 1 < len(shares) else len(plain)
        listed = _REFERENCE.sub(" ", plain[share.end() : end]).strip(" ,;.")
        shared, *whole = _INTO.split(re.sub(r"(?:\s|,)(?:và|cùng)$", "", listed))
        out += _items(shared, _part(share))
        for one in whole:
            out += _items(one, "whole")
    return out


def _part(share: re.Match) -> str:
    """The kind of the share, area and people apart, in the words of data/README.md."""
    said = {name: (share[name] or "").lower() for name in ("area_share", "pop_share")}
    rest = "phần còn lại"
    area = rest if share["area_rest"] else said["area_share"]
    people = (
        rest
        if share["pop_rest"]
        else said["pop_share"] or (said["area_share"] if share["pop"] and share["area"] else "")
    )
    if not share["area"] and not share["pop"]:
        return {"toàn bộ": "whole", "một phần": "part", rest: "remainder"}.get(area, "whole")
    if share["area"] and share["pop"]:
        if area == people:
            return {"toàn bộ": "whole", "một phần": "part", rest: "remainder"}[area]
        return {("một phần", "toàn bộ"): "part_area_all_population", ("toàn bộ", "một phần"): "part"}.get(
            (area, people), "remainder"
        )
    if share["area"]:
        return {"toàn bộ": "all_area_no_population", "một phần": "part_area_only"}.get(area, "remainder")
    people = people or said["area_share"]
    return {"một phần": "part_population_only", rest: "remainder_population_only"}.get(
        people, "part_population_only"
    )


def _items(listed: str, part: str) -> list[Old]:
    out: list[Old] = []
    sort = ""
    listed = re.sub(rf"\b((?:các\s+)?(?:{TYPES}))\s*:\s*", r"\1 ", listed)
    for piece in re.split(r",\s*(?:và\s+)?(?![^(]*\))|\s+và\s+(?![^(]*\))", listed):
        piece = piece.strip(" .;")
        if not piece:
            continue
        found = _ITEM.match(piece)
        if not found:
            continue
        if not found["type"] and not sort or re.match(r"(?:khu vực|bãi|trường bắn|vùng)\b", piece):
            out.append(Old(piece, "", part="unincorporated_area"))
            continue
        sort = (found["type"] or sort).lower()
        district = (found["district"] or "").strip()
        if re.fullmatch(r"thuộc\s+.*", district):
            district = district[6:].strip()
        out.append(Old(found["name"].strip(), sort, district, part))
        if district and found["name"].strip().isdigit():
            # "Phường 2 và Phường 3 (thị xã Quảng Trị)": numbered quarters share the district said at the end.
            for earlier in reversed(out[:-1]):
                if earlier.district or not earlier.name.isdigit() or earlier.part != part:
                    break
                earlier.district = district
    return out
