"""Kept texts and their finds: what is written when, what is never written twice, what can be undone."""

import datetime as dt

import pytest

from orgwork.exchange.texts import accepting, keeping, kept
from orgwork.exchange.texts.kept import KeptText, Kind, State
from orgwork.exchange.texts.reading import read
from orgwork.foundation import journal
from orgwork.foundation.dates import Period
from orgwork.foundation.refusals import NotAllowed, Refusal, Stale
from orgwork.insight import frame
from orgwork.registers.documents import Document
from orgwork.registers.paper_relations import PaperRelation
from orgwork.registers.task_proposals import TaskProposal
from tests.threads import at_once

DAY = dt.date(2024, 5, 1)
SAID = (
    "Thực hiện Chỉ thị số 35-CT/TW ngày 14/6/2024 của Bộ Chính trị, Tỉnh ủy đã ban hành Kế hoạch số "
    "158-KH/TU ngày 06/8/2024 và Hướng dẫn số 03-HD/TU ngày 09/8/2024.\n"
    "Từ đầu nhiệm kỳ đến ngày 01/5/2024, toàn tỉnh kết nạp 2 đảng viên mới.\n"
    "Đồng chí Lò Thị Hương yêu cầu Huyện ủy hoàn thành kiểm điểm trước ngày 30/11/2024.\n"
)


@pytest.fixture
def office(cast):
    return {"actor": cast.account("provincial_officer"), "door": "test"}


def finds(text, kind):
    return list(text.finds.filter(kind=kind).order_by("start"))


@pytest.mark.django_db
def test_accepted_finds_become_entries_relations_tasks_and_comparisons(cast, office):
    cast.paper("35-CT/TW", issuer=cast.root, kind="directive", day=dt.date(2024, 6, 14))
    cast.paper("158-KH/TU", issuer=cast.other_district, kind="plan", day=dt.date(2024, 8, 6))  # another's
    text, _new = keeping.keep(SAID, unit=cast.province, day=dt.date(2024, 10, 14), **office)
    assert not TaskProposal.objects.exists() and Document.objects.count() == 2
    numbers = list(text.finds.values_list("pk", flat=True))
    done, left = accepting.accept(finds=numbers, **office)
    assert (done, left) == (len(numbers), [])
    plan = Document.objects.get(symbol="158-KH/TU", issuer=cast.province)
    guidance = Document.objects.get(symbol="03-HD/TU")
    chain = set(PaperRelation.objects.values_list("source__symbol", "kind", "target__symbol"))
    assert chain == {("158-KH/TU", "implements", "35-CT/TW"), ("03-HD/TU", "guides", "35-CT/TW")}
    assert PaperRelation.objects.get(kind="implements").said_at == "“Thực hiện”"  # where the text says it
    figure = finds(text, Kind.FIGURE)[0]
    counted = frame.compute("members.admitted", cast.province, period=Period.days(dt.date(2021, 1, 1), DAY))
    assert (figure.said["scope"], figure.said["as_of_or_period"]) == ("province", "term..2024-05-01")
    period = {"since": "2021-01-01", "until": "2024-05-01", "unit": "11"}
    assert {"counted": counted.value, "stated": 2, **period}.items() <= figure.outcome.items()
    task = TaskProposal.objects.get()
    assert (task.due, task.text, task.unit) == (dt.date(2024, 11, 30), text.pk, cast.province)

    # Undone as it was done: relations, then the entries on which nothing rests, then the task.
    accepting.reopen(finds=numbers, **office)
    assert not PaperRelation.objects.exists() and not TaskProposal.objects.exists()
    assert set(text.finds.values_list("state", flat=True)) == {State.OPEN}
    # The relations that were taken back rest on these two.
    assert Document.objects.filter(pk__in=[plan.pk, guidance.pk]).count() == 2
    verbs = list(journal.Entry.objects.order_by("moment", "ordinal").values_list("verb", flat=True))
    assert verbs[-1] == "text.reopen" and {"text.keep", "text.accept", "paper.relate"} <= set(verbs)
    assert journal.verify().ok

    # An entry on which nothing rests goes; accepting again makes it anew.
    first = finds(text, Kind.DOCUMENT)[1]
    alone = "Kế hoạch số 159-KH/TU ngày 06/8/2024 của Tỉnh ủy đã được ban hành."
    other, _new = keeping.keep(alone, unit=cast.province, **office)
    (one,) = finds(other, Kind.DOCUMENT)
    accepting.accept_paper(find=one.pk, **office)
    made = Document.objects.get(symbol="159-KH/TU", issuer=cast.province)
    accepting.reopen(finds=[one.pk], **office)
    assert not Document.objects.filter(pk=made.pk).exists()
    assert first.state == State.OPEN


