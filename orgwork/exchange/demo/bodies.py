"""This room is for the bodies of the demo: the national outline, a complete province, and what became of
its bodies from 1 January 2020 to 30 June 2025. Days are ordinals; a body's members come later, in
``lives``.
"""

# ruff: noqa: E501  (tables of words read better whole)

from dataclasses import dataclass, field
from datetime import date

from .ground import INVENTED, PROVINCE, lower_first, split_type


def day(year, month, dom):
    return date(year, month, dom).toordinal()


OPENING = day(2020, 1, 1)
CLOSING = day(2025, 6, 30)
SHOWN = day(2024, 5, 1)
TERM = day(2021, 1, 1)

# Kinds whose family is the party's own line: they stand under one another, and only the two last hold
# members.
CELLS = ("cell", "grassroots_cell")


@dataclass(slots=True)
class Span:
    """A value that held from a day up to (not on) another, and the acts that began and ended it."""

    value: object
    since: int
    until: int | None = None
    begun: int | None = None
    ended: int | None = None


@dataclass(slots=True)
class Body:
    n: int
    code: str
    kind: str
    founded: int
    names: list = field(default_factory=list)  # Span of (text, short)
    parents: list = field(default_factory=list)  # Span of body number
    kinds: list = field(default_factory=list)  # Span of kind
    serves: list = field(default_factory=list)  # Span of place number
    ended: int | None = None
    custodian: int | None = None
    office: str = ""  # code of the organisation whose officer keeps this body's records
    community: str = ""  # village, school, office, health, agency, firm, state_firm … for cells
    start: int = 0  # weight of the opening size, 0 for none
    children: int = 0
    low: bool = False  # grows little

    @property
    def parent(self):
        return self.parents[-1].value

    @property
    def name(self):
        return self.names[-1].value[0]


@dataclass(slots=True)
class BodyAct:
    """Something that was decided about bodies on a day: founded, renamed, moved, ended."""

    day: int
    verb: str
    body: int
    other: int | None = None  # new parent, absorbing body, body the first members come from
    text: str = ""
    cause: int | None = None
    size: int = 0


class Skeleton:
    def __init__(self, ground):
        self.ground = ground
        self.bodies = []
        self.by_code = {}
        self.acts = []

    def add(self, kind, text, short, parent, founded, *, code=None, serves=None, block="1", **more):
        """A body under its parent; its code continues the parent's unless it has an area's own."""
        above = self.bodies[parent] if parent is not None else None
        if code is None:
            code = self.next_code(above, block)
        if above is not None:
            founded = max(founded, above.founded)
        body = Body(len(self.bodies), code, kind, founded, **more)
        body.names.append(Span((text, short), founded))
        body.kinds.append(Span(kind, founded))
        if parent is not None:
            body.office = body.office or above.office
        body.parents.append(Span(parent, founded))
        if serves is not None:
            body.serves.append(Span(serves, founded))
        self.bodies.append(body)
        self.by_code[code] = body
        return body

    def next_code(self, above, block):
        """Two digits for what belongs to the leading body itself and for cells, three for grassroots bodies
        of a district.
        """
        start = {"0": 1, "2": 21, "3": 31, "5": 51, "1": 61, "g": 101}[block]
        width = 2 if start < 100 else 3
        key = (above.code, block)
        self._last = getattr(self, "_last", {})
        number = self._last[key] = self._last.get(key, start - 1) + 1
        return f"{above.code}.{number:0{width}d}"

    def __getitem__(self, n):
        return self.bodies[n]


# -- the national outline
# -------------------------------------------------------------------------------------------

_FOUNDED = {  # districts of Điện Biên, and the province, as far as public
    "11": day(1949, 10, 10), "094": day(1992, 4, 18), "095": day(1971, 10, 8), "096": day(2002, 1, 14),
    "097": day(1955, 5, 7), "098": day(1955, 5, 7), "099": day(1955, 5, 7), "100": day(1955, 5, 7), "101": day(1995, 10, 7),
    "102": day(2006, 11, 14), "103": day(2012, 8, 25),
}  # fmt: skip


