"""This room is for the life of a draft: nothing skipped, each step by whom it belongs to, all of it kept."""

import datetime as dt

import pytest

from orgwork.foundation.moments import writing
from orgwork.foundation.refusals import NotAllowed, Refusal, WrongState
from orgwork.procedures import drafting, issued_papers, reviews
from orgwork.procedures.cases import Case, homes
from orgwork.procedures.due import known, run
from orgwork.registers.documents import Document, DocumentText
from orgwork.registers.drafts import (
    DraftOpinion,
    PaperReview,
    distributed,
    latest,
    planned_reviews,
    sent_to,
    signature_of,
)
from orgwork.registers.paper_relations import PaperRelation
from tests.cast import votes

from .papers_world import offices

D = dt.date


def begun(cast, **more):
    said = {"unit": cast.district_office, "issuer": cast.district, "kind": "resolution",
            "title": "Về phát triển đảng viên", "day": D(2024, 3, 4), **more}  # fmt: skip
    return drafting.begin_draft(actor=cast.account("district_officer"), **said)


def step(cast, who, call, case, day, **fields):
    """Take a step as somebody, signed in anew."""
    return call(case, actor=cast.account(who), day=day, **fields)


def refused(code):
    return pytest.raises(Refusal, match=".") if code is None else _Refused(code)


class _Refused:
    def __init__(self, code):
        self.code = code

    def __enter__(self):
        return self

    def __exit__(self, kind, fault, trace):
        assert isinstance(fault, Refusal), fault
        assert fault.code == self.code, (fault.code, str(fault))
        return True


