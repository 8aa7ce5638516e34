"""This room is for how papers cited in one sentence rest on one another, where its words say so.

"Plan 158-KH/TU implementing Directive 35-CT/TW": the words between the two say it of the first. "In carrying
out Directive 35-CT/TW, Plan 158-KH/TU and Guidance 03-HD/TU were issued": the words before the one that is
rested on say it of those that follow.
"""

from __future__ import annotations

import re

from orgwork.exchange.texts.finds import Citation
from orgwork.exchange.texts.text import Text

#: Between the words that say it and the paper rested on: an article, "nội dung", "the provisions of".
_GAP = r"(?:\s+[^\W\d_]+){0,4}?\s+$"
#: How far before a paper such words are looked for, and how far before them the paper they are said of.
_NEAR, _BESIDE = 80, 40
#: The levels of issuers by the end of their code: nothing of the centre puts a province's paper into effect.
_LEVELS = {"TW": 3, "TU": 2, "HU": 1, "DU": 0}
_GUIDANCE = re.compile(r"\d+-HD/")
_STOP = re.compile(r"[;:.!?]")


def rests_on(text: Text, cited: list[Citation]) -> None:
    """Write into each citation on which others of its sentence it rests: kind, place of the other, words."""
    rules = [
        (one["kind"], text.words.pattern(rf"(?<!\w)(?P<said>{one['words']}){_GAP}"))
        for one in text.words.get("relations", [])
    ]
    numbered = [(text.inner(one.start, one.end), one) for one in cited if one.norm]
    for at, (span, target) in enumerate(numbered):
        sentence = text.sentence_at(span.start)
        begin = max(sentence.start, span.start - _NEAR, numbered[at - 1][0].end if at else 0)
        window = text.body[begin : span.start]
        found = next(
            ((kind, said) for kind, rule in rules if (said := rule.search(window)) is not None), None
        )
        if found is None:
            continue
        kind, said = found
        place = begin + said.start()
        sources = _beside(text, numbered[:at], place) or [
            one for other, one in numbered[at + 1 :] if other.end <= sentence.end
        ]
        for source in sources:
            if _possible(source, target):
                source.rests_on.append(
                    {
                        "kind": "guides"
                        if kind == "implements" and _GUIDANCE.match(source.norm or "")
                        else kind,
                        "to": target.start,
                        "norm": target.norm,
                        "said": " ".join(said["said"].split()),
                    }
                )


def _beside(text: Text, before: list, place: int) -> list[Citation]:
    """The papers that end right before the words: one, or several joined by "and"."""
    out: list[Citation] = []
    for span, one in reversed(before):
        between = text.body[span.end : place]
        limit = _BESIDE if not out else 14
        if len(between) > limit or _STOP.search(between):
            break
        out.insert(0, one)
        place = span.start
    return out


def _possible(source: Citation, target: Citation) -> bool:
    """Another paper, no older than the one it rests on, and of no higher level."""
    if source.norm == target.norm or (source.date and target.date and source.date < target.date):
        return False
    one, other = _level(source), _level(target)
    return one is None or other is None or one <= other


def _level(cited: Citation) -> int | None:
    code = (cited.norm or "").rpartition("/")[2]
    return next((level for end, level in _LEVELS.items() if code.endswith(end)), None)