@pytest.mark.django_db
def test_several_entries_are_shown_and_never_guessed(cast, office):
    said = "Theo Nghị quyết số 04-NQ/TU của Tỉnh ủy, các cấp ủy đã tổ chức học tập."
    cast.paper("04-NQ/TU", issuer=cast.province, kind="resolution", day=dt.date(2016, 4, 29))
    later = cast.paper("04-NQ/TU", issuer=cast.province, kind="resolution", day=dt.date(2021, 4, 29))
    text, _new = keeping.keep(said, unit=cast.province, day=DAY, **office)
    (find,) = finds(text, Kind.DOCUMENT)
    with pytest.raises(Refusal, match="Several entries") as refused:
        accepting.accept(finds=[find.pk], **office)
    assert refused.value.field == "paper"
    wrong = cast.paper("05-NQ/TU", issuer=cast.province, kind="resolution", day=DAY)
    with pytest.raises(Refusal, match="the entry is 05-NQ/TU"):
        accepting.accept_paper(find=find.pk, paper=wrong.pk, **office)
    accepting.accept_paper(find=find.pk, paper=later.pk, **office)
    find.refresh_from_db()
    assert find.paper == later and not find.outcome
    with pytest.raises(Stale):
        accepting.accept_paper(find=find.pk, paper=later.pk, **office)


@pytest.mark.django_db
def test_what_was_dismissed_is_not_proposed_again_by_newer_rules(cast, office, monkeypatch):
    text, _new = keeping.keep(SAID, unit=cast.province, day=dt.date(2024, 10, 14), **office)
    dismissed, other = finds(text, Kind.DOCUMENT)[:2]
    accepting.dismiss(finds=[dismissed.pk], **office)
    same, new = keeping.keep(SAID, unit=cast.province, **office)
    assert same == text and not new
    before = text.finds.count()

    def newer(given, language):
        """Rules that read one paper less, one number otherwise, and one find more."""
        found = read(given, language)
        found.documents = [one for one in found.documents if one.norm != "03-HD/TU"]
        found.documents[1].norm = "158-KH/TW"
        found.persons.append(type(found.persons[0])(0, 9, given[:9], name_norm="Thuc Hien"))
        return found

    monkeypatch.setattr(keeping, "read", newer)
    monkeypatch.setattr(keeping, "version", lambda: "newer")
    keeping.read_again(text=text.pk, **office)
    text.refresh_from_db()
    assert text.read_with == "newer" and text.finds.count() == before
    assert not text.finds.filter(pk=other.pk).exists() and text.finds.filter(norm="158-KH/TW").exists()
    assert [one.state for one in text.finds.filter(norm="35-CT/TW")] == [State.DISMISSED]
    assert text.finds.filter(kind=Kind.PERSON).count() == 2


@pytest.mark.django_db
def test_only_who_may_works_on_a_text(cast, office):
    text, _new = keeping.keep(SAID, unit=cast.province, day=DAY, **office)
    find = finds(text, Kind.TASK)[0]
    for who in ("district_officer", "auditor", "outsider", "other_officer"):
        stranger = {"actor": cast.account(who), "door": "test"}
        with pytest.raises(NotAllowed):
            accepting.accept(finds=[find.pk], **stranger)
        with pytest.raises(NotAllowed):
            accepting.dismiss(text=text.pk, **stranger)
        with pytest.raises(NotAllowed):
            keeping.keep(SAID + " ", unit=cast.province, **stranger)
    # The district keeps its own text; the province, above it, may work on it.
    own, _new = keeping.keep(SAID, unit=cast.district, actor=cast.account("district_officer"), door="test")
    assert own != text
    accepting.dismiss(text=own.pk, **office)
    with pytest.raises(Refusal, match="several texts"):
        accepting.reopen(finds=[find.pk, own.finds.first().pk], **office)


@pytest.mark.django_db
def test_a_text_goes_with_its_finds_when_it_was_kept_long_enough(cast, office):
    from orgwork.procedures import retention

    text, _new = keeping.keep(SAID, unit=cast.province, day=DAY, **office)
    KeptText.objects.filter(pk=text.pk).update(kept_at=dt.datetime(2015, 1, 1, tzinfo=dt.UTC))
    due = [one for one in retention.due(dt.date(2024, 5, 1)) if one.rule == "retention.texts_months"]
    assert [one.ident for one in due] == [text.pk]


def test_the_edition_of_rules_and_lexicons_has_a_name():
    assert len(kept.version()) == 16


@pytest.mark.django_db(transaction=True)
def test_two_who_keep_and_accept_at_once_leave_one_of_each(live_cast):
    """The same text is one text, and one find is accepted once, whoever comes first."""
    cast = live_cast

    def bring(_number):
        return keeping.keep(SAID, actor=cast.account("provincial_officer"), door="test", unit=cast.province)

    kept_by_both = at_once(bring, count=2)
    assert len({text.pk for text, _new in kept_by_both}) == 1 == KeptText.objects.count()
    assert sorted(new for _text, new in kept_by_both) == [False, True]
    task = finds(kept_by_both[0][0], Kind.TASK)[0]

    def accept(_number):
        try:
            return accepting.accept_task(
                find=task.pk, actor=cast.account("provincial_officer"), door="test", due="2027-11-30"
            )
        except Stale:
            return None

    assert sum(one is not None for one in at_once(accept, count=2)) == 1 == TaskProposal.objects.count()