def test_a_resolution_from_the_first_text_to_the_bodies_it_is_sent_to(cast):
    them = offices(cast)
    directive = cast.paper("35-CT/TU", day=D(2024, 1, 5), issuer=cast.province, kind="directive")
    case = begun(cast, due=D(2024, 3, 25), basis=directive)
    clerk, day = "district_officer", D(2024, 3, 5)
    for call in (drafting.send_to_appraisal, drafting.submit, drafting.ask_opinions):
        more = {"units": [cast.commune], "due": day} if call is drafting.ask_opinions else {}
        with refused("no_text"):
            step(cast, clerk, call, case, day, **more)
    with pytest.raises(NotAllowed):
        step(cast, "commune_secretary", drafting.write, case, day, text="x")
    step(
        cast,
        clerk,
        drafting.write,
        case,
        day,
        text="Điều 1. Mỗi năm kết nạp 200 đảng viên.\r\nĐiều 2. Thi hành.",
    )
    with refused("nothing_changed"):
        step(
            cast,
            clerk,
            drafting.write,
            case,
            day,
            text="Điều 1. Mỗi năm kết nạp 200 đảng viên.\nĐiều 2. Thi hành.",
        )
    with refused("nobody_asked"):
        step(cast, clerk, drafting.send_to_appraisal, case, day)

    # Opinions: asked with a day, given by the bodies, each answered.
    asked = {"units": [cast.commune, cast.small_cell, cast.other_district], "due": D(2024, 3, 12)}
    with refused("asks_itself"):
        step(cast, clerk, drafting.ask_opinions, case, day, units=[cast.district_office], due=D(2024, 3, 12))
    step(cast, clerk, drafting.ask_opinions, case, day, **asked)
    with refused("asked_already"):
        step(cast, clerk, drafting.ask_opinions, case, day, **asked)
    with pytest.raises(WrongState):
        step(cast, clerk, drafting.write, case, day, text="anders")
    later = D(2024, 3, 7)
    with pytest.raises(NotAllowed):
        step(cast, clerk, drafting.give_opinion, case, later, unit=cast.commune, stance="agrees")
    with refused("missing"):
        step(
            cast, "commune_secretary", drafting.give_opinion, case, later, unit=cast.commune, stance="changes"
        )
    step(cast, "commune_secretary", drafting.give_opinion, case, later, unit=cast.commune, stance="changes",
         text="150 là vừa sức.")  # fmt: skip
    step(cast, "first_of_small", drafting.give_opinion, case, later, unit=cast.small_cell, stance="agrees")
    with refused("not_asked"):
        step(cast, "cell_secretary", drafting.give_opinion, case, later, unit=cast.cell, stance="agrees")
    with refused("no_answer_yet"):
        step(cast, clerk, drafting.answer_opinion, case, later, unit=cast.other_district, verdict="taken")
    with refused("answers_outstanding"):
        step(cast, clerk, drafting.close_opinions, case, later)
    with refused("opinion_unanswered"):
        step(cast, clerk, drafting.close_opinions, case, D(2024, 3, 13))
    with refused("missing"):
        step(cast, clerk, drafting.answer_opinion, case, later, unit=cast.commune, verdict="not")
    step(cast, clerk, drafting.answer_opinion, case, D(2024, 3, 13), unit=cast.commune, verdict="partly",
         reply="180: chỉ tiêu tỉnh giao.")  # fmt: skip
    with refused("answered_already"):
        step(cast, "commune_secretary", drafting.give_opinion, case, D(2024, 3, 13), unit=cast.commune,
             stance="agrees")  # fmt: skip
    assert DraftOpinion.objects.on(D(2024, 3, 6)).get(unit=cast.commune).stance == ""
    assert DraftOpinion.objects.on(D(2024, 3, 13)).get(unit=cast.commune).reply.startswith("180")
    step(cast, clerk, drafting.close_opinions, case, D(2024, 3, 13))
    step(cast, clerk, drafting.write, case, D(2024, 3, 13), remark="Theo ý kiến của phường",
         text="Điều 1. Mỗi năm kết nạp 180 đảng viên.\nĐiều 2. Thi hành.")  # fmt: skip

    # The Office appraises, whoever wrote the text does not; sent back once.
    with refused("not_appraised"):
        step(cast, clerk, drafting.submit, case, D(2024, 3, 14))
    step(cast, clerk, drafting.send_to_appraisal, case, D(2024, 3, 14))
    assert homes([case.pk], D(2024, 3, 14)) == {case.pk: them.office.pk}
    assert drafting.deadline_of(case).due == D(2024, 3, 21)
    step(cast, "chief", drafting.return_draft, case, D(2024, 3, 15), remark="Thiếu nơi nhận.")
    step(cast, clerk, drafting.write, case, D(2024, 3, 15),
         text="Điều 1. Mỗi năm kết nạp 180 đảng viên.\nĐiều 2. Thi hành.\nNơi nhận: các chi bộ.")  # fmt: skip
    step(cast, clerk, drafting.send_to_appraisal, case, D(2024, 3, 15))
    step(cast, "chief", drafting.appraise, case, D(2024, 3, 18))
    step(cast, clerk, drafting.submit, case, D(2024, 3, 18))

    # Decided by a vote; one that is not enough sends it back.
    with refused("takes_a_vote"):
        step(cast, clerk, drafting.decide, case, D(2024, 3, 20), manner="head")
    with refused("no_protocol"):
        step(cast, clerk, drafting.decide, case, D(2024, 3, 20), manner="meeting")
    step(cast, clerk, drafting.decide, case, D(2024, 3, 20), manner="meeting",
         decided_by="standing_committee", protocol=votes(11, agreed=9))  # fmt: skip
    assert case.state == "decided"

    # Signed by whoever may sign so on that day.
    with refused("may_not_sign"):
        step(cast, clerk, drafting.sign, case, D(2024, 3, 20), signer=them.head, authority="behalf")
    with refused("not_so_for_this_kind"):
        step(cast, clerk, drafting.sign, case, D(2024, 3, 20), signer=them.chief, authority="order")
    with refused("missing"):
        step(cast, clerk, drafting.sign, case, D(2024, 3, 20), signer=them.head, authority="authorised")
    step(cast, clerk, drafting.sign, case, D(2024, 3, 20), signer=them.deputy, authority="behalf")

    # Its number, its text and what it rests on come into the register together.
    with refused("too_early"):
        step(cast, "chief", drafting.register, case, D(2024, 3, 19))
    step(cast, "chief", drafting.register, case, D(2024, 3, 20))
    paper = case.steps.get(step="register").document
    assert (paper.number, paper.symbol.split("-")[0], paper.kind) == (1, "01", "resolution")
    assert paper.title == "Về phát triển đảng viên"
    assert DocumentText.objects.get(document=paper).text.endswith("Nơi nhận: các chi bộ.")
    assert PaperRelation.objects.filter(source=paper, target=directive, kind="implements").exists()
    signed = signature_of(paper, D(2024, 3, 21))
    assert (signed.person, signed.on_behalf, signed.office) == (
        them.deputy,
        "T/M BAN THƯỜNG VỤ",
        "PHÓ BÍ THƯ",
    )
    with pytest.raises(WrongState):
        step(cast, clerk, drafting.withdraw, case, D(2024, 3, 20), reason="zu spät")

    with refused("nobody_named"):
        step(cast, "chief", drafting.distribute, case, D(2024, 3, 21))
    step(cast, "chief", drafting.distribute, case, D(2024, 3, 21), units=[cast.small_cell], below=True)
    went = {row.unit for row in distributed(paper, D(2024, 3, 21))}
    assert went == {cast.commune, cast.firm_cell, cast.district_office, them.office, cast.small_cell}
    assert [row.document for row in sent_to([cast.commune.pk], D(2024, 3, 21))] == [paper]
    assert not distributed(paper, D(2024, 3, 20))
    case = Case.objects.get(pk=case.pk)
    assert (case.state, case.closed_on) == ("issued", D(2024, 3, 21))
    assert [one.number for one in drafting.draft_of(case).versions.order_by("number")] == [1, 2, 3]
    assert latest(drafting.draft_of(case)).author.username == "district_officer"