def outline(skeleton, die):
    """The whole party, its central bodies, and 63 provincial organisations with two bodies each."""
    add = skeleton.add
    top = add("whole_party", "Đảng Cộng sản Việt Nam", "Đảng", None, day(1930, 2, 3), code="TW", office="TW")
    add("congress", "Đại hội đại biểu toàn quốc", "Đại hội", top.n, top.founded, block="0")
    centre = add("executive_committee", "Ban Chấp hành Trung ương", "BCHTW", top.n, top.founded, block="0")
    add("standing_committee", "Bộ Chính trị", "BCT", top.n, top.founded, block="0")
    add("standing_board", "Ban Bí thư", "BBT", top.n, top.founded, block="0")
    add("inspection_commission", "Ủy ban Kiểm tra Trung ương", "UBKTTW", top.n, day(1948, 10, 16), block="0")
    for kind, text, short, founded in (
        ("organisation_committee", "Ban Tổ chức Trung ương", "BTCTW", day(1930, 10, 14)),
        ("propaganda_committee", "Ban Tuyên giáo Trung ương", "BTGTW", day(1930, 8, 1)),
        ("mass_mobilisation_committee", "Ban Dân vận Trung ương", "BDVTW", day(1930, 10, 15)),
        ("internal_affairs_committee", "Ban Nội chính Trung ương", "BNCTW", day(2012, 12, 28)),
        ("office", "Văn phòng Trung ương Đảng", "VPTW", day(1930, 10, 18)),
    ):
        add(kind, text, short, top.n, founded, block="2")
    for text, short, founded in (
        ("Đảng bộ Khối các cơ quan Trung ương", "Khối CQTW", day(2007, 4, 12)),
        ("Đảng bộ Khối Doanh nghiệp Trung ương", "Khối DNTW", day(2007, 4, 12)),
        ("Đảng bộ Ngoài nước", "Ngoài nước", day(1999, 9, 1)),
    ):
        add("central_party_organisation", text, short, top.n, founded)
    for place in skeleton.ground.under("VN"):
        kind, rest = split_type(place.name)
        founded = _FOUNDED.get(place.code) or day(1930, 3, 1) + die.below(20 * 365)
        committee = "Thành ủy" if kind == "thành phố" else "Tỉnh ủy"
        body = add("provincial_party_organisation", f"Đảng bộ {lower_first(place.name)}", rest, top.n, founded,
                   code=place.code, serves=place.n, office=place.code)  # fmt: skip
        add(
            "executive_committee",
            f"Ban Chấp hành Đảng bộ {lower_first(place.name)}",
            "BCH",
            body.n,
            founded,
            block="0",
        )
        if place.code != PROVINCE:
            add(
                "organisation_committee", f"Ban Tổ chức {committee} {rest}", "BTC", body.n, founded, block="2"
            )
    return centre


# -- a complete province
# ----------------------------------------------------------------------------------------------

_UNIONS = (
    ("front", "Ủy ban Mặt trận Tổ quốc Việt Nam {x}", "MTTQ"),
    ("youth_union", "Đoàn Thanh niên Cộng sản Hồ Chí Minh {x}", "Đoàn TN"),
    ("womens_union", "Hội Liên hiệp Phụ nữ {x}", "Hội LHPN"),
    ("farmers_union", "Hội Nông dân {x}", "Hội ND"),
    ("veterans_union", "Hội Cựu chiến binh {x}", "Hội CCB"),
)
_PROVINCIAL_AGENCIES = (
    ("organisation_committee", "Ban Tổ chức Tỉnh ủy", "BTC",
     ("Phòng Tổ chức cơ sở đảng, đảng viên", "Phòng Tổ chức cán bộ", "Phòng Chính sách và Bảo vệ chính trị nội bộ", "Văn phòng Ban")),
    ("inspection_agency", "Cơ quan Ủy ban Kiểm tra Tỉnh ủy", "CQ UBKT", ("Văn phòng", "Phòng Nghiệp vụ I", "Phòng Nghiệp vụ II")),
    ("propaganda_committee", "Ban Tuyên giáo Tỉnh ủy", "BTG", ("Văn phòng Ban", "Phòng Tuyên truyền, Báo chí - Xuất bản", "Phòng Khoa giáo")),
    ("mass_mobilisation_committee", "Ban Dân vận Tỉnh ủy", "BDV", ("Văn phòng Ban", "Phòng Dân vận các cơ quan nhà nước")),
    ("internal_affairs_committee", "Ban Nội chính Tỉnh ủy", "BNC", ("Văn phòng Ban", "Phòng Nghiệp vụ")),
    ("office", "Văn phòng Tỉnh ủy", "VPTU",
     ("Phòng Tổng hợp", "Phòng Hành chính - Tiếp dân", "Phòng Quản trị", "Phòng Cơ yếu - Công nghệ thông tin", "Phòng Tài chính đảng")),
)  # fmt: skip
_STATE_AGENCIES = (
    "Sở Nội vụ", "Sở Giáo dục và Đào tạo", "Sở Y tế", "Sở Nông nghiệp và Phát triển nông thôn", "Sở Kế hoạch và Đầu tư",
    "Sở Giao thông vận tải", "Sở Xây dựng", "Sở Tư pháp", "Sở Công Thương", "Sở Văn hóa, Thể thao và Du lịch",
    "Sở Tài nguyên và Môi trường", "Sở Khoa học và Công nghệ", "Sở Thông tin và Truyền thông", "Sở Lao động, Thương binh và Xã hội",
    "Ban Dân tộc tỉnh", "Thanh tra tỉnh",
)  # fmt: skip


