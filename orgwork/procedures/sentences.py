"""This room is for the wording of the journal: every verb as a sentence about its subject.

A verb has several wordings, the fullest first; the first one all of whose words are known is taken, so that
an entry whose content was erased still says what kind of act it was. ``verb@type`` is said of another subject
than the one a verb is mainly about. Codes of bodies become names where the caller knows them.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from orgwork.foundation import catalogues, provisions, wording
from orgwork.foundation.wording import localized
from orgwork.registers.appointments import Manner
from orgwork.registers.members import Standing
from orgwork.registers.paper_parts import PartKind
from orgwork.registers.paper_parts import said as part_said
from orgwork.registers.people import Sex

from . import paper_sentences
from .admission import SCHOOLING
from .cases import Procedure
from .correction import FACTS
from .erasure import BASES, parts_by_name
from .size_review import ANSWERS

ISO = re.compile(r"\d{4}-\d\d-\d\d")
PLACEHOLDER = re.compile(r"%\((\w+)\)s")
BODIES = (
    "cell",
    "from",
    "to",
    "parent",
    "successor",
    "custodian",
    "went",
    "came",
    "came_of",
    "founded",
    "holder",
    "unit",
    "under",
)


def sentence(
    verb: str, content: Any = None, *, about: str = "", bodies: Mapping[str, str] | None = None
) -> str:
    """What was done, said of one subject. ``about`` is its type, ``bodies`` gives names for codes."""
    words = _words(_without_states(verb, content), bodies or {})
    for form in (*SENTENCES.get(f"{verb}@{about}", ()), *SENTENCES.get(verb, ())):
        if all(words.get(name) not in (None, "") for name in PLACEHOLDER.findall(str(form))):
            return str(form) % words
    for form in _of_the_procedure(verb):
        if all(
            words.get(name) not in (None, "") for name in PLACEHOLDER.findall(str(form[0])) if name != "what"
        ):
            return str(form[0]) % {**words, "what": form[1]}
    return verb.replace(".", ": ").replace("_", " ")


#: What a case says that belongs to everybody concerned; remarks and reasons stay with the case.
SHARED_BY_A_CASE = ("votes_for", "entitled", "obtained", "valid_until", "letter", "decision", "due")


def with_case(own: Any, of_the_case: Any) -> dict:
    """What an entry says of one subject, with the votes, papers and days it says of the case."""
    known = of_the_case if isinstance(of_the_case, Mapping) else {}
    shared = {name: known[name] for name in SHARED_BY_A_CASE if name in known}
    return {**shared, **(own if isinstance(own, Mapping) else {})}


def _without_states(verb: str, content: Any) -> Mapping:
    """A case says from which state to which it went; that is no place to come from."""
    if not isinstance(content, Mapping):
        return {}
    procedure = Procedure.known.get(verb.partition(".")[0])
    if procedure is None or content.get("to") not in procedure.states:
        return content
    return {name: value for name, value in content.items() if name not in ("from", "to")}


def has_sentence(verb: str) -> bool:
    """Whether the verb has a wording that needs no content."""
    forms = [str(form) for form in SENTENCES.get(verb, ())]
    return any(not PLACEHOLDER.findall(form) for form in forms) or bool(_of_the_procedure(verb))


def _of_the_procedure(verb: str):
    """Wordings that all procedures share, with the name of the procedure."""
    code, _point, step = verb.partition(".")
    procedure = Procedure.known.get(code)
    if procedure is None:
        return []
    return [(form, procedure.label) for form in SHARED.get(step, ())]


def _words(content: Mapping, bodies: Mapping) -> dict[str, Any]:
    return {name: _word(name, value, bodies) for name, value in content.items()}


def _word(name: str, value: Any, bodies: Mapping) -> Any:
    if isinstance(value, str) and ISO.fullmatch(value):
        return wording.day(dt.date.fromisoformat(value))
    if name in CODES and isinstance(value, str):
        return CODES[name](value)
    if name in BODIES and isinstance(value, str):
        return bodies.get(value, value)
    if name in ("before", "after") and isinstance(value, str):
        return Standing(value).label if value in Standing.values else _kind(value)
    if isinstance(value, (list, tuple)):
        return ", ".join(str(_word(name, one, bodies)) for one in value)
    if isinstance(value, Mapping):
        parts = [_word(key, one, bodies) for key, one in value.items() if key not in UNTOLD]
        return ", ".join(str(part) for part in parts if part not in (None, ""))
    return value


def _kind(code: str):
    known = provisions.kinds().get(code)
    return localized(known.labels) if known else code


def _paper_kind(code: str):
    known = provisions.documents().get(code)
    return localized(known.labels) if known else _("all papers of a congress")


def _post(code: str) -> str:
    """The secretary of 03127, of the code 03127-secretary or 03127-secretary-2."""
    where, _line, rest = code.partition("-")
    known = provisions.posts().get(re.sub(r"-\d+$", "", rest))
    return f"{localized(known.labels)} ({where})" if known else code


def _relation(code: str, *, back: bool):
    known = catalogues.relations().get(code)
    return localized(known.inverse if back else known.labels) if known else code


def _act(verb: str):
    """What an act is called on its form."""
    from . import four_eyes

    if verb in four_eyes.LABELS:
        return four_eyes.LABELS[verb][0]
    return four_eyes.known[verb].label if verb in four_eyes.known else verb


CODES = {
    "verb": _act,
    "parts": lambda code: dict(parts_by_name()).get(code, code),
    "basis": lambda code: BASES.get(code, code),
    "kind": _kind,
    "paper_kind": _paper_kind,
    "part_kind": lambda code: PartKind(code).label if code in PartKind.values else code,
    "part": part_said,
    "post": _post,
    "released": _post,
    "sex": lambda code: Sex(code).label if code in Sex.values else code,
    "fact": lambda code: FACTS.get(code, code),
    "manner": lambda code: Manner(code).label if code in Manner.values else code,
    "standing": lambda code: Standing(code).label if code in Standing.values else code,
    "schooling": lambda code: SCHOOLING.get(code, code),
    "relation": lambda code: _relation(code, back=False),
    "relation_back": lambda code: _relation(code, back=True),
    "answer": lambda code: ANSWERS.get(code, code),
    **paper_sentences.CODES,
}

UNTOLD = ("precision", "birth_precision")

SHARED = {
    "open": [_("%(what)s: opened")],
    "complete": [_("%(what)s: completed and proposed again")],
    "send_back": [
        _("%(what)s: sent back for completion (%(remark)s)"),
        _("%(what)s: sent back for completion"),
    ],
    "reject": [_("%(what)s: rejected (%(reason)s)"), _("%(what)s: rejected")],
    "withdraw": [_("%(what)s: withdrawn (%(remark)s)"), _("%(what)s: withdrawn")],
    "committee_sends_back": [
        _("%(what)s: sent back by the grassroots committee (%(remark)s)"),
        _("%(what)s: sent back by the grassroots committee"),
    ],
    "decider_sends_back": [
        _("%(what)s: sent back by the deciding committee (%(remark)s)"),
        _("%(what)s: sent back by the deciding committee"),
    ],
}

SENTENCES: dict[str, list] = {
    **paper_sentences.SENTENCES,
    # Papers
    "paper.register": [
        _("Entered in the register of papers as %(symbol)s"),
        _("Entered in the register of papers"),
    ],
    "annulment.open": [
        _("Annulment of %(annulled)s examined: %(reason)s"),
        _("Annulment of this paper examined"),
    ],
    "annulment.annul": [
        _("Decision %(annulled)s annulled by %(decision)s: what it had caused was put back"),
        _("Annulled by %(decision)s"),
        _("Annuls %(annulled)s"),
        _("Decision annulled"),
    ],
    "numbers.term": [
        _("Term of office %(term)s begins on %(since)s; papers are counted anew"),
        _("A new term of office begins"),
    ],
    "numbers.congress": [
        _("Congress from %(congress)s to %(until)s, with a number series of its own"),
        _("Days of a congress entered"),
    ],
    "numbers.reserve": [
        _("Number %(reserved)s reserved for %(holder)s until %(until)s (%(paper_kind)s)"),
        _("Number of a paper reserved"),
    ],
    "numbers.cancel": [
        _("Number %(cancelled)s cancelled: %(reason)s (%(paper_kind)s)"),
        _("Number of a paper cancelled"),
    ],
    "numbers.release": [
        _("Reserved number %(given_back)s given back: %(reason)s (%(paper_kind)s)"),
        _("Reserved number given back"),
    ],
    "numbers.keep": [
        _("Register book complete from number %(complete_from)s on (%(paper_kind)s)"),
        _("Said from which number a register book is complete"),
    ],
    "numbers.close": [_("Number series closed from %(since)s on: %(reason)s"), _("Number series closed")],
    "paper.relate": [
        # Translators: %(relation)s is a verb, such as "implements"; after it stands a paper's number.
        _("Recorded that this paper %(relation)s %(target)s"),
        _("Recorded that this paper %(relation_back)s %(source)s"),
        _("Recorded on what a paper rests"),
    ],
    "paper.parts": [
        _("Parts of this paper entered: %(parts)s (%(part_kind)s)"),
        _("Parts of this paper entered"),
    ],
    "paper.part_correct": [
        _("Corrected: %(part)s of this paper (%(reason)s)"),
        _("A part of this paper corrected"),
    ],
    "paper.unrelate": [
        _("Taken back: that this paper %(relation)s %(target)s"),
        _("Taken back: that this paper %(relation_back)s %(source)s"),
        _("Taken back what was said of two papers"),
    ],
    "paper.withdraw": [
        _("Entry %(symbol)s of the register of papers withdrawn (%(reason)s)"),
        _("An entry of the register of papers withdrawn"),
    ],
    # Texts read, and the tasks they ask for
    "text.keep": [_("A text was kept; finds in it: %(count)s"), _("A text was kept")],
    "text.read_again": [
        _("A kept text was read again; open finds: %(count)s"),
        _("A kept text was read again"),
    ],
    "text.accept": [_("Finds of a text accepted: %(count)s"), _("Finds of a text accepted")],
    "text.accept_paper": [_("A paper found in a text accepted")],
    "text.accept_paper@document": [_("Cited in a kept text, and linked to it")],
    "text.accept_task": [
        _("An instruction found in a text accepted as task %(task)s"),
        _("An instruction found in a text accepted"),
    ],
    "text.accept_figure": [_("A figure found in a text compared with the registers")],
    "text.dismiss": [_("Finds of a text dismissed: %(count)s"), _("Finds of a text dismissed")],
    "text.reopen": [_("Finds of a text opened again: %(count)s"), _("Finds of a text opened again")],
    "task.propose": [_("Proposed task %(task)s entered"), _("A proposed task entered")],
    "task.finish": [_("Proposed task %(task)s done with"), _("A proposed task done with")],
    "task.take_back": [_("Proposed task %(task)s taken back"), _("A proposed task taken back")],
    "paper.attach": [
        _("File attached (%(type)s, number %(file)s) in place of number %(instead_of)s"),
        _("File attached (%(type)s, number %(file)s)"),
        _("File attached"),
    ],
    "paper.detach": [
        _("File taken away (%(type)s, number %(file)s): %(reason)s"),
        _("File taken away (%(type)s, number %(file)s)"),
        _("File taken away"),
    ],
    "paper.attach_scan": [
        _("Scan attached to the draft (%(type)s, number %(file)s)"),
        _("Scan attached to the draft"),
    ],
    "paper.detach_scan": [
        _("File taken away (%(type)s, number %(file)s): %(reason)s"),
        _("File taken away"),
    ],
    "paper.read_again": [
        _("Text of a file (%(type)s, number %(file)s) taken out again"),
        _("Text of a file taken out again"),
    ],
    # Incoming papers, acquaintance with papers
    "incoming.enter": [
        _("Entered in the book of incoming papers as number %(incoming)s: %(paper)s"),
        _("Entered in the book of incoming papers as number %(incoming)s"),
        _("Entered in the book of incoming papers"),
    ],
    "incoming.receive": [
        _("Received as number %(incoming)s of the book of incoming papers: %(paper)s"),
        _("Received as number %(incoming)s of the book of incoming papers"),
        _("Received"),
    ],
    "incoming.assign": [
        _("Incoming paper %(incoming)s: given to somebody to answer by %(due)s"),
        _("Incoming paper %(incoming)s: given to somebody to answer"),
        _("Incoming paper given to somebody to answer"),
    ],
    "incoming.answer": [
        _("Incoming paper %(incoming)s: answered by %(answer)s"),
        _("Incoming paper %(incoming)s: answered"),
        _("Incoming paper answered"),
    ],
    "incoming.close": [
        _("Incoming paper %(incoming)s: closed without answer"),
        _("Incoming paper closed without answer"),
    ],
    "incoming.reopen": [
        _("Incoming paper %(incoming)s: opened again, it was closed by mistake"),
        _("Incoming paper opened again, it was closed by mistake"),
    ],
    "incoming.correct": [
        _("Incoming paper %(incoming)s: what the book says of it was corrected"),
        _("What the book says of an incoming paper was corrected"),
    ],
    "incoming.cancel": [
        _("Incoming paper %(incoming)s: the entry was made by mistake"),
        _("An entry of the book of incoming papers was made by mistake"),
    ],
    "acquaintance.enter": [
        _("%(paper)s: %(reached)s of %(invited)s members made acquainted with it"),
        _("Members made acquainted with a paper"),
    ],
    "acquaintance.correct": [
        _("%(paper)s: corrected to %(reached)s of %(invited)s members made acquainted with it"),
        _("Acquaintance with a paper was corrected"),
    ],
    "acquaintance.take_back": [
        _("%(paper)s: acquaintance with it was entered by mistake"),
        _("Acquaintance with a paper was entered by mistake"),
    ],
    "acquaintance.ask": [
        _("%(paper)s: to be studied by %(due)s"),
        _("A paper is to be studied"),
    ],
    "paper.meets": [
        _("%(paper)s named as the required paper: %(requirement)s"),
        _("Named the paper that a body must have"),
    ],
    "paper.meets_no_more": [
        _("%(paper)s is not the required paper: %(requirement)s"),
        _("Taken back that this is the paper that a body must have"),
    ],
    # Admission
    "admission.open": [
        _("Application for admission received in %(cell)s"),
        _("Application for admission received"),
    ],
    "admission.record_course": [
        _("Certificate of the awareness course of %(obtained)s recorded, valid up to %(valid_until)s"),
        _("Certificate of the awareness course recorded"),
    ],
    "admission.verify_papers": [_("Papers verified; schooling: %(schooling)s"), _("Papers verified")],
    "admission.name_introducers": [_("Introducers named")],
    "admission.name_introducers@person": [_("Named as introducer of an applicant (#%(introduced)s)")],
    "admission.name_introducers@unit": [_("Named as introducer of an applicant (#%(introduced)s)")],
    "admission.cell_vote": [
        _("The cell voted on the admission: %(votes_for)s of %(entitled)s entitled for it"),
        _("The cell voted on the admission"),
    ],
    "admission.committee_vote": [
        _("The grassroots committee voted on the admission: %(votes_for)s of %(entitled)s entitled for it"),
        _("The grassroots committee voted on the admission"),
    ],
    "admission.consent": [
        _("Consent to the re-admission given by %(decision)s"),
        _("Consent to the re-admission given"),
    ],
    "admission.admit": [
        _("Admitted by decision %(decision)s into %(cell)s"),
        _("Admitted by decision %(decision)s"),
        _("Admitted by decision"),
    ],
    "admission.admit@unit": [_("A member was admitted by decision %(decision)s")],
    "admission.decline": [_("Admission declined: %(reason)s"), _("Admission declined")],
    "admission.hold_ceremony": [_("Admission ceremony held")],
    # Recognition
    "recognition.open": [
        _("Recognition as full member proposed; probation ends on %(due)s"),
        _("Recognition as full member proposed"),
    ],
    "recognition.cell_vote": [
        _("The cell voted on the recognition: %(votes_for)s of %(entitled)s entitled for it"),
        _("The cell voted on the recognition"),
    ],
    "recognition.committee_vote": [
        _("The grassroots committee voted on the recognition: %(votes_for)s of %(entitled)s entitled for it"),
        _("The grassroots committee voted on the recognition"),
    ],
    "recognition.recognise": [
        _("Recognised as full member by decision %(decision)s, counted from %(full_from)s"),
        _("Recognised as full member by decision %(decision)s"),
        _("Recognised as full member"),
    ],
    "recognition.delete": [
        _("Not recognised and deleted from the list by decision %(decision)s"),
        _("Not recognised and deleted from the list"),
    ],
    # Transfer
    "transfer.open": [
        _("Transfer from %(from)s to %(to)s announced"),
        _("Transfer from %(from)s to a place outside the register announced: %(outside)s"),
        _("Transfer announced"),
    ],
    "transfer.send": [_("Letter of introduction %(letter)s issued"), _("Letter of introduction issued")],
    "transfer.receive": [
        _("Transferred from %(from)s to %(to)s with letter %(letter)s"),
        _("Transferred from %(from)s to %(to)s"),
        _("Transferred to another cell"),
    ],
    "transfer.receive@unit": [
        _("A member was transferred to another cell"),
        _("A transferred member arrived"),
    ],
    "transfer.confirm_outside": [
        _("Transferred out of the register to %(outside)s, confirmed by %(paper)s"),
        _("Transferred out of the register"),
    ],
    "transfer.lapse": [
        _("The days for the transfer ran out on %(due)s; back with the old cell"),
        _("The days for a transfer ran out; back with the old cell"),
    ],
    # Elsewhere for a time
    "temporary.open": [
        _("Activity in %(to)s for a time announced, up to %(until)s"),
        _("Activity outside the register for a time announced, up to %(until)s: %(outside)s"),
        _("Activity elsewhere for a time announced"),
    ],
    "temporary.send": [_("Letter of introduction %(letter)s issued"), _("Letter of introduction issued")],
    "temporary.receive": [
        _("Takes part in %(to)s for a time, up to %(until)s; counted in %(from)s"),
        _("Takes part in another cell for a time"),
    ],
    "temporary.receive@unit": [_("A member takes part in another cell for a time")],
    "temporary.confirm_outside": [
        _("Takes part outside the register for a time, up to %(until)s (%(outside)s, %(paper)s)"),
        _("Takes part outside the register for a time"),
    ],
    "temporary.extend": [
        _("Activity elsewhere extended up to %(until)s by %(decision)s"),
        _("Activity elsewhere extended"),
    ],
    "temporary.come_back": [_("Back at the official cell since %(since)s"), _("Back at the official cell")],
    "temporary.expire": [
        _("Activity elsewhere ended by itself after %(until)s"),
        _("Activity elsewhere ended by itself"),
    ],
    # Guests
    "guest.open": [
        _("Letter of a guest presented; official cell: %(origin)s; planned up to %(until)s"),
        _("Letter of a guest presented"),
    ],
    "guest.receive": [
        _("Takes part in %(cell)s as a guest up to %(until)s (%(letter)s); counted in %(origin)s"),
        _("Takes part as a guest"),
    ],
    "guest.extend": [
        _("Time as a guest extended up to %(until)s by %(decision)s"),
        _("Time as a guest extended"),
    ],
    "guest.go_back": [
        _("Guest back at the official cell since %(since)s"),
        _("Guest back at the official cell"),
    ],
    "guest.expire": [
        _("Time as a guest ended by itself after %(until)s"),
        _("Time as a guest ended by itself"),
    ],
    "arrival.open": [
        _("Letter from outside presented; comes from %(origin)s"),
        _("Letter from outside presented"),
    ],
    "arrival.receive": [
        _("Transferred in from %(origin)s to %(cell)s with letter %(letter)s; member since %(admitted)s"),
        _("Transferred in from outside the register"),
    ],
    # Leaving
    "member.died": [_("Died; the file is kept by %(cell)s"), _("Died")],
    "member.died@unit": [_("A member died")],
    "leaving.open": [_("Request to leave received")],
    "leaving.consider": [
        _("The cell considered the request to leave: %(votes_for)s of %(entitled)s entitled for it"),
        _("The cell considered the request to leave"),
    ],
    "leaving.let_go": [_("Left at own wish by decision %(decision)s"), _("Left at own wish")],
    "leaving.refuse": [_("Request to leave refused: %(reason)s"), _("Request to leave refused")],
    # Exemption, absence
    "exemption.open": [_("Request for exemption from work and activities received")],
    "exemption.decide": [
        _(
            "The cell decided on the exemption: %(votes_for)s of %(entitled)s entitled for it; up to "
            "%(until)s"
        ),
        _("The cell decided on the exemption: %(votes_for)s of %(entitled)s entitled for it"),
        _("The cell decided on the exemption"),
    ],
    "exemption.decide@unit": [_("A member was exempted from work and activities")],
    "member.resume": [_("Takes part again; the exemption ended")],
    "member.missing": [_("Contact lost: %(reason)s"), _("Contact lost")],
    "member.found": [_("Contact regained; it was lost since %(since)s"), _("Contact regained")],
    # Suspension
    "suspension.open": [_("Suspension proposed")],
    "suspension.suspend": [
        _("Activity suspended up to %(until)s by decision %(decision)s"),
        _("Activity suspended"),
    ],
    "suspension.extend": [
        _("Suspension extended up to %(until)s by decision %(decision)s"),
        _("Suspension extended"),
    ],
    "suspension.lift": [_("Suspension lifted by decision %(decision)s"), _("Suspension lifted")],
    "suspension.expire": [_("Suspension ended by itself after %(until)s"), _("Suspension ended by itself")],
    "suspension.decline": [_("Suspension declined: %(reason)s"), _("Suspension declined")],
    # Deletion, expulsion, complaint
    "deletion.open": [_("Deletion from the list proposed")],
    "deletion.cell_vote": [
        _("The cell voted on the deletion: %(votes_for)s of %(entitled)s entitled for it"),
        _("The cell voted on the deletion"),
    ],
    "deletion.committee_vote": [
        _("The grassroots committee voted on the deletion: %(votes_for)s of %(entitled)s entitled for it"),
        _("The grassroots committee voted on the deletion"),
    ],
    "deletion.delete": [
        _("Deleted from the list by decision %(decision)s"),
        _("Deleted from the list of members"),
    ],
    "deletion.refuse": [_("Deletion refused: %(reason)s"), _("Deletion refused")],
    "member.expel": [_("Expelled by decision %(decision)s"), _("Expelled")],
    "member.expel@unit": [_("A member was expelled")],
    "complaint.open": [
        _("Complaint against the deletion received (%(decision)s)"),
        _("Complaint against the deletion received"),
    ],
    "complaint.uphold": [
        _("Complaint upheld by %(decision)s: member without a gap since %(since)s, in %(cell)s again"),
        _("Complaint upheld, membership restored"),
    ],
    "complaint.uphold@unit": [_("A member was restored on complaint")],
    "complaint.dismiss": [_("Complaint dismissed (%(paper)s)"), _("Complaint dismissed")],
    # Sizes
    "size_review.open": [
        _("A decision about the size was asked for (%(count)s members)"),
        _("A decision about the size was asked for"),
    ],
    "size_review.answer": [
        _("Answered by decision %(decision)s: %(answer)s"),
        _("The question about the size was answered"),
    ],
    "size_review.leave": [
        _("The size is left as it is: %(reason)s"),
        _("The size is left as it is, with a reason"),
    ],
    "size_review.settle": [_("The size is right again")],
    # Bodies
    "founding.enact": [
        _("Founded by decision %(decision)s under %(parent)s: %(kind)s"),
        _("Founded a body under it: %(founded)s"),
        _("Member from %(from)s to %(to)s, a new cell"),
        _("Founded"),
    ],
    "renaming.enact": [_("Renamed by decision %(decision)s: %(names)s"), _("Renamed")],
    "moving.enact": [
        _("Moved from %(from)s to %(to)s by decision %(decision)s"),
        _("%(came)s came under it"),
        _("%(went)s went to another superior body"),
        _("Moved"),
    ],
    "kind_change.enact": [
        _("Changed from %(before)s to %(after)s by decision %(decision)s"),
        _("Changed its kind"),
    ],
    "ending.enact": [
        _("Ended by decision %(decision)s; succeeded by %(successor)s"),
        _("Ended by decision %(decision)s; its papers are kept by %(custodian)s"),
        _("Succeeded %(came_of)s"),
        _("Ended"),
    ],
    "merging.enact": [
        _("Merged into %(successor)s by decision %(decision)s"),
        _("Took in %(came_of)s"),
        _("Passed from %(from)s to %(to)s when the cells merged"),
        _("Released from the post %(released)s when the cells merged"),
        _("Merged"),
    ],
    # Posts
    "post.found": [_("Post %(post)s founded by decision %(decision)s"), _("Post founded")],
    "post.end": [_("Post %(post)s ended by decision %(decision)s"), _("Post ended")],
    "post.fill": [
        _("Holds the post %(post)s by decision %(decision)s"),
        _("Holds the post %(post)s (%(manner)s)"),
        _("Post filled"),
    ],
    "post.fill@post": [_("Filled by decision %(decision)s"), _("Post filled")],
    "post.fill@unit": [_("Post %(post)s filled by decision %(decision)s"), _("Post filled")],
    "post.release": [
        _("Released from the post %(post)s by decision %(decision)s"),
        _("Released from the post %(post)s"),
        _("Released from a post"),
    ],
    "post.release@post": [_("Holder released by decision %(decision)s"), _("Holder released")],
    "post.release@unit": [
        _("Holder of the post %(post)s released by decision %(decision)s"),
        _("Holder released"),
    ],
    # People
    "person.enter": [_("Entered in the register by %(unit)s"), _("Entered in the register")],
    "person.enter@unit": [_("Entered a person in the register")],
    "person.contact": [_("Contact data entered")],
    "area.place": [
        _("%(area)s lies in %(after)s from %(since)s on, no longer in %(before)s"),
        _("It was said in which commune a place lies"),
    ],
    "person.rename": [
        _("Name changed from %(before)s to %(after)s, from %(since)s on (%(paper)s)"),
        _("Name changed"),
    ],
    "person.background": [_("Ethnicity and religion entered, as the person states them")],
    "person.qualification": [_("Qualification entered")],
    "person.erase": [
        _("Personal content erased (%(basis)s, %(paper)s)"),
        _("Personal content erased"),
    ],
    # Cards
    "card.issue": [_("Card %(number)s issued by decision %(decision)s"), _("Card issued")],
    "card.exchange": [_("Card %(number)s exchanged by decision %(decision)s"), _("Card exchanged")],
    "card.lost": [_("Card %(number)s reported lost (%(reason)s)"), _("Card reported lost")],
    "card.withdraw": [_("Card %(number)s withdrawn"), _("Card withdrawn")],
    "card_run.open": [_("Print run of %(cards)s cards drawn up"), _("Print run of cards drawn up")],
    "card_run.print_cards": [
        _("%(cards)s cards printed, counterfoils %(first)s to %(last)s"),
        _("Cards printed"),
    ],
    "card_run.spoil": [_("Sheet with counterfoil %(spoilt)s struck off"), _("Spoilt sheet struck off")],
    "card_run.hand_out": [
        _("Card %(number)s handed out by decision %(decision)s"),
        _("%(cards)s cards handed out by decision %(decision)s"),
        _("Cards handed out"),
    ],
    # Party badges
    "badge.open": [
        _("Badge for %(years)s years of membership proposed for %(award_day)s"),
        _("Party badge proposed"),
    ],
    "badge.agree": [_("Agreed to the badge for %(years)s years"), _("Agreed to the party badge")],
    "badge.award": [
        _("Badge for %(years)s years of membership awarded on %(award_day)s by decision %(decision)s"),
        _("Party badge awarded"),
    ],
    "badge.decline": [_("Party badge declined: %(reason)s"), _("Party badge declined")],
    "badge.award_all": [
        _("Badge for %(years)s years of membership awarded on %(award_day)s by decision %(decision)s"),
        _("%(badges)s badges awarded for %(award_day)s by decision %(decision)s"),
        _("Party badges awarded"),
    ],
    "badge.lost": [_("Badge for %(years)s years reported lost (%(reason)s)"), _("Badge reported lost")],
    # Double records
    "person.merge": [
        _("Took in record #%(merged)s, which is the same person (%(reason)s; %(paper)s)"),
        _("Took in record #%(merged)s, which is the same person (%(reason)s)"),
        _("Merged into record #%(into)s"),
        _("Two records of one person merged"),
    ],
    "person.unmerge": [
        _("Record #%(parted)s was parted from it again (%(reason)s)"),
        _("Parted again from record #%(parted_from)s"),
        _("The merging of two records undone"),
    ],
    "person.apart": [
        _("Found not to be the same person as #%(apart_from)s (%(reason)s)"),
        _("Two records found to be two people"),
    ],
    "person.maybe_same": [
        _("May be the same person as #%(maybe)s after all (%(reason)s)"),
        _("Taken back that two records are two people"),
    ],
    "person.erase_part": [
        _("Part of the personal content erased: %(parts)s (%(basis)s)"),
        _("Part of the personal content erased"),
    ],
    "retention.run": [_("Erased what had been kept long enough")],
    "hold.place": [_("Erasure stopped until %(until)s: %(reason)s"), _("Erasure stopped for a time")],
    "hold.lift": [_("Erasure goes on: %(reason)s"), _("Erasure goes on")],
    # What people ask about their data
    "data_request.open": [_("Request about one's own data received")],
    "data_request.acknowledge": [_("Request about one's own data acknowledged")],
    "data_request.accept": [_("Request about one's own data accepted")],
    "data_request.carry_out": [_("Request about one's own data carried out")],
    "data_request.refuse": [_("Request about one's own data refused")],
    "data_request.withdraw": [_("Request about one's own data withdrawn")],
    "file.hand_over": [_("File handed to %(to)s"), _("File handed over")],
    # Standing in, and two people
    "mandate.lend": [
        _("Mandate of the post %(post)s lent from %(since)s to %(until)s"),
        _("A mandate of this post was lent"),
    ],
    "mandate.accept": [_("Mandate of the post %(post)s accepted"), _("A mandate of this post was accepted")],
    "mandate.decline": [
        _("Mandate of the post %(post)s declined or given back"),
        _("A mandate of this post was declined or given back"),
    ],
    "mandate.revoke": [_("Mandate of the post %(post)s revoked"), _("A mandate of this post was revoked")],
    "proposal.make": [_("Proposed, waits for a second person: %(verb)s"), _("Proposed to a second person")],
    "proposal.confirm": [_("Confirmed by a second person: %(verb)s"), _("Confirmed by a second person")],
    "proposal.decline": [_("Declined by a second person: %(verb)s"), _("Declined by a second person")],
    "proposal.withdraw": [_("Proposal withdrawn: %(verb)s"), _("Proposal withdrawn")],
    "proposal.expire": [_("Proposal lapsed: %(verb)s"), _("Proposal lapsed")],
    # Corrections
    **{
        f"correction.{fact}": [
            _(
                "Corrected: %(fact)s, from %(before)s to %(after)s, for the days from %(since)s to "
                "%(until)s (%(paper)s)"
            ),
            _("Corrected: %(fact)s, from %(before)s to %(after)s, from %(since)s on (%(paper)s)"),
            _("Corrected: %(fact)s, from %(before)s to %(after)s"),
            _("Corrected: %(fact)s (%(paper)s)"),
            _("Record corrected"),
        ]
        for fact in FACTS
    },
    "correction.make": [_("Record corrected: %(reason)s"), _("Record corrected")],
    # Aims
    "target.set": [
        _("Admission target for %(year)s set from %(before)s to %(number)s by decision %(decision)s"),
        _("Admission target for %(year)s set to %(number)s by decision %(decision)s"),
        _("Admission target set"),
    ],
    "quota.allot": [
        _("Staffing quota for %(year)s set from %(before)s to %(number)s posts by decision %(decision)s"),
        _("Staffing quota for %(year)s set to %(number)s posts by decision %(decision)s"),
        _("Staffing quota set"),
    ],
    "quota.goal": [
        _("Goal of reduction for %(year)s set to %(percent)s %% by decision %(decision)s"),
        _("Goal of reduction set"),
    ],
    "staff.place": [
        _("Given a post of the budget by decision %(decision)s"),
        _("Given a post of the budget"),
    ],
    "staff.leave": [
        _("Left a post of the budget by decision %(decision)s"),
        _("Left a post of the budget"),
    ],
    "retirement.decide": [
        _("Month of retirement decided: %(month)s, by decision %(decision)s"),
        _("Month of retirement decided"),
    ],
    "staff.agree": [
        _("A solution was agreed in the reorganisation %(plan)s"),
        _("A solution was agreed in a reorganisation"),
    ],
    "plan.close": [
        _("The reorganisation %(plan)s was closed"),
        _("A reorganisation was closed"),
    ],
    "staff.benefit": [
        _("A benefit was granted by decision %(decision)s"),
        _("A benefit was granted"),
    ],
    "growth.remark": [
        _("Causes and proposals on growth stated for %(quarter)s"),
        _("Causes and proposals on growth stated"),
    ],
    # Take-over, reports, accounts
    "takeover": [_("Taken over from earlier registers")],
    "takeover.run": [_("Taken over from earlier registers")],
    # Reorganisation: a whole plan, then each body that changes
    "reorganisation.plan": [_("Plan %(plan)s drawn up"), _("Plan of reorganisation drawn up")],
    "reorganisation.decide": [_("Decided in the plan %(plan)s"), _("Decided in a plan of reorganisation")],
    "reorganisation.accept": [
        _("Accepted as the rules propose, in the plan %(plan)s: %(count)s things in %(groups)s groups"),
        _("What hangs in a plan of reorganisation accepted"),
    ],
    "reorganisation.enact": [_("Plan %(plan)s enacted"), _("Plan of reorganisation enacted")],
    "reorganisation.undo": [_("Plan %(plan)s taken back"), _("Plan of reorganisation taken back")],
    **dict.fromkeys(
        (
            "plan.found",
            "plan.end",
            "plan.merge",
            "plan.absorb",
            "plan.split",
            "plan.move",
            "plan.rename",
            "plan.kind",
            "plan.function",
            "plan.areas",
        ),
        [_("Change %(order)s written into the plan %(plan)s"), _("Change written into a plan")],
    ),
    **dict.fromkeys(("plan.draft", "plan.variant"), [_("Plan of reorganisation drawn up")]),
    **dict.fromkeys(
        ("plan.clause", "plan.correct"),
        [_("Plan %(plan)s: %(clause)s checked against the text"), _("Clause checked against the text")],
    ),
    "plan.choose": [
        _("Plan %(plan)s withdrawn, %(chosen)s chosen instead: %(reason)s"),
        _("Plan %(plan)s chosen among its variants: %(reason)s"),
        _("Variant of a plan chosen"),
    ],
    "plan.withdraw": [_("Plan %(plan)s withdrawn: %(reason)s"), _("Plan withdrawn")],
    "plan.take_out": [
        _("Change %(order)s taken out of the plan %(plan)s"),
        _("Change taken out of a plan"),
    ],
    "reorganisation.found": [
        _("Founded under %(under)s as %(code)s by the plan %(plan)s"),
        _("Founded in a reorganisation"),
    ],
    "reorganisation.move": [
        _("Moved from %(from)s to %(to)s by the plan %(plan)s"),
        _("Moved in a reorganisation"),
    ],
    "reorganisation.kind": [
        _("Kind changed by the plan %(plan)s"),
        _("Kind changed in a reorganisation"),
    ],
    "reorganisation.rename": [
        _("Renamed “%(name)s” by the plan %(plan)s"),
        _("Renamed in a reorganisation"),
    ],
    "reorganisation.end": [
        _("Ended by the plan %(plan)s; %(custodian)s keeps what it leaves"),
        _("Ended in a reorganisation"),
    ],
    "reorganisation.person": [
        _("Came from %(from)s to %(to)s by the plan %(plan)s"),
        _("Came to another cell in a reorganisation"),
    ],
    "function.give": [
        _("Function “%(function)s” given by decision %(decision)s"),
        _("Function “%(function)s” given"),
        _("Function given to a body"),
    ],
    "function.hand_over": [
        _("Function “%(function)s” handed over from %(from)s to %(to)s by decision %(decision)s"),
        _("Function handed over to another body"),
    ],
    "function.end": [
        _("Function “%(function)s” ended by decision %(decision)s"),
        _("Function of a body ended"),
    ],
    "reorganisation.committee": [
        _("The new committee was appointed by decision %(decision)s; %(count)s who led on stopped"),
        _("Led on until the new committee was appointed by decision %(decision)s"),
        _("The new committee was appointed"),
    ],
    "reorganisation.sign": [
        _("Handover signed in the plan %(plan)s: %(item)s, %(amount)s"),
        _("Handover signed"),
    ],
    "batch.undo": [_("Taken back together with the sheet that brought it")],
    "takeover.unit": [
        _("Taken over from earlier registers as %(kind)s, existing since %(since)s"),
        _("Taken over from earlier registers"),
    ],
    "takeover.member": [
        _("Taken over from earlier registers as a member since %(member_since)s, in %(cell)s"),
        _("Taken over from earlier registers"),
    ],
    "takeover.person": [_("Taken over from earlier registers")],
    "report.issue": [_("Report issued: %(title)s"), _("Report issued")],
    "account.add": [_("Account made")],
    "account.password": [_("New password given")],
    "account.lock": [_("Account closed")],
    "account.unlock": [_("Account opened again")],
    "account.link": [_("Account joined to its person")],
    "account.changed": [_("Account described anew as “%(username)s”"), _("Account described anew")],
    "account.end": [_("Account ended for good")],
    "account.tie": [_("Account tied to the provider %(provider)s"), _("Account parted from its provider")],
    "account.sign_in": [_("Signed in")],
    "account.factor_added": [_("Second factor set up")],
    "account.factor_removed": [_("Second factor removed")],
    "account.recovery_codes": [_("New recovery codes made")],
    "account.session_ended": [_("Sessions ended: %(count)s"), _("Sessions ended")],
    "account.token_made": [_("API token “%(token)s” made"), _("API token made")],
    "account.token_ended": [_("API token “%(token)s” ended"), _("API token ended")],
    "account.reset": [_("Sign-in reset by the help desk: %(reason)s"), _("Sign-in reset by the help desk")],
}
