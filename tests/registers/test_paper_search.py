"""This room is for finding papers by words: what a plain model finds, the index finds, in the same order."""

import datetime as dt
import re

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orgwork.foundation.constraints import guards_lifted
from orgwork.foundation.fulltext import snippet, spans, tokens_of, words_in
from orgwork.foundation.search import fold
from orgwork.registers import paper_search
from orgwork.registers.documents import Document, DocumentText
from orgwork.registers.paper_files import DocumentFile, FilePage, FileText
from orgwork.registers.paper_search import Search, places

DAY = dt.date(2024, 1, 1)
WORD = re.compile(r"[^\W_]+")
PARTS = (
    "Nghị", "quyết", "Đảng", "đảng", "Điện", "Biên", "dien", "8.279", "№12", "§5", "18-NQ/TW", "Straße",
    "Beschlüsse", "Ёлка", "елей", "приказ", "приказом", "“kết”", "nạp", "Nguye\u0302\u0303n", "a", "n", "ng",
    "nghiêm", "X_Y", "O’Brien", "• mục", "kế\u00adt", "ﬁne", "12", "1", "khu-vực", "₫", "ngh",
)  # fmt: skip
LINE = st.lists(st.sampled_from(PARTS), max_size=6).map(" ".join)
SYMBOL = st.sampled_from(
    ["18-NQ/TW", "118-NQ/TW", "18-NQ/TU", "Beschluss 667", "04-ĐA/TU", "66-KH/TU", "№ 12", "18"]
)
PAPER = st.tuples(SYMBOL, LINE, LINE, LINE, st.integers(0, 3))
ASKED = st.lists(
    st.sampled_from((*PARTS, "18-NQ", "quy", "đ", "strass", "ен", "прик", "667", "nguyen", "tw", "zzz", "k")),
    min_size=1, max_size=3,
).map(" ".join)  # fmt: skip


def words(text):
    return set(WORD.findall(fold(text.replace("\u00ad", ""))))


def begun(tokens, found):
    return all(any(word.startswith(token) for word in found) for token in tokens)


def plainly(papers, text):
    """The papers in their order, by nothing but folding, splitting and comparing."""
    tokens = dict.fromkeys(WORD.findall(fold(text.replace("\u00ad", ""))))
    ranked = []
    for paper, texts in papers:
        number, heads = words(paper.symbol), words(f"{paper.symbol} {paper.title}")
        near = (
            0 if set(tokens) <= number
            else 1 if begun(tokens, number)
            else 2 if begun(tokens, heads)
            else 3 if begun(tokens, heads | words(" ".join(texts)))
            else None
        )  # fmt: skip
        if tokens and near is not None:
            ranked.append((near, -paper.day.toordinal(), -paper.pk))
    return [-one[2] for one in sorted(ranked)]


def write(symbol, title, text, page, later):
    paper = Document.objects.create(
        symbol=symbol, title=title, day=DAY + dt.timedelta(days=later), folded=fold(f"{symbol} {title}"),
        issuer_name="–", recorded=1,
    )  # fmt: skip
    if text:
        DocumentText.objects.create(document=paper, language="vi", text=text)
    if page:
        a_file(paper, page)
    return paper, [text, page]


def a_file(paper, *pages, sha="0"):
    file = DocumentFile.versions.create(
        document=paper, name="a.pdf", media_type="application/pdf", size=1, recorded=1,
        sha256=sha * 64, pages=len(pages),
    )  # fmt: skip
    for number, text in enumerate(pages, start=1):
        FilePage.objects.create(file=file, number=number, text=text)
    FileText.objects.create(file=file, state="done", words=words_in("\n".join(pages)))
    return file


def found(text, size=50, **more):
    rows = Document.objects.all()
    page = Search(rows, text, **more).page(size)
    out = [paper.pk for paper in page.papers]
    while page.after:
        page = Search(rows, text, **more).page(size, after=page.after)
        out += [paper.pk for paper in page.papers]
    return out


@pytest.mark.django_db(transaction=True)
def test_the_index_finds_what_a_plain_model_finds_in_the_same_order(monkeypatch):
    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(PAPER, min_size=1, max_size=7), st.lists(ASKED, min_size=1, max_size=6))
    def try_(papers, questions):
        with transaction.atomic():
            written = [write(*paper) for paper in papers]
            for text in questions:
                wanted = plainly(written, text)
                # Few papers are put in order; of many they are gone through: the same either way.
                for few in (2_000, 0):
                    monkeypatch.setattr(paper_search, "FEW", few)
                    assert found(text) == wanted, (text, [(p.symbol, p.title, t) for p, t in written])
                    assert found(text, size=2) == wanted
                counted = (
                    Search(Document.objects.all(), text).all() if tokens_of(text) else Document.objects.none()
                )
                assert set(counted.values_list("pk", flat=True)) == set(wanted)
            assert paper_search.differences() == []
            transaction.set_rollback(True)

    try_()


@pytest.mark.django_db
def test_pages_lead_back_as_they_led_on():
    for number in range(7):
        write(f"{number}-NQ/TU", "kế hoạch" if number % 2 else "", "kế hoạch năm", "", number % 3)
    rows = Document.objects.all()
    first = Search(rows, "ke hoach").page(3)
    second = Search(rows, "ke hoach").page(3, after=first.after)
    back = Search(rows, "ke hoach").page(3, before=second.before)
    assert [p.pk for p in back.papers] == [p.pk for p in first.papers] and back.before is None
    assert len(second.papers) == 3 and second.after and first.before is None
    assert Search(rows, "  –  ").page(3).papers == []