def committees(skeleton, body, where, *, standing=True, board=False, inspection=True):
    add, founded = skeleton.add, body.founded
    made = [add("executive_committee", f"Ban Chấp hành Đảng bộ {where}", "BCH", body.n, founded, block="0")]
    if standing:
        made.append(
            add("standing_committee", f"Ban Thường vụ Đảng bộ {where}", "BTV", body.n, founded, block="0")
        )
    if board:
        made.append(add("standing_board", f"Thường trực Đảng bộ {where}", "TT", body.n, founded, block="0"))
    if inspection:
        made.append(
            add(
                "inspection_commission",
                f"Ủy ban Kiểm tra Đảng ủy {where}",
                "UBKT",
                body.n,
                founded,
                block="0",
            )
        )
    return made


def province(skeleton, ground):
    """The committees, agencies, state bodies and unions of the province of Điện Biên itself."""
    add, body = skeleton.add, skeleton.by_code[PROVINCE]
    old = body.founded
    add("standing_committee", "Ban Thường vụ Tỉnh ủy Điện Biên", "BTV", body.n, old, block="0")
    add("standing_board", "Thường trực Tỉnh ủy Điện Biên", "TT", body.n, old, block="0")
    add("inspection_commission", "Ủy ban Kiểm tra Tỉnh ủy Điện Biên", "UBKT", body.n, old, block="0")
    add(
        "congress",
        "Đại hội đại biểu Đảng bộ tỉnh Điện Biên lần thứ XIV",
        "Đại hội XIV",
        body.n,
        day(2020, 10, 13),
        block="0",
    )
    for kind, text, short, rooms in _PROVINCIAL_AGENCIES:
        agency = add(kind, f"{text} Điện Biên", short, body.n, max(old, day(1962, 12, 27)), block="2")
        for room in rooms:
            add("department", f"{room}, {text}", room, agency.n, agency.founded, block="0")
    add("newspaper", "Báo Điện Biên Phủ", "Báo", body.n, day(1952, 12, 25), block="2")
    add(
        "political_school",
        "Trường Chính trị tỉnh Điện Biên",
        "Trường Chính trị",
        body.n,
        day(1958, 5, 3),
        block="2",
    )
    where = "tỉnh Điện Biên"
    add(
        "peoples_council",
        f"Hội đồng nhân dân {where}",
        "HĐND",
        body.n,
        old,
        block="3",
        serves=ground.by_code[PROVINCE].n,
    )
    committee = add("peoples_committee", f"Ủy ban nhân dân {where}", "UBND", body.n, old, block="3",
                    serves=ground.by_code[PROVINCE].n)  # fmt: skip
    add("court", f"Tòa án nhân dân {where}", "TAND", body.n, old, block="3")
    add("procuracy", f"Viện kiểm sát nhân dân {where}", "VKSND", body.n, day(1960, 7, 26), block="3")
    add("finance_office", f"Sở Tài chính {where}", "STC", committee.n, old, block="3")
    for text in _STATE_AGENCIES:
        add("state_agency", f"{text} Điện Biên", text, committee.n, old, block="3")
    for kind, text, short in (*_UNIONS, ("trade_union", "Liên đoàn Lao động {x}", "LĐLĐ")):
        add(kind, text.format(x=where), short, body.n, old, block="5")
    return body


