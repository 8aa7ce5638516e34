"""This room is for what the journal says of drafts, signatures, distribution and reviews of papers."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from orgwork.foundation import catalogues
from orgwork.foundation.wording import localized
from orgwork.registers.drafts import ReviewKind, Stance, Verdict

from .drafting import MANNERS


def _authority(code: str) -> str:
    known = catalogues.authorities().get(code)
    return (
        (f"{known.sign} ({localized(known.labels)})" if known.sign else localized(known.labels))
        if known
        else code
    )


CODES = {
    "stance": lambda code: Stance(code).label if code in Stance.values else code,
    "verdict": lambda code: Verdict(code).label if code in Verdict.values else code,
    "review": lambda code: ReviewKind(code).label if code in ReviewKind.values else code,
    "authority": _authority,
    "decided_how": lambda code: MANNERS.get(code, code),
}

SENTENCES: dict[str, list] = {
    "draft.open": [_("Draft begun: %(title)s"), _("A draft was begun")],
    "draft.write": [_("Version %(version)s of the text entered"), _("A version of the text entered")],
    "draft.ask_opinions": [
        _("%(count)s bodies asked about version %(version)s, to answer by %(due)s"),
        _("Asked for an opinion on a draft"),
    ],
    "draft.give_opinion": [_("Opinion given: %(stance)s"), _("Opinion on a draft given")],
    "draft.answer_opinion": [_("Opinion answered: %(verdict)s"), _("Opinion on a draft answered")],
    "draft.close_opinions": [
        _("Round of opinions closed: %(agrees)s agree, %(changes)s agree with changes, %(disagrees)s do not, "
          "%(silent)s did not answer"),
        _("Round of opinions closed"),
    ],
    "draft.send_to_appraisal": [
        _("Version %(version)s sent to the Office for appraisal"),
        _("Draft sent to the Office for appraisal"),
    ],
    "draft.appraise": [_("Form of version %(version)s appraised"), _("Form of a draft appraised")],
    "draft.return_draft": [
        _("Sent back by the Office (%(remark)s)"),
        _("Draft sent back by the Office"),
    ],
    "draft.submit": [
        _("Version %(version)s submitted with %(submission)s"),
        _("Version %(version)s submitted for decision"),
        _("Draft submitted for decision"),
    ],
    "draft.decide": [
        _("Voted on %(decided_how)s: %(votes_for)s of %(entitled)s for it"),
        _("Decided %(decided_how)s"),
        _("Draft decided"),
    ],
    "draft.hand_back": [_("Handed back to be reworked (%(remark)s)"), _("Draft handed back to be reworked")],
    "draft.sign": [_("Signed: %(authority)s"), _("Draft signed")],
    "draft.register": [_("Registered as %(symbol)s"), _("Draft registered with its number")],
    "draft.distribute@unit": [_("%(symbol)s was sent here"), _("A paper was sent here")],
    "draft.distribute": [_("Sent to %(count)s bodies"), _("Paper sent out")],
    "draft.withdraw": [_("Draft withdrawn: %(reason)s"), _("Draft withdrawn")],
    "paper.sign": [_("%(symbol)s signed: %(authority)s"), _("Recorded who signed a paper")],
    "paper.distribute@unit": [_("%(symbol)s was sent here"), _("A paper was sent here")],
    "paper.distribute": [_("Sent to %(count)s bodies"), _("Paper sent to bodies")],
    "paper.archive": [_("Laid in the archive: %(place)s"), _("Laid in the archive")],
    "paper.plan_review@unit": [
        _("%(review)s of %(symbol)s planned here by %(due)s"),
        _("Review of a paper planned here"),
    ],
    "paper.plan_review": [_("%(review)s planned by %(due)s"), _("Review planned")],
    "paper_review.open": [_("%(review)s asked for by %(due)s"), _("Review asked for")],
    "paper_review.hold": [_("%(review)s held by %(report)s"), _("Review held")],
    "paper_review.put_off": [_("%(review)s put off to %(due)s"), _("Review put off")],
    "paper_review.drop": [_("%(review)s dropped (%(reason)s)"), _("%(review)s dropped"), _("Review dropped")],
}  # fmt: skip