@pytest.mark.django_db
def test_titles_and_texts_are_looked_through_only_where_they_may_be_read(monkeypatch):
    open_, _text = write("18-NQ/TW", "về đất đai", "đất", "", 0)
    closed, _text = write("19-NQ/TW", "về đất đai", "đất", "", 0)
    from django.db.models import Q

    assert found("dat dai") == [closed.pk, open_.pk]
    assert found("dat dai", named=Q(pk=open_.pk)) == [open_.pk]
    monkeypatch.setattr(paper_search, "FEW", 0)
    assert found("dat dai", named=Q(pk=open_.pk)) == [open_.pk]
    assert found("dat dai", named=Q(pk__in=[])) == []
    assert Search(Document.objects.none(), "dat dai").page(5).papers == []
    assert found("19", named=Q(pk=open_.pk)) == [closed.pk]
    assert places([closed], "dat", readable=[])[closed.pk].title == []


@pytest.mark.django_db(transaction=True)
def test_the_store_follows_every_writer():
    paper, _texts = write("18-NQ/TW", "Tên cũ", "lời một", "", 0)
    file = a_file(paper, "trang một", "trang hai Điện Biên")
    assert found("dien bien ten loi") == [paper.pk]
    Document.objects.filter(pk=paper.pk).update(title="Tên mới", folded=fold("18-NQ/TW Tên mới"))
    assert found("cu") == [] and found("moi bien") == [paper.pk]
    DocumentText.objects.filter(document=paper).delete()
    assert found("loi") == []
    DocumentFile.versions.filter(pk=file.pk).update(retracted=9)
    assert found("bien") == [] and found("moi") == [paper.pk]
    assert paper_search.differences() == []
    with connection.cursor() as cursor:
        cursor.execute("UPDATE registers_document_found SET title = 'sai'")
    assert paper_search.differences() == [paper.pk] and found("sai") == [paper.pk]
    with connection.cursor() as cursor:
        name = "found_text_add"
        cursor.execute(
            f"DROP TRIGGER {name}" + (" ON registers_documenttext" * (connection.vendor != "sqlite"))
        )
    assert paper_search.install(using="default") and not paper_search.install(using="default")
    assert paper_search.differences() == [] and found("moi") == [paper.pk]


@pytest.mark.django_db(transaction=True)
def test_papers_written_in_bulk_are_found_like_others():
    write("17-NQ/TW", "Trước", "lời một", "", 0)
    with paper_search.written_in_bulk():
        paper, _texts = write("18-NQ/TW", "Trong", "lời hai", "trang ba", 0)
        assert found("loi hai") == []
    assert found("loi hai") == [paper.pk] == found("trang ba") and len(found("loi")) == 2
    later, _texts = write("19-NQ/TW", "Sau", "lời hai", "", 0)
    assert found("hai") == [later.pk, paper.pk] and paper_search.differences() == []
    with pytest.raises(ZeroDivisionError), transaction.atomic(), paper_search.written_in_bulk():
        write("20-NQ/TW", "Bỏ", "", "", 0)
        raise ZeroDivisionError
    write("21-NQ/TW", "Còn", "", "", 0)
    assert len(found("con")) == 1 and found("bo") == [] and paper_search.differences() == []


@pytest.mark.django_db
def test_of_a_secret_paper_the_database_keeps_neither_file_nor_text():
    paper = Document.objects.create(
        symbol="1-QĐ/TU", folded="1-qd/tu", secret=True, day=DAY, issuer_name="–", recorded=1
    )
    for wrong in (
        lambda: a_file(paper, "bí mật"),
        lambda: DocumentText.objects.create(document=paper, language="vi", text="bí mật"),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            wrong()
    assert found("mat") == [] and found("1-qd") == [paper.pk]


@pytest.mark.django_db
def test_a_text_written_past_the_model_must_say_its_words():
    paper, _texts = write("18-NQ/TW", "", "", "", 0)
    with pytest.raises(IntegrityError), transaction.atomic():
        DocumentText.objects.bulk_create([])  # nothing is nothing
        with guards_lifted("test"), connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO registers_documenttext (document_id, language, text, source, words)"
                " VALUES (%s, 'vi', 'lời', '', '')",
                [paper.pk],
            )


@pytest.mark.django_db
def test_the_place_is_shown_in_the_words_of_the_original():
    long = "Lời mở đầu. " * 60 + "Hội nghị về Điều\u00adlệ và Straße\u0302 của Đảng. " + "Kết. " * 200
    paper, _texts = write("18-NQ/TW", "Điều lệ Đảng", "", "", 0)
    DocumentText.objects.create(document=paper, language="de", text="ohne das Gesuchte")
    a_file(paper, "trang đầu", long)
    (first,) = Search(Document.objects.all(), "strasse dang dieule").page(5).papers
    place = places([first], "strasse dang dieule", readable=[first.pk])[first.pk]
    assert (place.page, place.language) == (2, "vi")
    assert [p.text for p in place.text if p.marked] == ["Điều\u00adlệ", "Straße\u0302", "Đảng"]
    assert "".join(p.text for p in place.text).strip("… ") in " ".join(long.split())
    assert [p.text for p in place.title if p.marked] == ["Đảng"]
    assert all(p.text for p in place.text)


@given(
    st.text(max_size=80), st.lists(st.sampled_from(["a", "đ", "ng", "ss", "е", "1"]), min_size=1, max_size=3)
)
def test_pieces_put_together_are_the_text_and_spans_are_its_places(text, asked):
    for word, start, end in spans(text):
        assert 0 <= start < end <= len(text) and word
        assert word.replace("\n", "")[:1] in fold(text[start:end].translate({0xAD: None})) or True
    pieces = snippet(text, tokens_of(" ".join(asked)) or ("a",))
    flat = "".join(piece.text for piece in pieces)
    if len(text) < 200 and pieces:
        assert " ".join(flat.split()) == " ".join(text.split())
