"""This room is for keeping a text with what is found in it, and for reading it again with newer rules."""

from __future__ import annotations

import datetime as dt
import re

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orgwork.exchange.texts.kept import KeptText, State, TextFind, checksum, first_day, rows_of, version
from orgwork.exchange.texts.lexicons import LANGUAGES
from orgwork.exchange.texts.reading import read
from orgwork.exchange.texts.text import UnknownLanguage
from orgwork.foundation import journal
from orgwork.foundation.moments import Act, writing
from orgwork.foundation.refusals import Refusal
from orgwork.procedures.cases import Outcome
from orgwork.procedures.fields import Field
from orgwork.procedures.operations import operation
from orgwork.registers import access
from orgwork.registers.units import ROOT, Unit

ACT = "text.work"
#: Letters of a text that is kept; longer ones are read by the command, which keeps nothing.
LETTERS = 1_200_000
AT_ONCE = 1000
#: The stamp of a secret paper stands alone on a line at its head: of those no text is ever kept.
_STAMP = re.compile(r"^[ \t]*(?:TUYỆT MẬT|TỐI MẬT|MẬT)[ \t]*$", re.MULTILINE)
_HEAD = 1500


def keep(
    given: str, *, actor, door: str, unit: Unit, day: dt.date | None = None, language: str = "",
    title: str = "", file_name: str = "", content: bytes | None = None, within: Act | None = None,
) -> tuple[KeptText, bool]:  # fmt: skip
    """The text with its finds as open proposals, and whether it is new: the same text is kept once.

    ``content`` are the bytes of the file it came from. Refuses who may not work on texts at the body, what
    is secret, too long, or in no known language.
    """
    _refuse(given, day)
    now = within.day if within else _today()
    if not (within and within.cleared):
        access.require(actor, ACT, unit, now=now)
    said = checksum(given)
    known = KeptText.objects.filter(unit=unit, checksum=said, forgotten_at=None).first()
    if known is not None:
        return known, False
    try:
        reading = read(given, known_language(language) or None)
    except UnknownLanguage as error:
        raise Refusal(
            _("The language cannot be told from this text; choose it."), field="language", code="language"
        ) from error
    row = KeptText(
        unit=unit, title=(title.strip() or file_name or _first_line(given))[:300], day=day or now,
        language=reading.lang, text=given, checksum=said, file_name=file_name[:200],
        file_checksum=checksum(content) if content is not None else "", read_with=version(),
    )  # fmt: skip
    if within is not None:
        return _write(within, row, reading)
    with writing(actor=actor, door=door) as act:
        return _write(act, row, reading)


def known_language(said: str) -> str:
    """A language that can be read; refuses another."""
    if said and said not in LANGUAGES:
        raise Refusal(
            _("Texts are read in Vietnamese, English, German and Russian: vi, en, de or ru."),
            field="language", code="language",
        )  # fmt: skip
    return said


def _write(act: Act, row: KeptText, reading) -> tuple[KeptText, bool]:
    row.kept_by, row.kept_at, row.moment = act.actor, act.at, act.moment
    # Two who bring the same text at once: the second comes to the text of the first.
    KeptText.objects.bulk_create([row], ignore_conflicts=True)
    found = KeptText.objects.get(unit=row.unit, checksum=row.checksum, forgotten_at=None)
    if found.moment != act.moment:
        return found, False
    rows = rows_of(found, reading)
    TextFind.objects.bulk_create(rows, batch_size=AT_ONCE)
    said = {"count": len(rows), "letters": len(found.text)}
    journal.record(
        act, "text.keep", day=act.day, subjects=[(("text", found.pk), said), (("unit", found.unit_id), {})]
    )
    return found, True


def _refuse(given: str, day: dt.date | None) -> None:
    if not given.strip():
        raise Refusal(_("Paste a text, or choose a file."), field="text", code="missing")
    if "\x00" in given:
        raise Refusal(
            _("The text holds characters that no text has; save the file as UTF-8 and try again."),
            field="text", code="unreadable",
        )  # fmt: skip
    if len(given) > LETTERS:
        raise Refusal(
            _("The text has %(length)s letters; at most %(most)s are kept. Bring it in parts, or read it "
              "with “orgwork read”, which keeps nothing.") % {"length": len(given), "most": LETTERS},
            field="text", code="too_long",
        )  # fmt: skip
    if _STAMP.search(given[:_HEAD]):
        raise Refusal(
            _("The text bears the stamp of a secret paper; of those neither text nor finds are ever kept. "
              "Enter it in the register of papers with number, kind and day alone."),
            field="text", code="secret", citation="HD 36-HD/VPTW",
        )  # fmt: skip
    if day is not None and not first_day() <= day <= _today() + dt.timedelta(days=366):
        raise Refusal(
            _("The day of the text lies too far away; look at the year again."), field="day", code="day"
        )


def _today() -> dt.date:
    from django.utils import timezone

    return timezone.localdate()


def _first_line(given: str) -> str:
    lines = (" ".join(line.split()) for line in given.splitlines())
    line = next((one for one in lines if len(one) > 3), "")
    return line if len(line) <= 120 else line[:119] + "…"


# ── reading again ────────────────────────────────────────────────────────────────────────────────────────


def _text(number: int | None) -> KeptText | None:
    return KeptText.objects.filter(pk=number).select_related("unit").first() if number else None


def unit_of(number: int | None) -> Unit:
    """The body over which the power is needed: that of the text, and the whole for what there is not."""
    found = _text(number)
    return found.unit if found is not None else Unit.objects.get(code=ROOT)


def text_of(number: int | None) -> KeptText:
    found = _text(number)
    if found is None or found.forgotten_at is not None:
        raise Refusal(
            _("There is no kept text with this number; look at the list again."), field="text",
            code="nothing_there",
        )  # fmt: skip
    return found


@operation(
    "text.read_again",
    label=gettext_lazy("Read a kept text again"),
    act=ACT,
    at=lambda asked: unit_of(asked["text"]),
    help=gettext_lazy("With newer rules. What was decided stays; what was dismissed is not proposed again."),
    fields=[Field("text", "number", gettext_lazy("Number of the kept text"))],
)
def read_again(act: Act, *, day, text):
    """Open finds become those of the new reading; decided ones stay, and nothing lies on top of them."""
    kept = KeptText.objects.select_for_update(no_key=True).get(pk=text_of(text).pk)
    known = {row.key: row for row in kept.finds.only("kind", "start", "end", "norm", "state", "said", "text")}
    fresh = {row.key: row for row in rows_of(kept, read(kept.text, kept.language))}
    kept.finds.filter(
        pk__in=[row.pk for key, row in known.items() if row.state == State.OPEN and key not in fresh]
    ).delete()
    changed = []
    for key, row in known.items():
        if row.state == State.OPEN and key in fresh and row.said != fresh[key].said:
            row.said = fresh[key].said
            changed.append(row)
    TextFind.objects.bulk_update(changed, ["said"], batch_size=AT_ONCE)
    rows = [row for key, row in fresh.items() if key not in known]
    TextFind.objects.bulk_create(rows, batch_size=AT_ONCE)
    KeptText.objects.filter(pk=kept.pk).update(read_with=version())
    said = {"count": kept.finds.filter(state=State.OPEN).count()}
    return Outcome(subjects=[(("text", kept.pk), said), (("unit", kept.unit_id), {})], result=kept)
