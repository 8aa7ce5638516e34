"""This room is for passwords known to have leaked, looked up in a file on this machine, never elsewhere."""

from __future__ import annotations

import hashlib
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from .search import fold


class LeakedPasswordValidator:
    """Refuses what stands in the list that ``ORGWORK_LEAKED_PASSWORDS`` names; without one it says nothing.

    The list is as "Have I Been Pwned" publishes it for download: one SHA-1 in capitals a line, in order, with
    or without ``:count``. It is searched where it lies: forty gigabytes take forty looks.
    """

    def validate(self, password: str, user=None) -> None:
        path = settings.ORGWORK_LEAKED_PASSWORDS
        if path and stands_in(Path(path), hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest()):
            raise ValidationError(
                _("This password is known from a theft of passwords elsewhere; choose another."),
                code="leaked",
            )

    def get_help_text(self) -> str:
        return _("The password must not be known from a theft of passwords elsewhere.")


#: What everybody here would try first: the house, the organisation, the place, the offices.
WORDS = (
    "orgwork", "matkhau", "password", "passwort", "parol", "dangcongsan", "dangvien", "dang", "chibo",
    "danguy",
    "dienbien", "dienbienphu", "vietnam", "hanoi", "admin", "bithu", "chutich", "quantri", "secretary",
)  # fmt: skip


class HouseWordsValidator:
    """Refuses a password that is hardly more than words of the house and figures."""

    def validate(self, password: str, user=None) -> None:
        rest = fold(password).replace(" ", "")
        for word in sorted(WORDS, key=len, reverse=True):
            rest = rest.replace(word, "")
        if len("".join(letter for letter in rest if not letter.isdigit())) < 4 and any(
            word in fold(password).replace(" ", "") for word in WORDS
        ):
            raise ValidationError(
                _("This password is made of words that everybody here would try first; choose another."),
                code="house_words",
            )

    def get_help_text(self) -> str:
        return _("The password must not be made of words such as the name of the office.")


def stands_in(path: Path, digest: str) -> bool:
    """Whether a line of the ordered file begins with the digest."""
    wanted = digest.upper().encode()
    with path.open("rb") as file:
        low, high = 0, file.seek(0, 2)
        while low < high:
            middle = (low + high) // 2
            file.seek(middle)
            if middle:
                file.readline()  # into the next whole line
            start, line = file.tell(), file.readline()
            if not line or line[:40].upper() >= wanted:
                if line[:40].upper() == wanted:
                    return True
                high = middle
            else:
                low = start + len(line)
        file.seek(low)
        return file.readline()[:40].upper() == wanted