def districts(skeleton, ground, codes, *, share=1):
    """The district organisations with everything that stands beside them; ``share`` of their agencies'
    cells.
    """
    add = skeleton.add
    for code in codes:
        place = ground.by_code[code]
        kind, rest = split_type(place.name)
        where, committee = (
            lower_first(place.name),
            {"huyện": "Huyện ủy", "thị xã": "Thị ủy", "thành phố": "Thành ủy"}[kind],
        )
        top = skeleton.by_code[PROVINCE]
        body = add(
            "district_party_organisation",
            f"Đảng bộ {where}",
            rest,
            top.n,
            _FOUNDED[code],
            code=code,
            serves=place.n,
            office=code,
        )
        old = body.founded
        add("executive_committee", f"Ban Chấp hành Đảng bộ {where}", "BCH", body.n, old, block="0")
        add("standing_committee", f"Ban Thường vụ {committee} {rest}", "BTV", body.n, old, block="0")
        add("standing_board", f"Thường trực {committee} {rest}", "TT", body.n, old, block="0")
        add("inspection_commission", f"Ủy ban Kiểm tra {committee} {rest}", "UBKT", body.n, old, block="0")
        for agency, text, short in (
            ("organisation_committee", "Ban Tổ chức", "BTC"), ("propaganda_committee", "Ban Tuyên giáo", "BTG"),
            ("mass_mobilisation_committee", "Ban Dân vận", "BDV"), ("office", "Văn phòng", "VP"),
            ("inspection_agency", "Cơ quan Ủy ban Kiểm tra", "CQ UBKT"),
        ):  # fmt: skip
            add(agency, f"{text} {committee} {rest}", short, body.n, old, block="2")
        add(
            "political_centre",
            f"Trung tâm Chính trị {where}",
            "TTCT",
            body.n,
            max(old, day(1995, 6, 3)),
            block="2",
        )
        add("peoples_council", f"Hội đồng nhân dân {where}", "HĐND", body.n, old, block="3", serves=place.n)
        people = add(
            "peoples_committee", f"Ủy ban nhân dân {where}", "UBND", body.n, old, block="3", serves=place.n
        )
        add("court", f"Tòa án nhân dân {where}", "TAND", body.n, old, block="3")
        add(
            "procuracy",
            f"Viện kiểm sát nhân dân {where}",
            "VKSND",
            body.n,
            max(old, day(1960, 7, 26)),
            block="3",
        )
        add("finance_office", f"Phòng Tài chính - Kế hoạch {where}", "TC-KH", people.n, old, block="3")
        for union, text, short in (*_UNIONS, ("trade_union", "Liên đoàn Lao động {x}", "LĐLĐ")):
            add(union, text.format(x=where), short, body.n, old, block="5")
        agencies(skeleton, ground, body, place, share)


_AGENCY_CELLS = (
    "Tòa án nhân dân", "Viện kiểm sát nhân dân", "Phòng Tài chính - Kế hoạch", "Kho bạc Nhà nước", "Bảo hiểm xã hội",
    "Chi cục Thi hành án dân sự", "Hạt Kiểm lâm", "Ngân hàng Chính sách xã hội", "Trung tâm Văn hóa - Truyền thanh", "Chi cục Thuế",
)  # fmt: skip
_AGENCY_ORGANISATIONS = (
    (
        "Cơ quan Đảng, đoàn thể",
        ("Văn phòng", "Ban Tổ chức", "Ban Tuyên giáo và Dân vận", "Mặt trận và đoàn thể"),
    ),
    (
        "Cơ quan chính quyền",
        ("Văn phòng HĐND - UBND", "Phòng Nội vụ", "Phòng Nông nghiệp", "Phòng Kinh tế và Hạ tầng"),
    ),
    ("Trung tâm Y tế", ("Khoa Nội", "Khoa Ngoại", "Hành chính - Dự phòng")),
    ("Trường THPT", ("Tổ Tự nhiên", "Tổ Xã hội", "Tổ Văn phòng")),
    ("Trung tâm GDNN - GDTX", ("Tổ Dạy nghề", "Tổ Văn hóa", "Tổ Hành chính")),
)


