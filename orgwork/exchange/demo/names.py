"""This room is for invented people's names: few family names carry most people, so that namesakes abound as
they do in life. Nobody here exists; ethnicity only shapes the name and, for a minority, an optional
entry.
"""

# ruff: noqa: E501  (tables of words read better whole)

from .chance import Urn

ETHNICITIES = {
    "Thái": 400, "Kinh": 280, "Mông": 225, "Khơ Mú": 32, "Dao": 14, "Hà Nhì": 13, "Lào": 10, "Hoa": 7, "Kháng": 9, "Tày": 10,
}  # fmt: skip
FAMILIES = {
    "Kinh": {
        "Nguyễn": 384, "Trần": 121, "Lê": 95, "Phạm": 70, "Hoàng": 51, "Vũ": 49, "Bùi": 30, "Đặng": 28, "Đỗ": 24, "Phan": 22,
        "Ngô": 18, "Dương": 16, "Lý": 8, "Trịnh": 14, "Đinh": 14, "Mai": 9, "Lương": 10, "Đào": 10, "Cao": 9, "Tạ": 5, "Hà": 8,
        "Lưu": 5, "Chu": 5, "Đoàn": 7, "Phùng": 5, "Quách": 2, "Tô": 3, "Vương": 3, "Kiều": 2, "Thái": 2,
    },
    "Thái": {
        "Lò": 390, "Quàng": 150, "Lường": 130, "Cà": 90, "Tòng": 70, "Vì": 40, "Lù": 26, "Mào": 20, "Điêu": 18, "Bạc": 16,
        "Hoàng": 14, "Cầm": 12, "Lèo": 10, "Khoàng": 8, "Sìn": 6, "Mè": 5, "Nguyễn": 5,
    },
    "Mông": {
        "Giàng": 170, "Vàng": 160, "Sùng": 120, "Thào": 110, "Mùa": 90, "Hạng": 70, "Ly": 60, "Vừ": 50, "Cứ": 40, "Chá": 34,
        "Lầu": 30, "Tráng": 24, "Sình": 20, "Ma": 14, "Hờ": 14, "Phàng": 10, "Và": 8,
    },
    "Khơ Mú": {"Quàng": 60, "Lường": 40, "Lò": 40, "Cút": 14, "Moong": 12, "Tòng": 10},
    "Dao": {"Chẻo": 40, "Tẩn": 36, "Phàn": 26, "Lý": 20, "Lò": 12},
    "Hà Nhì": {"Lỳ": 30, "Pờ": 30, "Chang": 24, "Sừng": 20, "Khoàng": 16, "Vù": 8},
    "Lào": {"Lò": 40, "Lường": 26, "Vì": 14, "Lèo": 10},
    "Hoa": {"Lìu": 14, "Chìu": 10, "Lý": 14, "Hoàng": 10, "Tăng": 6},
    "Kháng": {"Lò": 40, "Quàng": 20, "Lường": 20, "Mè": 8},
    "Tày": {"Hoàng": 26, "Nông": 24, "Lương": 16, "Bế": 8, "Ma": 12, "Lý": 10},
}  # fmt: skip
MIDDLES = {
    ("Kinh", "m"): {"Văn": 300, "Đức": 60, "Quang": 50, "Minh": 50, "Xuân": 40, "Ngọc": 36, "Thanh": 36, "Hữu": 30, "Mạnh": 30,
                    "Tiến": 28, "Đình": 28, "Trung": 20, "Anh": 18, "Duy": 16, "Công": 20, "Bá": 10, "Hồng": 12, "": 10},
    ("Kinh", "f"): {"Thị": 520, "Thị Thu": 50, "Thị Thanh": 40, "Thị Hồng": 36, "Thị Ngọc": 30, "Thị Minh": 24, "Thu": 30,
                    "Thanh": 24, "Ngọc": 24, "Hồng": 20, "Bích": 12, "Thùy": 14, "Phương": 12},
    ("Thái", "m"): {"Văn": 760, "Thanh": 30, "Ngọc": 20, "Quang": 20, "Xuân": 16, "Đức": 10},
    ("Thái", "f"): {"Thị": 900, "Thị Thu": 20, "Thu": 10, "Thị Thanh": 12},
    ("Mông", "m"): {"A": 760, "Chứ": 16, "Súa": 14, "Páo": 14, "Giống": 10, "Nhìa": 10, "Bá": 10, "Minh": 10},
    ("Mông", "f"): {"Thị": 820, "": 40},
}  # fmt: skip
GIVENS = {
    ("Kinh", "m"): "Hùng Dũng Tuấn Cường Nam Long Sơn Hải Bình Minh Quân Thắng Hưng Đức Trung Thành Kiên Hiếu Tùng Linh Khánh Toàn "
                   "Hòa Việt Phong Tiến Chung Quang Huy Đạt Trường Hoàng Vinh Lâm Thịnh Phương Giang Anh Hà Công Nghĩa Thái Duy Tú",
    ("Kinh", "f"): "Hương Lan Hoa Hà Thủy Hạnh Hằng Nga Mai Phương Linh Thảo Trang Huyền Yến Loan Dung Hiền Liên Ngọc Anh Vân Nhung "
                   "Oanh Tuyết Xuân Thanh Hồng Bích Lý Chi Thu Minh Quỳnh Hòa Nguyệt Tâm Thơm Nhàn Thoa Duyên",
    ("Thái", "m"): "Pâng Ón Hặc Thoan Dung Biên Xuân Hải Thành Hùng Phương Tuấn Pản Inh Sơn Dương Cương Hồng Toản Hương Ánh Thương Chựa "
                   "Lả Muôn Thắng Tiến Chiến Quân Trường Đôi Thiên Panh Nọi Chung",
    ("Thái", "f"): "Ón Pâng Hặc Xuân Lả Hoa Thương Phương Hiên Dung Chựa Muôn Thúy Hương Inh Biên Nọi Hồng Tươi Lan Thoa Yên Hà Diệp Thu "
                   "Loan Ánh Dương Hiền Mai Panh",
    ("Mông", "m"): "Dơ Sình Páo Lử Chu Sùng Chua Giàng Dế Thào Nhè Tủa Vàng Sử Dình Chứ Lầu Phử Sếnh Cháng Hồng Dính Sáy Say Thái Sếnh Lềnh "
                   "Khua Nù Của Vừ Dê Trừ",
    ("Mông", "f"): "Mỷ Dợ Chở Sua Pà Dua Mái Xúa Nhìa Dở Vang Say Chía Mảy Ly Sông Cở Cáng Chá Lỳ Dí Sao Ca",
}  # fmt: skip

