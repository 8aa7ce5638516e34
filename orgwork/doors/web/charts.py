"""This room is for small drawings made on the server: bars by month and sparklines, each with its
words and a table behind it.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import floor, log10

from . import formats


@dataclass(frozen=True)
class Point:
    label: str  # how the reader names it: "May 2023"
    value: float
    tick: str = ""  # written under the axis, where given
    pale: bool = False  # the part of the course still under way
    url: str = ""


def nice_top(highest: float) -> float:
    """The next round number: 1, 2, 2.5, 3, 5 × a power of ten."""
    if highest <= 0:
        return 1
    power = 10 ** floor(log10(highest))
    return next(step * power for step in (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10) if step * power >= highest)


def bars(points: list[Point], *, title: str, desc: str = "", width: int = 640, height: int = 170) -> dict:
    """Everything the template needs to draw a bar chart, worked out here."""
    left, top, bottom = 38, 14, 130
    highest = nice_top(max((p.value for p in points), default=0))
    lowest = min((p.value for p in points), default=0)
    floor_value = -nice_top(-lowest) if lowest < 0 else 0
    span = highest - floor_value
    scale = (bottom - top) / span
    step = (width - left - 6) / max(len(points), 1)
    zero = bottom + floor_value * scale
    drawn = [
        {
            "x": round(left + 4 + i * step, 1),
            "y": round(min(zero, zero - p.value * scale), 1),
            "w": round(max(step * 0.7, 1), 1),
            "h": round(max(abs(p.value) * scale, 0.6 if p.value else 0), 1),
            "label": p.label,
            "text": formats.number(p.value),
            "pale": p.pale,
            "url": p.url,
        }
        for i, p in enumerate(points)
    ]
    ticks = [{"x": d["x"], "text": p.tick} for d, p in zip(drawn, points, strict=True) if p.tick]
    levels = [floor_value + span * share for share in (0, 0.5, 1)]
    lines = [
        {"y": round(zero - v * scale, 1), "text": formats.number(int(v) if v == int(v) else round(v, 1))}
        for v in levels
    ]
    return {
        "kind": "bars",
        "title": title,
        "desc": desc,
        "width": width,
        "height": height,
        "left": left,
        "right": width,
        "bars": drawn,
        "ticks": ticks,
        "lines": lines,
        "axis_y": bottom + 20,
        "rows": [{"label": p.label, "text": formats.number(p.value), "url": p.url} for p in points],
    }


def spark(values: list[float], *, title: str, width: int = 112, height: int = 26) -> dict:
    """A course without axes, the last value marked."""
    if not values:
        return {}
    low, high = min(values), max(values)
    span = (high - low) or 1
    step = (width - 6) / max(len(values) - 1, 1)
    dots = [
        (round(3 + i * step, 1), round(height - 3 - (v - low) / span * (height - 6), 1))
        for i, v in enumerate(values)
    ]
    return {
        "kind": "spark",
        "title": title,
        "width": width,
        "height": height,
        "points": " ".join(f"{x},{y}" for x, y in dots),
        "last": dots[-1],
    }
