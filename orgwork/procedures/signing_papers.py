"""This room is for who signs a paper in whose name: thay mặt, ký thay, thừa lệnh, thừa ủy quyền.

The rule is the catalogue of authorities (provisions/drafting.yaml, domain §2.3): posts held on the day of
signing, at the issuing body, at its committee, or at a body directly below it. The lines above the
signature follow from it.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from orgwork.foundation import catalogues, wording
from orgwork.foundation.catalogues import Authority, Way
from orgwork.foundation.refusals import Refusal
from orgwork.registers.appointments import Appointment
from orgwork.registers.documents import Document
from orgwork.registers.people import Person
from orgwork.registers.posts import Post
from orgwork.registers.units import Unit, UnitForm, UnitPlacement, kind_of

from .members import body

COMMITTEES = ("executive_committee", "standing_committee", "standing_board")
#: A paper is printed in Vietnamese, whatever language its page is read in.
PRINTED = "vi"


@dataclass(frozen=True)
class Lines:
    """The post from which somebody signs, and the lines as they are printed above the name."""

    post: Post
    on_behalf: str
    office: str


def authorities() -> list[tuple[str, str]]:
    """In whose name one may sign, with the printed sign: for a choice."""
    return [
        (code, f"{one.sign} ({wording.localized(one.labels)})" if one.sign else wording.localized(one.labels))
        for code, one in catalogues.authorities().items()
    ]


def lines(
    signer: Person, authority: str, *, issuer: Unit, kind: str, day: dt.date, decided_by: str = "",
    warrant: Document | None = None,
) -> Lines:  # fmt: skip
    """What is printed above the name, or the refusal that says why this person may not sign so."""
    how = catalogues.authorities()[authority]
    _refuse_kind(how, kind)
    if how.warrant and warrant is None:
        raise Refusal(
            _("Who signs under authority (TUQ) names the paper that gives it; enter that paper."),
            field="warrant", code="missing", citation=how.citation,
        )  # fmt: skip
    post = _post(signer, how, issuer, day)
    if post is None:
        raise _nobody(how, issuer, day)
    said = _said(how, issuer, decided_by, day)
    return Lines(post, f"{how.sign} {said}".strip() if how.sign else "", _called(post).upper())


def signers(issuer: Unit, kind: str, day: dt.date) -> list[tuple[str, Post, Person]]:
    """Who may sign papers of this kind for the body on the day: authority, post, holder."""
    found = []
    for code, how in catalogues.authorities().items():
        if how.papers and kind not in how.papers:
            continue
        for row in _holding(how, issuer, day).select_related("post", "person").order_by("post__code"):
            found.append((code, row.post, row.person))
    return found


def in_whose_name(issuer: Unit, day: dt.date) -> str:
    """What is printed above a signature that is still to come: T/M and a committee, or the head."""
    if kind_of(issuer, day) in {code for way in catalogues.authorities()["own"].ways for code in way.of}:
        return _head_of(kind_of(issuer, day)).upper()
    how = catalogues.authorities()["behalf"]
    return f"{how.sign} {_said(how, issuer, '', day)}"


def _refuse_kind(how: Authority, kind: str) -> None:
    if how.papers and kind not in how.papers:
        known = catalogues.documents()
        raise Refusal(
            _("%(sign)s is for %(kinds)s, not for this kind of paper; choose another authority.")
            % {"sign": how.sign, "kinds": ", ".join(wording.localized(known[c].labels) for c in how.papers)},
            field="authority", code="not_so_for_this_kind", citation=how.citation,
        )  # fmt: skip


def _post(signer: Person, how: Authority, issuer: Unit, day: dt.date) -> Post | None:
    row = _holding(how, issuer, day).filter(person=signer).select_related("post").order_by("pk").first()
    return row.post if row else None


def _holding(how: Authority, issuer: Unit, day: dt.date):
    """Everybody whose post gives this authority at the body on the day."""
    kind = kind_of(issuer, day)
    rows = Appointment.objects.on(day)
    wanted = rows.none()
    for way in how.ways:
        if kind in way.of:
            wanted = wanted | rows.filter(post__kind__in=way.posts, post__unit__in=_seats(way, issuer, day))
    return wanted


def _seats(way: Way, issuer: Unit, day: dt.date) -> list[int]:
    """Where the posts stand: the body itself with its committee, or the bodies directly below it."""
    below = UnitPlacement.objects.on(day).filter(parent=issuer).values("unit")
    of_kind = COMMITTEES if way.seat == "issuer" else tuple(way.at)
    found = UnitForm.objects.on(day).filter(unit__in=below, kind__in=of_kind)
    units = list(found.order_by("unit").values_list("unit", flat=True))
    return [issuer.pk, *units] if way.seat == "issuer" else units


def _nobody(how: Authority, issuer: Unit, day: dt.date) -> Refusal:
    named = catalogues.posts()
    posts = dict.fromkeys(
        wording.localized(named[code].labels)
        for way in how.ways if kind_of(issuer, day) in way.of for code in sorted(way.posts)
    )  # fmt: skip
    shown = {
        "body": body(issuer, day), "day": wording.day(day),
        "how": f"{how.sign} ({wording.localized(how.labels)})" if how.sign else wording.localized(how.labels),
        "posts": ", ".join(posts),
    }  # fmt: skip
    if not posts:
        message = _("Papers of %(body)s are not signed %(how)s; choose another authority.")
        return Refusal(message % shown, field="authority", code="no_such_authority", citation=how.citation)
    message = _("This person held no post on %(day)s that signs %(how)s for %(body)s; that takes: %(posts)s.")
    return Refusal(message % shown, field="signer", code="may_not_sign", citation=how.citation)


def _said(how: Authority, issuer: Unit, decided_by: str, day: dt.date) -> str:
    """The body, or the title of the head, in whose name is signed."""
    kind = kind_of(issuer, day)
    if how.line == "none":
        return ""
    of_a_head = kind in {code for way in catalogues.authorities()["own"].ways for code in way.of}
    if how.line == "head" or of_a_head:
        return _head_of(kind).upper()
    if decided_by in COMMITTEES:
        return catalogues.kinds()[decided_by].labels[PRINTED].upper()
    return {
        "cell": "CHI BỘ",
        "grassroots_cell": "CHI BỘ",
        "section_party_organisation": "ĐẢNG ỦY BỘ PHẬN",
    }.get(kind, "BAN THƯỜNG VỤ")


def _head_of(kind: str) -> str:
    return catalogues.posts()["chief_of_office" if kind == "office" else "head"].labels[PRINTED]


def _called(post: Post) -> str:
    return catalogues.posts()[post.kind].labels[PRINTED]