def some(texts, share):
    """The first of a list, for stories smaller than a province."""
    return texts[: max(2, round(len(texts) * share))]


def agencies(skeleton, ground, body, place, share):
    """Grassroots cells and organisations at a district's agencies, hospital and schools."""
    rest, where = split_type(place.name)[1], lower_first(place.name)
    for text in some(_AGENCY_CELLS, share):
        spot = ground.add(
            INVENTED,
            f"{place.code}-A{len(ground.children.get(place.n, [])):03d}",
            "agency",
            f"{text} {where}",
            text,
            place.n,
        )
        skeleton.add(
            "grassroots_cell",
            f"Chi bộ {text} {where}",
            text,
            body.n,
            body.founded,
            serves=spot.n,
            community="agency",
            start=13,
            block="g",
        )
    for text, rooms in some(_AGENCY_ORGANISATIONS, share):
        kind = "school" if text.startswith("Trường") else "agency"
        spot = ground.add(
            INVENTED,
            f"{place.code}-A{len(ground.children.get(place.n, [])):03d}",
            kind,
            f"{text} {rest}",
            text,
            place.n,
        )
        organisation(
            skeleton, body, f"{text} {rest}", text, rooms, spot, "school" if kind == "school" else "agency"
        )


def organisation(skeleton, body, text, short, rooms, spot, community, start=15):
    """A grassroots organisation with its committee and cells."""
    made = skeleton.add(
        "grassroots_party_organisation",
        f"Đảng bộ {text}",
        short,
        body.n,
        body.founded,
        serves=spot.n,
        block="g",
    )
    committees(skeleton, made, text, standing=False)
    for room in rooms:
        skeleton.add(
            "cell", f"Chi bộ {room}, {text}", room, made.n, made.founded, community=community, start=start
        )
    return made