def test_a_guidance_of_an_agency_goes_the_short_way(cast):
    """No Office below the agency, no opinions asked for, the head decides and signs."""
    them = offices(cast)
    case = begun(cast, issuer=cast.district_office, kind="guidance", title="Hướng dẫn chuyển sinh hoạt")
    clerk, day = "district_officer", D(2024, 3, 5)
    step(cast, clerk, drafting.write, case, day, text="1. Hồ sơ.")
    with refused("no_office"):
        step(cast, clerk, drafting.send_to_appraisal, case, day)
    step(cast, clerk, drafting.submit, case, day)
    step(cast, clerk, drafting.hand_back, case, day, remark="Nêu rõ thời hạn.")
    step(cast, clerk, drafting.submit, case, day)
    step(cast, clerk, drafting.decide, case, day, manner="written", protocol=votes(5, agreed=2))
    assert case.state == "drafting"
    step(cast, clerk, drafting.submit, case, day)
    step(cast, clerk, drafting.decide, case, day, manner="head")
    with refused("may_not_sign"):
        step(cast, clerk, drafting.sign, case, day, signer=them.head, authority="deputy")
    with refused("no_such_authority"):
        step(cast, clerk, drafting.sign, case, day, signer=them.head, authority="behalf")
    with refused("in_the_future"):
        ahead = dt.date.today() + dt.timedelta(days=30)
        step(cast, clerk, drafting.sign, case, ahead, signer=them.head, authority="own")
    with refused("may_not_sign"):
        step(cast, clerk, drafting.sign, case, day, signer=cast.member, authority="own")
    step(cast, clerk, drafting.sign, case, day, signer=them.head, authority="own")
    step(cast, clerk, drafting.withdraw, case, day, reason="Trùng với hướng dẫn của tỉnh.")
    assert Case.objects.get(pk=case.pk).closed_on == day
    with refused("not_below"):
        begun(cast, unit=cast.district, issuer=cast.district_office)
    with refused("missing"):
        begun(cast, relation="amends")


