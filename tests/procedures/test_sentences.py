"""Every act is told in a sentence, with its content and without."""

import datetime as dt

import pytest
from django.urls import get_resolver
from django.utils import translation

from orgwork.foundation import journal
from orgwork.procedures import leaving, sentences, transfer
from orgwork.procedures.catalogue import definitions
from tests.procedures.test_admission import admitted

OTHERS = (
    "account.add", "account.link", "account.lock", "account.password", "account.unlock", "correction.make",
    "report.issue", "takeover.member", "takeover.unit", "batch.undo", "text.keep",
    "proposal.make", "proposal.confirm", "proposal.decline", "proposal.withdraw", "proposal.expire",
    "retention.run", "account.changed", "account.end", "account.factor_added", "account.factor_removed",
    "account.recovery_codes", "account.reset", "account.session_ended", "account.sign_in", "account.tie",
    "account.token_ended", "account.token_made",
    "reorganisation.plan", "reorganisation.decide", "reorganisation.enact", "reorganisation.undo",
    "reorganisation.found", "reorganisation.move", "reorganisation.kind", "reorganisation.rename",
    "reorganisation.end", "reorganisation.person", "reorganisation.accept",
)  # fmt: skip


def told(kind, ident):
    return [
        sentences.sentence(entry.verb, entry.content, about=kind) for entry in journal.history(kind, ident)
    ]


def test_every_verb_has_a_sentence():
    get_resolver().url_patterns  # noqa: B018  every door is open: each room has said which verbs it has
    verbs = {definition.verb for definition in definitions()} | set(OTHERS)
    assert [verb for verb in sorted(verbs) if not sentences.has_sentence(verb)] == []


def test_no_sentence_is_about_a_verb_that_nobody_does():
    get_resolver().url_patterns  # noqa: B018
    verbs = {definition.verb for definition in definitions()} | set(OTHERS) | {"takeover", "takeover.run"}
    unknown = {key.partition("@")[0] for key in sentences.SENTENCES} - verbs - {"takeover.person"}
    assert unknown == set()


def test_an_admission_is_told_to_the_person_the_cell_and_the_introducer(cast):
    admitted(cast)
    with translation.override("en"):
        assert told("person", cast.applicant.pk)[0] == "Admitted by decision 214-QĐ/ThU into 03127.01"
        assert told("unit", cast.cell.pk)[0] == "A member was admitted by decision 214-QĐ/ThU"
        assert told("person", cast.introducer.pk)[0].startswith("Named as introducer of an applicant")


def test_codes_become_names_where_they_are_known(cast):
    with translation.override("en"):
        said = sentences.sentence(
            "transfer.receive",
            {"from": "03127.01", "to": "03160.01", "letter": "12-GT/ĐU"},
            about="person",
            bodies={"03127.01": "Chi bộ bản Noong Bua", "03160.01": "Chi bộ bản Tá Miếu"},
        )
    assert said == "Transferred from Chi bộ bản Noong Bua to Chi bộ bản Tá Miếu with letter 12-GT/ĐU"


def test_states_of_a_case_are_no_places(cast):
    with translation.override("en"):
        assert sentences.sentence("transfer.receive", {"from": "sent", "to": "received"}) == (
            "Transferred to another cell"
        )


def test_an_erased_entry_still_says_what_kind_of_act_it_was(cast):
    leaving.record_death(actor=cast.account("district_officer"), day=dt.date(2024, 4, 2), person=cast.veteran)
    with translation.override("en"):
        assert told("person", cast.veteran.pk)[0] == "Died; the file is kept by 03127.01"
        assert sentences.sentence("member.died", None) == "Died"


@pytest.mark.parametrize("verb", ["founding.send_back", "recognition.withdraw", "moving.reject"])
def test_steps_that_all_procedures_share_name_the_procedure(verb):
    with translation.override("en"):
        said = sentences.sentence(verb, {"remark": "Thiếu", "reason": "Không đủ"})
    assert ":" in said
    assert "%(" not in said
    assert transfer.transfer.label


def test_a_person_is_told_the_votes_but_not_the_remarks_of_the_case():
    own, case = {}, {"from": "introduced", "to": "cell_agreed", "votes_for": 5, "entitled": 6, "remark": "x"}
    content = sentences.with_case(own, case)
    assert "remark" not in content
    with translation.override("en"):
        said = sentences.sentence("admission.cell_vote", content, about="person")
    assert said == "The cell voted on the admission: 5 of 6 entitled for it"


def test_a_corrected_birth_is_told(cast):
    before = {"sex": "f", "birth": "1990-07-07", "precision": "day"}
    content = {
        "fact": "particulars",
        "before": before,
        "after": {**before, "birth": "1990-07-08"},
        "since": "1900-01-01",
        "until": "",
        "paper": "3-QĐ/ThU",
    }
    with translation.override("en"):
        said = sentences.sentence("correction.particulars", content, about="person")
    assert said.startswith("Corrected: sex and date of birth, from woman, ")
