"""This room is for a text with marks in it: cut where marks begin and end, and into pages one can look at."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

#: A page of a text holds so many finds, and so many letters, whichever comes first.
FINDS, LETTERS = 100, 15_000
#: A stretch without finds is shown up to this length from either side.
SHOWN = 8_000


def pages_of(text: str, starts: Sequence[int]) -> list[tuple[int, int, int, int]]:
    """(first find, last find, first letter, last letter) of each page, half-open; at least one page."""
    firsts = [0]
    for number, start in enumerate(starts):
        began = firsts[-1]
        if number > began and (number - began >= FINDS or start - starts[began] > LETTERS):
            firsts.append(number)
    cuts = [0] + [_line(text, starts[number]) for number in firsts[1:]]
    # Finds that begin before the line of the page's first one were shown with the page before.
    ends = [*cuts[1:], len(text)]
    lasts = [*firsts[1:], len(starts)]
    return list(zip(firsts, lasts, cuts, ends, strict=True))


def _line(text: str, start: int) -> int:
    """Where the line begins, if that is not far: a page begins with a whole line."""
    found = text.rfind("\n", max(0, start - 400), start)
    return found + 1 if found >= 0 else start


def piece_of(text: str, begin: int, end: int) -> str:
    return text[begin:end]


def segments(piece: str, offset: int, marks: Iterable[tuple[int, int, str, str]]) -> Iterable[dict]:
    """The piece cut where marks begin and end: what covers each part, and what begins there.

    ``marks`` are (start, end, class, anchor) in the whole text; what lies outside the piece is cut off.
    """
    cuts: dict[int, list[tuple[str, str, bool]]] = {}
    stop = offset + len(piece)
    for start, end, css, anchor in marks:
        first, last = max(start, offset), min(end, stop)
        if first < last:
            cuts.setdefault(first, []).append((css, anchor, True))
            cuts.setdefault(last, []).append((css, anchor, False))
    on: dict[str, int] = {}
    last = offset
    for place in [*sorted(cuts), stop]:
        if place > last:
            said = piece[last - offset : place - offset]
            names = [anchor for _css, anchor, begins in cuts.get(last, ()) if begins]
            css = " ".join(name for name, number in on.items() if number)
            yield {"text": said if css else shortened(said), "css": css, "anchors": names}
            last = place
        for css, _anchor, begins in cuts.get(place, ()):
            on[css] = on.get(css, 0) + (1 if begins else -1)


def shortened(said: str) -> str:
    """A long stretch in which nothing was found, without its middle."""
    if len(said) <= 2 * SHOWN:
        return said
    return said[:SHOWN] + "\n […]\n" + said[-SHOWN:]