def test_papers_of_the_register_are_signed_sent_reviewed_and_archived(cast):
    them = offices(cast)
    chief, paper = cast.account("chief"), cast.paper("4-NQ/ThU", kind="resolution")
    day = D(2024, 3, 4)
    issued_papers.sign(actor=chief, day=D(2024, 3, 1), document=paper, signer=them.deputy, authority="behalf")
    with refused("signed_already"):
        issued_papers.sign(
            actor=cast.account("chief"), day=day, document=paper, signer=them.deputy, authority="behalf"
        )
    issued_papers.distribute(actor=cast.account("chief"), day=day, document=paper, units=[cast.commune])
    with refused("sent_already"):
        issued_papers.distribute(actor=cast.account("chief"), day=day, document=paper, units=[cast.commune])

    planned = {"document": paper, "kind": "midway", "unit": cast.district_office}
    with refused("too_early"):
        reviews.plan(actor=cast.account("chief"), day=day, due=D(2024, 3, 3), **planned)
    reviews.plan(actor=cast.account("chief"), day=day, due=D(2024, 6, 30), **planned)
    with refused("planned_already"):
        reviews.plan(actor=cast.account("chief"), day=day, due=D(2024, 7, 30), **planned)
    with refused("review_to_come"):
        issued_papers.archive(actor=cast.account("chief"), day=day, document=paper, unit=them.office)

    with writing(door="test") as act:
        secret = Document.objects.create(
            symbol="7-NQ/ThU", number=7, kind="resolution", day=day, issuer=cast.district, secret=True,
            recorded=act.moment,
        )  # fmt: skip
    for call, more in (
        (issued_papers.sign, {"signer": them.deputy, "authority": "behalf"}),
        (issued_papers.distribute, {"units": [cast.commune]}),
        (issued_papers.archive, {"unit": them.office}),
        (reviews.plan, {"kind": "midway", "unit": cast.district, "due": D(2025, 1, 1)}),
    ):
        with refused("secret"):
            call(actor=cast.account("chief"), day=day, document=secret, **more)

    assert list(known["paper_reviews"].find(D(2024, 5, 30))) == []
    assert run(D(2024, 6, 1))["paper_reviews"] == 1
    assert run(D(2024, 6, 2))["paper_reviews"] == 0
    case = Case.objects.get(procedure="paper_review")
    assert case.unit == cast.district_office
    assert drafting.deadline_of(case).due == D(2024, 6, 30)
    clerk = "district_officer"
    with refused("too_early"):
        step(cast, clerk, reviews.put_off, case, D(2024, 6, 20), due=D(2024, 6, 30), reason="x")
    step(cast, clerk, reviews.put_off, case, D(2024, 6, 20), due=D(2024, 7, 15), reason="Bão lũ.")
    assert drafting.deadline_of(case).due == D(2024, 7, 15)
    assert planned_reviews(D(2024, 6, 1)).get().due == D(2024, 6, 30)
    report = cast.paper("12-BC/ThU", day=D(2024, 7, 10), kind="report")
    step(cast, clerk, reviews.hold, case, D(2024, 7, 10), report=report)
    assert not planned_reviews(D(2024, 7, 10)).exists()
    assert PaperReview.objects.get(valid_to=D(2024, 7, 10)).ended_by.document == report
    assert PaperRelation.objects.filter(source=report, target=paper, kind="reviews_midway").exists()
    assert run(D(2024, 7, 11))["paper_reviews"] == 0

    reviews.plan(
        actor=cast.account("chief"), day=D(2024, 7, 11), due=D(2024, 7, 20), **{**planned, "kind": "finally"}
    )
    run(D(2024, 7, 12))
    other = Case.objects.get(procedure="paper_review", closed_on=None)
    with pytest.raises(NotAllowed):
        step(cast, "commune_secretary", reviews.drop, other, D(2024, 7, 12), reason="x")
    step(cast, "chief", reviews.drop, other, D(2024, 7, 12), reason="Đã thay thế.")
    issued_papers.archive(
        actor=cast.account("chief"), day=D(2024, 7, 13), document=paper, unit=them.office, place="B 4"
    )
    with refused("archived_already"):
        issued_papers.archive(
            actor=cast.account("chief"), day=D(2024, 7, 14), document=paper, unit=them.office
        )