_ethnicity = Urn(ETHNICITIES.items())
_families = {ethnicity: Urn(table.items()) for ethnicity, table in FAMILIES.items()}
_middles = {key: Urn(table.items()) for key, table in MIDDLES.items()}
# Given names thin out along the list, as Zipf saw it.
_givens = {
    key: Urn((given, 1 / (rank + 4)) for rank, given in enumerate(text.split()))
    for key, text in GIVENS.items()
}
_NEAREST = {
    "Khơ Mú": "Thái",
    "Dao": "Mông",
    "Hà Nhì": "Mông",
    "Lào": "Thái",
    "Hoa": "Kinh",
    "Kháng": "Thái",
    "Tày": "Kinh",
}


def draw_ethnicity(die):
    return _ethnicity.draw(die)


def draw_name(die, ethnicity, sex):
    """Family, middle and given name."""
    style = _NEAREST.get(ethnicity, ethnicity)
    family = _families[ethnicity].draw(die)
    middle = _middles[style, sex].draw(die)
    given = _givens[style, sex].draw(die)
    return family, middle, given


def misspell(die, given):
    """The same name with one slip of the pen, as a clerk would make it."""
    slips = {"ư": "u", "ơ": "o", "â": "a", "ă": "a", "ê": "e", "ô": "o", "đ": "d", "ế": "ê", "ò": "o", "á": "a", "à": "a", "ả": "á",
             "ù": "u", "ý": "y", "ứ": "ư", "ọ": "o", "ú": "u", "ì": "i", "ỷ": "y", "ở": "ơ", "ủ": "u", "ủa": "ua"}  # fmt: skip
    for at, letter in enumerate(given):
        if letter in slips:
            return given[:at] + slips[letter] + given[at + 1 :]
    return given + die.pick("nhg")


VILLAGE_FIRST = (
    "Hồ Nà Huổi Pú Co Nậm Phiêng Tà Pa Mường Noong Bó Hua Ta Chiềng Xá Lọng Tân Đội Púng Pom Sái Cò Na Háng Phì Thẩm Lĩnh Cộng Hát "
    "Lả Nong Thanh Che Ten Ca Tin Bánh Kéo Bua Khá Sen Xôm Liếng"
)
VILLAGE_SECOND = (
    "Mức Hý Luông Cang Có Pục Nghè Chấn Lôm Lốm Sản Đắng Háng Chua Tủa Ban Hin Phay Ten Lanh Nhai Ngám Xa Lếch Cưởm Khum Mon Lói "
    "Chả Hốc Pháy Nhốp Lạnh Sáng Xuân Ngúa Tở Dên Lao Phát Hịa Khoa Củng Liềng Tấu Phủ Nưa Đông Bắc Lươm Bay Kham Mạt Sả Đứa"
)


def village_names(die, count, *, urban):
    """Different names for the villages (bản) or residential groups (tổ dân phố) of one commune."""
    if urban:
        return [("residential_group", f"Tổ dân phố {n}") for n in range(1, count + 1)]
    first, second = VILLAGE_FIRST.split(), VILLAGE_SECOND.split()
    seen, names = set(), []
    while len(names) < count:
        name = f"Bản {die.pick(first)} {die.pick(second)}"
        if name in seen:
            name += f" {die.between(1, 3)}"
        if name not in seen:
            seen.add(name)
            names.append(("village", name))
    return names
