"""This room is for plain text as it comes from old machines: which letters its bytes are.

What says so itself (a mark at the beginning) is believed; what is valid UTF-8 is UTF-8. Else the text is read
in each of the old ways, and the one in which the headings are known words is taken; where that does not
decide, the one whose letters a language of ours is written with.
"""

from __future__ import annotations

import codecs
import unicodedata
from collections.abc import Callable

#: TCVN 5712 (ABC fonts): bytes above 127 and the letters that they are.
TCVN3 = dict(
    zip(
        "µ¸¶·¹¨»¾¼½Æ©ÇÊÈÉË®ÌÐÎÏÑªÒÕÓÔÖ×ÝØÜÞßãáâä«åèæçé¬êíëìîïóñòô\xadõøö÷ùúýûüþ¡¢§£¤¥¦",
        "àáảãạăằắẳẵặâầấẩẫậđèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵĂÂĐÊÔƠƯ",
        strict=True,
    )
)
_TCVN3 = str.maketrans(TCVN3)
MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
OLD = ("windows-1258", "windows-1251", "windows-1252", "tcvn3")
KNOWN = ("utf-8", "utf-16", *OLD)
_VIETNAMESE = set("àáảãạăằắẳẵặâầấẩẫậđèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵ")
_GERMAN = set("äöüß")


def decode(data: bytes, encoding: str) -> str:
    """The text; letters composed. Raises UnicodeDecodeError."""
    if encoding == "tcvn3":
        text = data.decode("latin-1").translate(_TCVN3)
    else:
        text = data.decode("utf-8-sig" if encoding == "utf-8" else encoding)
    return unicodedata.normalize("NFC", text)


def guess(data: bytes, known: Callable[[str], int]) -> str:
    """The encoding of the bytes. ``known`` counts the headings in a text."""
    for mark, encoding in MARKS:
        if data.startswith(mark):
            return encoding
    if wide := wide_without_mark(data):
        return wide
    try:
        data.decode("utf-8")
        return "utf-8"
    except UnicodeDecodeError:
        pass
    head = data[:65_536]
    return max(OLD, key=lambda encoding: _likely(head, encoding, known))


def wide_without_mark(data: bytes) -> str:
    """UTF-16 that does not say so has a zero beside most letters."""
    head = data[:4_096]
    if len(head) < 4 or head.count(0) < len(head) // 4:
        return ""
    return "utf-16-le" if head[1::2].count(0) > head[0::2].count(0) else "utf-16-be"


def _likely(head: bytes, encoding: str, known) -> tuple[int, float]:
    try:
        text = decode(head, encoding)
    except UnicodeDecodeError:
        return -1, 0.0
    return known(text), _written(text)


def _written(text: str) -> float:
    """Which share of the letters beyond ASCII belongs to words as somebody writes them."""
    strange = [c for c in text if ord(c) > 127]
    if not strange:
        return 0.0
    good = 0.0
    words = text.split()
    for word in words:
        beyond = [c for c in word.lower() if ord(c) > 127]
        if not beyond:
            continue
        letters = [c for c in word.lower() if c.isalpha()]
        cyrillic = sum("а" <= c <= "я" or c == "ё" for c in letters)
        if cyrillic:
            good += len(beyond) if cyrillic == len(letters) and word[1:] == word[1:].lower() else 0
        elif all(c in _VIETNAMESE for c in beyond):
            # A Vietnamese syllable has at most two letters with marks.
            good += len(beyond) if len(beyond) <= 2 and len(letters) <= 7 else 0
        elif all(c in _GERMAN for c in beyond):
            good += len(beyond) * (0.9 if len(beyond) <= 2 else 0.2)
    return good / len(strange)