def communes(skeleton, ground, places, die, *, late=None):
    """Commune organisations with committees, state bodies, unions and the cells of villages, schools,
    offices.

    ``late`` holds the villages whose cell is founded in the course of the story, with the day.
    """
    late = late or {}
    add, low = skeleton.add, {place.n for place in die.take(places, len(places) * 2 // 5)}
    for place in places:
        where, (kind, rest) = lower_first(place.name), split_type(place.name)
        district = skeleton.by_code[ground.places[place.parent].code]
        body = add("grassroots_party_organisation", f"Đảng bộ {where}", rest, district.n, day(1960, 1, 1) + die.below(9000),
                   code=place.code, serves=place.n)  # fmt: skip

        def old(days, since=body.founded):
            return min(since + die.below(days), day(2018, 6, 1))

        committees(skeleton, body, where)
        add(
            "peoples_council",
            f"Hội đồng nhân dân {where}",
            "HĐND",
            body.n,
            body.founded,
            block="3",
            serves=place.n,
        )
        add(
            "peoples_committee",
            f"Ủy ban nhân dân {where}",
            "UBND",
            body.n,
            body.founded,
            block="3",
            serves=place.n,
        )
        for union, text, short in _UNIONS:
            add(union, text.format(x=where), short, body.n, body.founded, block="5")
        for village in ground.villages(place):
            founded = late[village.n] if village.n in late else old(7000)
            add("cell", f"Chi bộ {village.name[0].lower()}{village.name[1:]}", village.short, body.n, founded, serves=village.n,
                community="village", start=0 if village.n in late else die.between(9, 17), low=place.n in low)  # fmt: skip
        for text in ("Trường Mầm non", "Trường Tiểu học", "Trường THCS"):
            spot = ground.add(
                INVENTED,
                f"{place.code}-S{len(ground.children.get(place.n, [])):02d}",
                "school",
                f"{text} {rest}",
                text,
                place.n,
            )
            add("cell", f"Chi bộ {text} {rest}", text, body.n, old(5000), serves=spot.n,
                community="school", start=die.between(11, 19), low=place.n in low)  # fmt: skip
        spot = ground.add(
            INVENTED,
            f"{place.code}-S{len(ground.children.get(place.n, [])):02d}",
            "agency",
            f"Cơ quan {where}",
            "Cơ quan",
            place.n,
        )
        add(
            "cell",
            f"Chi bộ Cơ quan {where}",
            f"Cơ quan {kind}",
            body.n,
            body.founded,
            serves=spot.n,
            community="office",
            start=die.between(14, 19),
        )
        spot = ground.add(
            INVENTED,
            f"{place.code}-S{len(ground.children.get(place.n, [])):02d}",
            "agency",
            f"Trạm Y tế {where}",
            "Trạm Y tế",
            place.n,
        )
        add("cell", f"Chi bộ Trạm Y tế {where}", "Trạm Y tế", body.n, old(3000), serves=spot.n,
            community="health", start=8)  # fmt: skip


_BLOC_CELLS = (
    "Liên minh Hợp tác xã", "Hội Văn học Nghệ thuật", "Hội Nhà báo", "Hội Chữ thập đỏ", "Hội Luật gia", "Đài Khí tượng Thủy văn",
    "Cục Thống kê", "Cục Quản lý thị trường", "Quỹ Đầu tư phát triển", "Trung tâm Xúc tiến đầu tư", "Ban Quản lý dự án giao thông",
    "Ban Quản lý dự án dân dụng", "Bảo tàng Chiến thắng", "Thư viện tỉnh", "Trung tâm Phục vụ hành chính công", "Chi cục Hải quan",
    "Trung tâm Khuyến nông", "Ban Tôn giáo", "Chi cục Kiểm lâm", "Trung tâm Kiểm soát bệnh tật",
)  # fmt: skip
_BLOC_ORGANISATIONS = (
    *_STATE_AGENCIES, "Báo Điện Biên Phủ", "Đài Phát thanh - Truyền hình", "Trường Cao đẳng Sư phạm", "Trường Cao đẳng Nghề",
    "Bệnh viện Đa khoa tỉnh", "Bệnh viện Y học cổ truyền", "Văn phòng Tỉnh ủy", "Viện kiểm sát nhân dân tỉnh", "Tòa án nhân dân tỉnh",
    "Trường THPT Chuyên Lê Quý Đôn",
)  # fmt: skip
_STATE_FIRMS = (
    "Công ty Điện lực Điện Biên", "Công ty Cổ phần Cấp nước Điện Biên", "Bưu điện tỉnh", "Viễn thông Điện Biên", "Công ty Xăng dầu Điện Biên",
    "Công ty Xổ số kiến thiết", "Công ty Thủy nông Điện Biên", "Công ty Môi trường đô thị", "Công ty Quản lý đường bộ", "Ngân hàng Nông nghiệp tỉnh",
    "Ngân hàng Đầu tư tỉnh", "Công ty Cao su Điện Biên", "Công ty Thủy điện Nậm Mức", "Bến xe khách tỉnh",
)  # fmt: skip


def bloc(skeleton, ground, *, share=1):
    """The bloc organisation of the province's agencies and firms."""
    top = skeleton.by_code[PROVINCE]
    body = skeleton.add("bloc_party_organisation", "Đảng bộ Khối các cơ quan và doanh nghiệp tỉnh Điện Biên", "Khối CQ&DN", top.n,
                        day(2004, 1, 1), office="11.61")  # fmt: skip
    add, home = skeleton.add, ground.by_code["03133"]
    for kind, text, short in (
        ("executive_committee", "Ban Chấp hành Đảng bộ Khối các cơ quan và doanh nghiệp tỉnh", "BCH"),
        ("standing_committee", "Ban Thường vụ Đảng ủy Khối các cơ quan và doanh nghiệp tỉnh", "BTV"),
        ("standing_board", "Thường trực Đảng ủy Khối các cơ quan và doanh nghiệp tỉnh", "TT"),
        ("inspection_commission", "Ủy ban Kiểm tra Đảng ủy Khối các cơ quan và doanh nghiệp tỉnh", "UBKT"),
    ):
        add(kind, text, short, body.n, body.founded, block="0")
    for kind, text, short in (
        ("organisation_committee", "Ban Tổ chức Đảng ủy Khối các cơ quan và doanh nghiệp tỉnh", "BTC"),
        ("office", "Văn phòng Đảng ủy Khối các cơ quan và doanh nghiệp tỉnh", "VP"),
    ):
        add(kind, text, short, body.n, body.founded, block="2")
    for nr, text in enumerate(some(_BLOC_CELLS, share), 1):
        spot = ground.add(INVENTED, f"11-A{nr:03d}", "agency", text, text, home.n)
        add(
            "grassroots_cell",
            f"Chi bộ {text}",
            text,
            body.n,
            body.founded,
            serves=spot.n,
            community="agency",
            start=14,
            block="g",
        )
    for nr, text in enumerate(some(_BLOC_ORGANISATIONS, share), 101):
        school = text.startswith("Trường")
        spot = ground.add(INVENTED, f"11-A{nr:03d}", "school" if school else "agency", text, text, home.n)
        rooms = ("Văn phòng", "Nghiệp vụ I", "Nghiệp vụ II", "Đơn vị trực thuộc", "Thanh tra - Pháp chế")
        if school:
            rooms = ("Phòng Tổ chức - Hành chính", "Khoa Tự nhiên", "Khoa Xã hội", "Sinh viên - Học sinh")
        organisation(skeleton, body, text, text, rooms, spot, "school" if school else "agency")
    for nr, text in enumerate(some(_STATE_FIRMS, share), 1):
        spot = ground.add(INVENTED, f"11-N{nr:03d}", "firm", text, text, home.n, "state")
        add(
            "grassroots_cell",
            f"Chi bộ {text}",
            text,
            body.n,
            body.founded,
            serves=spot.n,
            community="state_firm",
            start=15,
            block="g",
        )
    return body


def further(skeleton, ground, count):
    """Other provinces' districts, communes and cells, four to a commune, until so many bodies have been
    added.
    """
    until = len(skeleton.bodies) + count
    for province in ground.under("VN"):
        if province.code == PROVINCE:
            continue
        top = skeleton.by_code[province.code]
        for place in ground.under(province.code):
            district = skeleton.add(
                "district_party_organisation", f"Đảng bộ {lower_first(place.name)}", place.short, top.n, top.founded,
                code=place.code, serves=place.n,
            )  # fmt: skip
            for commune in ground.under(place.code):
                where = lower_first(commune.name)
                body = skeleton.add(
                    "grassroots_party_organisation", f"Đảng bộ {where}", commune.short, district.n, district.founded,
                    code=commune.code, serves=commune.n,
                )  # fmt: skip
                for nr in range(1, 5):
                    name = f"Chi bộ số {nr}, {where}"
                    skeleton.add("cell", name, f"Số {nr}", body.n, body.founded, community="other", start=20)
                if len(skeleton.bodies) >= until:
                    return


_FIRM_WORDS = (
    "Hoàng Anh", "Mường Thanh", "Sơn Lâm", "Tây Bắc", "Phú Thịnh", "Hồng Ngọc", "Trường Thọ", "Thanh Bình", "Nam Rốm", "Đại Phát", "An Phúc",
    "Minh Đức", "Tân Tiến", "Hải Linh", "Thành Công", "Bảo Long", "Ban Trắng", "Him Lam", "Pha Đin", "Hưng Thịnh", "Quang Minh", "Việt Trung",
)  # fmt: skip
_FIRM_TRADES = (
    "Xây dựng", "Thương mại", "Vận tải", "Chế biến nông sản", "Du lịch", "Vật liệu xây dựng", "Dược phẩm", "Thủy điện", "Cà phê", "Mắc ca", "Cơ khí", "May mặc",
)  # fmt: skip


def firms(ground, communes_, die, count):
    """Private firms, most of them without an organisation."""
    made = []
    names = [f"Công ty TNHH {trade} {word}" for word in _FIRM_WORDS for trade in _FIRM_TRADES]
    for nr, name in enumerate(die.take(names, count), 1):
        # Every third firm sits in the city, whose communes come first.
        home = communes_[die.below(min(12, len(communes_)))] if die.chance(0.35) else die.pick(communes_)
        made.append(
            ground.add(
                INVENTED, f"11-P{nr:03d}", "firm", name, name.removeprefix("Công ty TNHH "), home.n, "private"
            )
        )
    return made


def firm_cell(skeleton, ground, firm, founded, start):
    """A grassroots cell at a private firm: in the bloc for every third, else in the district where the firm
    sits.
    """
    commune = ground.places[firm.parent]
    district = ground.places[commune.parent]
    parent = skeleton.by_code["11.61" if firm.n % 3 == 0 else district.code]
    return skeleton.add("grassroots_cell", f"Chi bộ {firm.name}", firm.short, parent.n, founded, serves=firm.n,
                        community="firm", start=start, block="g")  # fmt: skip
