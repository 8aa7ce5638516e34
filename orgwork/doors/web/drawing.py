"""This room is for drawing a procedure from its declaration: the main way downward, exits to the
right, returns to the left.
"""

from __future__ import annotations

from textwrap import wrap

from django.utils.translation import gettext as _

MAIN_X, MAIN_W, SIDE_X, SIDE_W, ROW, BOX = 40, 204, 296, 128, 56, 38


def states(procedure, *, here: str = "", visited=()) -> dict:
    """What `_states.html` draws; `here` is where a case stands, `visited` where it has been."""
    order = list(procedure.states)
    edges = edges_of(procedure)
    main = main_way(order, edges, procedure)
    boxes = place(order, main, edges)
    visited = set(visited)
    drawn = []
    for code in order:
        box = boxes[code]
        css = "here" if code == here else "done" if code in visited else ""
        lines = wrap(str(procedure.states[code]), 26 if box["main"] else 16)[:2]
        middle = box["y"] + BOX / 2
        offsets = [middle + 4.5] if len(lines) == 1 else [middle - 3, middle + 12]
        drawn.append(
            box
            | {
                "css": css,
                "h": BOX,
                "cx": box["x"] + box["w"] / 2,
                "lines": [{"text": t, "y": round(y, 1)} for t, y in zip(lines, offsets, strict=False)],
            }
        )
    arrows = [arrow(edge, boxes, visited | {here}) for edge in edges if edge["from"] != edge["to"]]
    height = max(box["y"] for box in boxes.values()) + BOX + 8
    width = SIDE_X + SIDE_W + 6 if len(main) < len(order) else MAIN_X + MAIN_W + 40
    return {
        "boxes": drawn,
        "arrows": arrows,
        "width": width,
        "height": height,
        "title": spoken(procedure, here),
    }


def edges_of(procedure) -> list[dict]:
    found = []
    for step in procedure.steps.values():
        for source in procedure.states:
            if source in step.sources:
                found += [
                    {"from": source, "to": target, "kind": step.kind, "label": str(step.label)}
                    for target in step.targets
                ]
    return found


def main_way(order, edges, procedure) -> list[str]:
    """The longest way forward in the declared order, by steps that lead onward."""
    at = {code: n for n, code in enumerate(order)}
    ahead = {code: [] for code in order}
    for edge in edges:
        if edge["kind"] == "onward" and at[edge["to"]] > at[edge["from"]]:
            ahead[edge["from"]].append(edge["to"])
    best: dict[str, list[str]] = {}
    for code in reversed(order):
        ways = [best[target] for target in ahead[code]]
        # Among ways of equal length the first declared: procedures name the good end before the bad ones.
        best[code] = [code, *max(ways, key=lambda way: (len(way), -at[way[-1]]), default=[])]
    return best[procedure.initial]


def place(order, main, edges) -> dict[str, dict]:
    boxes = {
        code: {"x": MAIN_X, "y": 4 + n * ROW, "w": MAIN_W, "main": True, "row": n}
        for n, code in enumerate(main)
    }
    taken: set[int] = set()
    for code in order:
        if code in boxes:
            continue
        rows = [
            boxes[e["from"]]["row"] for e in edges if e["to"] == code and boxes.get(e["from"], {}).get("main")
        ]
        row = max(rows, default=len(main) - 1)
        while row in taken:
            row += 1
        taken.add(row)
        boxes[code] = {"x": SIDE_X, "y": 4 + row * ROW, "w": SIDE_W, "main": False, "row": row}
    return boxes


def arrow(edge, boxes, visited) -> dict:
    a, b = boxes[edge["from"]], boxes[edge["to"]]
    walked = edge["from"] in visited and edge["to"] in visited and edge["kind"] == "onward"
    if a["main"] and b["main"] and b["row"] == a["row"] + 1:
        x = a["x"] + a["w"] / 2
        path = f"M{x} {a['y'] + BOX}V{b['y'] - 2}"
    elif a["main"] and b["main"] and b["row"] > a["row"]:
        path = bend(a["x"] + a["w"], a["y"] + BOX / 2 + 6, b["x"] + b["w"], b["y"] + BOX / 2 - 6, 34)
        walked = False
    elif a["main"] and b["main"]:
        path = bend(
            a["x"], a["y"] + BOX / 2, b["x"], b["y"] + BOX / 2 + 8, -30 - 4 * (a["row"] - b["row"] - 1)
        )
    elif not a["main"] and b["main"]:
        edge_of_b = b["x"] + b["w"]
        rise = b["y"] + BOX / 2 + 8
        path = f"M{a['x']} {a['y'] + BOX / 2 + 8}H{edge_of_b + 18}V{rise}H{edge_of_b + 2}"
    else:
        x1, y1, y2 = a["x"] + a["w"], a["y"] + BOX / 2, b["y"] + BOX / 2
        mid = MAIN_X + MAIN_W + 30
        path = f"M{x1} {y1}H{b['x'] - 2}" if y1 == y2 else f"M{x1} {y1}H{mid}V{y2}H{b['x'] - 2}"
    return {"path": path, "css": "done" if walked else edge["kind"], "label": edge["label"]}


def bend(x1, y1, x2, y2, by) -> str:
    end = x2 + (2 if by > 0 else -2)
    return f"M{x1} {y1}C{x1 + by} {y1} {x2 + by} {y2} {end} {y2}"


def spoken(procedure, here: str) -> str:
    if here in procedure.states:
        return _("%(procedure)s: now at “%(state)s”") % {
            "procedure": procedure.label,
            "state": procedure.states[here],
        }
    return str(procedure.label)
