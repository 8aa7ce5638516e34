"""This room is for resolutions read as planned changes: the real ones exactly, and others' sentences."""

import csv
from pathlib import Path

import pytest

from orgwork.exchange.texts.resolutions import changes

GOLD = Path(__file__).parent / "gold"


def read(name):
    text = (GOLD / name).read_text("utf-8")
    return text, changes(text)


@pytest.mark.parametrize(
    "name", ["1661_NQ-UBTVQH15", "1678_NQ-UBTVQH15", "1679_NQ-UBTVQH15", "1680_NQ-UBTVQH15"]
)
def test_a_real_resolution_comes_out_as_the_table_of_mergers_says(name):
    _text, found = read(f"{name}.md")
    said = {
        (one.clause, f"{one.new_type} {one.new_name}".lower(), f"{old.type} {old.name}".lower(), old.part)
        for one in found
        for old in one.old
    }
    with (GOLD / "mergers_2025.csv").open(encoding="utf-8") as rows:
        wanted = {
            (row["article_clause"], row["new_name"].lower(), row["old_name"].lower(), row["kind"])
            for row in csv.DictReader(rows)
            if row["resolution"].startswith(name.split("_")[0])
        }
    assert said == wanted


def test_a_change_stands_where_its_clause_stands():
    text, found = read("1661_NQ-UBTVQH15.md")
    assert text[found[0].start : found[0].end].startswith("1\\. Sắp xếp toàn bộ")
    assert found[0].clause == "Điều 1 khoản 1"


ALL = "toàn bộ diện tích tự nhiên, quy mô dân số"


@pytest.mark.parametrize(
    ("clause", "new", "old"),
    [
        (
            f"Thành lập đặc khu Lý Sơn trên cơ sở {ALL} của huyện Lý Sơn.",
            "đặc khu Lý Sơn",
            ["huyện Lý Sơn||whole"],
        ),
        (
            f"Sắp xếp {ALL} của xã A, một phần diện tích tự nhiên và toàn bộ quy mô dân số của xã B"
            " thành xã mới có tên gọi là xã C.",
            "xã C",
            ["xã A||whole", "xã B||part_area_all_population"],
        ),
        (
            "Sắp xếp toàn bộ diện tích tự nhiên của xã G và phần quy mô dân số còn lại của xã H"
            " thành phường mới có tên gọi là phường Đ.",
            "phường Đ",
            ["xã G||all_area_no_population", "xã H||remainder_population_only"],
        ),
        ("Đổi tên xã Q thành xã R.", "xã R", ["xã Q||renamed"]),
        (
            f"Sắp xếp {ALL} của Phường 2 và Phường 3 (thị xã Quảng Trị), phườngAn Đôn"
            " thành phường mới có tên gọi là phường Quảng Trị.",
            "phường Quảng Trị",
            ["phường 2|thị xã Quảng Trị|whole", "phường 3|thị xã Quảng Trị|whole", "phường An Đôn||whole"],
        ),
        (
            # Lost and doubled words of real copies: "[của] các xã", "của của".
            f"Sắp xếp {ALL} của của thị trấn A, một phần diện tích tự nhiên, quy mô dân số các xã B, C"
            " và phần còn lại của các xã D, E sau khi sắp xếp theo quy định tại khoản 5 và khoản 6 Điều này"
            " thành xã mới có tên gọi là xã A.",
            "xã A",
            ["thị trấn A||whole", "xã B||part", "xã C||part", "xã D||remainder", "xã E||remainder"],
        ),
        (
            f"Sắp xếp {ALL} phường A B và xã C D thành phường mới có tên gọi là phường A B.",
            "phường A B",
            ["phường A B||whole", "xã C D||whole"],
        ),
        (
            "Sắp xếp phần còn lại của xã A và xã B sau khi sắp xếp theo quy định tại khoản 67 Điều này"
            " thành xã mới có tên gọi là xã B.",
            "xã B",
            ["xã A||remainder", "xã B||remainder"],
        ),
        (
            f"Sắp xếp {ALL} của Phường 1 và Phường 3 ( thành phố T ), Phường IV, một phần diện tích tự nhiên,"
            " quy mô dân số của xã P (huyện H), xã Suối Q thành phường mới có tên gọi là phường T 1.",
            "phường T 1",
            [
                "phường 1|thành phố T|whole",
                "phường 3|thành phố T|whole",
                "phường IV||whole",
                "xã P|huyện H|part",
                "xã Suối Q||part",
            ],
        ),
        (
            f"Sắp xếp {ALL} của phường D, phường T và các xã Tơ, Ninh thành đặc khu có tên gọi là đặc khu P.",
            "đặc khu P",
            ["phường D||whole", "phường T||whole", "xã Tơ||whole", "xã Ninh||whole"],
        ),
        ("Sắp xếp nguyên trạng huyện H thành đặc khu lấy tên là đặc khu H.", "đặc khu H", ["huyện H||whole"]),
        ("Chuyển huyện H thành đặc khu có tên gọi là đặc khu H.", "đặc khu H", ["huyện H||whole"]),
        (f"Nhập {ALL} của phường A vào phường B.", "phường B", ["phường A||whole", "phường B||whole"]),
        (
            f"Nhập {ALL} của phường A vào phường B. Sau khi nhập, phường B đổi tên thành phường C.",
            "phường C",
            ["phường A||whole", "phường B||whole"],
        ),
        (
            f"Sắp xếp {ALL} của các xã Ea K, Ea M'n và thị trấn M'Đr thành xã mới có tên gọi là xã M’Dr.",
            "xã M’Dr",
            ["xã Ea K||whole", "xã Ea M'n||whole", "thị trấn M'Đr||whole"],
        ),
        (
            f"Sắp xếp {ALL} của xã I và khu vực trường bắn quốc gia thành xã mới có tên gọi là xã I.",
            "xã I",
            ["xã I||whole", " khu vực trường bắn quốc gia||unincorporated_area"],
        ),
    ],
)
def test_sentences_that_other_provinces_use(clause, new, old):
    (found,) = changes(f"Điều 1. Sắp xếp\n1. {clause}\nĐiều 2. Hiệu lực\n1. Nghị quyết này có hiệu lực.")
    assert f"{found.new_type} {found.new_name}" == new
    assert [f"{one.type} {one.name}|{one.district}|{one.part}" for one in found.old] == old


