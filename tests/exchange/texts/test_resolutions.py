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
