"""This room is for the ground the demo stands on: the real territories of 30 June 2025, invented villages,
firms, schools.
"""

import csv
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from .chance import share_out
from .names import village_names

DATA = Path(__file__).parent / "data"
OFFICIAL = "GSO-2024"  # the official list as of 30 June 2025
INVENTED = "demo"
PROVINCE = "11"
VILLAGES = 1446
SINCE = date(1945, 9, 2).toordinal()


@dataclass(slots=True)
class Place:
    """An area: a territory, a village, a firm, a school, an agency."""

    n: int
    code_list: str
    code: str
    kind: str
    name: str
    short: str
    parent: int | None
    since: int = SINCE
    ownership: str = ""


def level(code):
    return {2: "province", 3: "district", 5: "commune"}[len(code)]


@cache
def territories():
    """Code, name and parent's code of 63 provinces, 696 districts and 10,035 communes."""
    with open(DATA / "territories.csv", encoding="utf-8", newline="") as file:
        return tuple((row["code"], row["name"], row["parent"]) for row in csv.DictReader(file))


_TYPES = (
    "Thành phố",
    "Tỉnh",
    "Thị xã",
    "Thị Xã",
    "Thị trấn",
    "Thị Trấn",
    "Huyện",
    "Quận",
    "Phường",
    "Xã",
    "Đặc khu",
)


def split_type(name):
    """'Huyện Mường Nhé' → ('huyện', 'Mường Nhé'): the type is written small inside a body's name."""
    for kind in _TYPES:
        if name.startswith(kind + " "):
            return kind.lower(), name[len(kind) + 1 :]
    return "", name


def lower_first(name):
    kind, rest = split_type(name)
    return f"{kind} {rest}" if kind else name


class Ground:
    """All places, found by number or by official code."""

    def __init__(self):
        self.places = []
        self.by_code = {}
        self.children = {}
        root = self.add(OFFICIAL, "VN", "country", "Việt Nam", "Việt Nam", None)
        for code, name, parent in territories():
            above = self.by_code[parent].n if parent else root.n
            self.add(OFFICIAL, code, level(code), name, split_type(name)[1], above)

    def add(self, code_list, code, kind, name, short, parent, ownership=""):
        place = Place(len(self.places), code_list, code, kind, name, short, parent, SINCE, ownership)
        self.places.append(place)
        self.by_code[code] = place
        if parent is not None:
            self.children.setdefault(parent, []).append(place)
        return place

    def under(self, code):
        return self.children.get(self.by_code[code].n, [])

    def is_urban(self, commune):
        return split_type(commune.name)[0] in ("phường", "thị trấn")

    def settle(self, die, communes, count):
        """Invented villages and residential groups, shared out over the communes: wards and remote communes
        have fewer.
        """
        weights = [(0.7 if self.is_urban(commune) else 1.0) * (0.6 + die.random()) for commune in communes]
        for commune, villages in zip(communes, share_out(count, weights, least=4), strict=True):
            for nr, (kind, name) in enumerate(village_names(die, villages, urban=self.is_urban(commune)), 1):
                short = name.split(" ", 1)[1] if kind == "village" else name
                self.add(INVENTED, f"{commune.code}-{nr:02d}", kind, name, short, commune.n)

    def villages(self, commune):
        return [p for p in self.children.get(commune.n, []) if p.kind in ("village", "residential_group")]