@pytest.mark.parametrize(
    ("said", "names"),
    [
        (
            "trong đó có 131 xã, 15 phường hình thành sau sắp xếp quy định tại Điều này và 02 xã không thực"
            " hiện sắp xếp là xã A, xã B (huyện Y).",
            ["xã A", "xã B"],
        ),
        ("và 04 đơn vị hành chính cấp xã không thực hiện sắp xếp là phường A, các xã B, C D.",
         ["phường A", "xã B", "xã C D"]),
        ("và 03 xã không sắp xếp gồm các xã: A, B và C.", ["xã A", "xã B", "xã C"]),
        ("Giữ nguyên hiện trạng xã Đảo T.", ["xã Đảo T"]),
    ],
)  # fmt: skip
def test_communes_that_stay_as_they_are(said, names):
    found = changes(f"Điều 1. Sắp xếp\n88. Sau khi sắp xếp, tỉnh T có 148 đơn vị hành chính cấp xã; {said}")
    assert [f"{one.new_type} {one.new_name}" for one in found] == names
    assert {old.part for one in found for old in one.old} == {"unchanged"}


def test_clauses_of_a_copy_that_lost_its_lines_or_numbers():
    one = f"Sắp xếp {ALL} của xã A{{0}} và xã B{{0}} thành xã mới có tên gọi là xã A{{0}}."
    text = "Điều 1. Sắp xếp như sau: 1. " + " ".join(f"{n}. {one.format(n)}" for n in (2, 3, 5))
    found = changes(text)
    assert [change.clause for change in found] == [f"Điều 1 khoản {n}" for n in (2, 3, 5)]
    assert [old.name for change in found for old in change.old] == ["A2", "B2", "A3", "B3", "A5", "B5"]
    assert [text[change.start : change.end][:6] for change in found] == ["2. Sắp", "3. Sắp", "5. Sắp"]


@pytest.mark.parametrize(
    ("clause", "new", "old"),
    [
        (
            "Sắp xếp toàn bộ diện tích tự nhiên là 35,21 km2, quy mô dân số là 12.345 người của xã Nga "
            "Thủy và xã Nga Tân thành xã mới có tên gọi là xã Nga Sơn.",
            "Nga Sơn", [("xã", "Nga Thủy", "whole"), ("xã", "Nga Tân", "whole")],
        ),
        (
            "Nhập một phần diện tích tự nhiên, quy mô dân số của xã Vạn Xuân vào xã Xuân Chinh thành xã mới "
            "có tên gọi là xã Vạn Chinh.",
            "Vạn Chinh", [("xã", "Vạn Xuân", "part"), ("xã", "Xuân Chinh", "whole")],
        ),
        (
            "Điều chỉnh toàn bộ 3,5 km2 diện tích tự nhiên, quy mô dân số 2.100 người của phường An Hưng để "
            "nhập vào phường Quảng Thắng thành phường mới có tên gọi là phường Đông Quang.",
            "Đông Quang", [("phường", "An Hưng", "whole"), ("phường", "Quảng Thắng", "whole")],
        ),
    ],
)  # fmt: skip
def test_areas_said_in_numbers_and_what_goes_into_another(clause, new, old):
    (found,) = changes(f"Điều 1. Sắp xếp\n1. {clause}")
    assert found.new_name == new
    assert [(one.type, one.name, one.part) for one in found.old] == old
