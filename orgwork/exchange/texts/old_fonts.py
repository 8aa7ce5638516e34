"""This room is for Vietnamese in the fonts of the nineties, whose letters are the codes of other letters:
"Céng hoµ" is Cộng hòa in the TCVN3 fonts (.VnTime), "Coäng hoøa" in the VNI fonts.

What was typed so is turned into Unicode line by line, and only where nearly every word becomes a Vietnamese
syllable. Where that cannot be said the text is refused: a wrong letter is never given out as a right one.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from orgwork.exchange.sheets.encodings import TCVN3
from orgwork.exchange.texts.letters import is_syllable

_TABLE = str.maketrans(TCVN3)
#: VNI writes a vowel and behind it a letter that stands for its marks.
_TONES = dict(zip("ùøûõï", ("\u0301", "\u0300", "\u0309", "\u0303", "\u0323"), strict=True))
_MARKS = {
    **_TONES,
    **{sign: "\u0302" + tone for sign, tone in zip("âáàåãä", ("", *_TONES.values()), strict=True)},
    **{sign: "\u0306" + tone for sign, tone in zip("êéèúüë", ("", *_TONES.values()), strict=True)},
}
_ALONE = dict(zip("ñôöíìæóòî", "đơưíìỉĩịỵ", strict=True))
_VNI = re.compile(rf"([aeouyôö])([{''.join(_MARKS)}])|[{''.join(_ALONE)}]", re.IGNORECASE)

#: Letters that only Unicode has: a line that holds one needs nothing.
_MODERN = re.compile("[\u1ea0-\u1ef9ăĂđĐơƠưƯĩĨũŨ]")
_WORD = re.compile(r"[^\W\d_]*[A-Za-z\u00a1-\u00ff][^\s.,;:!?()/0-9\"“”…-]*")
#: What such text looks like before it is read as anything.
_LOOKS = (
    re.compile(r"[A-Za-z][µ¸¶·¹¨»¾¼½Æ©ÊË]|[§®]\w"),
    re.compile(r"[aeouy][äåãâøùûõï]|[AEOUY][ÄÅÃÂØÙÛÕÏ]|[öô][ùøûõï]|[ÖÔ][ÙØÛÕÏ]"),
)
#: Nearly all words must come out as syllables, and there must be some.
_MOST, _HALF, _SOME = 0.96, 0.4, 6


def looks_old(text: str, part: int = 4) -> bool:
    """Whether so great a part of the words bears letters as those fonts put them."""
    words = max(len(text.split()), 1)
    return any(len(pattern.findall(text)) * part > words for pattern in _LOOKS)


def modern(text: str) -> str | None:
    """The text in Unicode; None when it is not, or not surely, in one of these fonts."""
    lines = text.split("\n")
    old = "\n".join(line for line in lines if not _MODERN.search(line))
    best = max((_tcvn3, _vni), key=lambda turn: _share(turn, old))
    if _share(best, old) < _MOST:
        return None
    turned = "\n".join(line if _MODERN.search(line) else best(line) for line in lines)
    return None if looks_old(turned, 12) else turned


def half_read(text: str) -> bool:
    """Whether much of it would become Vietnamese: it is in such a font, and damaged or mixed."""
    return looks_old(text[:20_000]) and max(_share(turn, text[:20_000]) for turn in (_tcvn3, _vni)) > _HALF


def _share(turn: Callable[[str], str], old: str) -> float:
    """How many of the words with strange letters become Vietnamese syllables."""
    strange = [word for word in _WORD.findall(old[:200_000]) if not word.isascii()]
    if len(strange) < _SOME:
        return 0.0
    return sum(map(_is_word, map(turn, strange))) / len(strange)


def _is_word(word: str) -> bool:
    bare = word.strip("'’*_[]{}<>«»")
    return bare.isalpha() and is_syllable(bare)


def _tcvn3(line: str) -> str:
    """Its capitals with marks are small letters in a font of capitals (.VnTimeH): "QUYÕT" is QUYẾT."""
    if not re.search(r"\d", line) and (turned := _cased(line, line.translate(_TABLE), 4)).isupper():
        return turned
    return _WORD.sub(lambda word: _cased(word[0], word[0].translate(_TABLE)), line)


def _cased(before: str, after: str, least: int = 2) -> str:
    plain = [letter for letter in before if letter.isascii() and letter.isalpha()]
    return after.upper() if len(plain) >= least and all(map(str.isupper, plain)) else after


def _vni(line: str) -> str:
    return unicodedata.normalize("NFC", _VNI.sub(_letter, line))


def _letter(found: re.Match) -> str:
    if found[1] is None:
        letter = _ALONE[found[0].lower()]
        return letter.upper() if found[0].isupper() else letter
    base = _ALONE.get(found[1].lower(), found[1])
    return (base.upper() if found[1].isupper() else base) + _MARKS[found[2].lower()]
