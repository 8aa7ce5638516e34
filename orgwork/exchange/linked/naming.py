"""This room is for the names of things in linked data: the same thing has the same one in every export.

With an address of the installation (``ORGWORK_BASE_URL``) they are addresses of its pages with a part behind
the hash, so that the page and what it speaks of are told apart and whoever follows one finds the page.
Without it they are made of the numbers of the register, which begin elsewhere in every installation. Lists
of codes, kinds and ways to change are everybody's: their names hold no address. Decision 0022.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from django.conf import settings

from .writing import Iri, Typed

#: Names without an address begin so.
URN = "urn:orgwork:"


def shared(what: str, code: str) -> Iri:
    """A kind, a role, a way to change, a list of codes: the same in every installation."""
    return Iri(f"{URN}{what}:{quote(code, safe='')}")


@dataclass(frozen=True)
class Names:
    """The names that one installation gives; without an address by number alone."""

    address: str

    @classmethod
    def here(cls) -> Names:
        return cls(settings.ORGWORK_BASE_URL)

    def body(self, number: int, code: str, part: str = "") -> Iri:
        return self._named(f"bodies/{quote(code, safe='')}/", "body", number, part)

    def area(self, number: int, part: str = "") -> Iri:
        return self._named(f"api/v1/areas/{number}", "area", number, part)

    def post(self, number: int, code: str) -> Iri:
        return self._named(f"posts/{quote(code, safe='')}/", "post", number)

    def paper(self, number: int) -> Iri:
        return self._named(f"documents/{number}/", "paper", number)

    def code(self, code: str, of: str) -> Typed:
        """A code of this register's own, told apart from those of other installations."""
        return Typed(code, self.listing(of))

    def listing(self, of: str) -> Iri:
        return Iri(f"{self.address}/#list-{of}") if self.address else shared("list", of)

    def _named(self, page: str, what: str, number: int, part: str = "") -> Iri:
        if self.address:
            return Iri(f"{self.address}/{page}#{part or what}")
        return Iri(f"{URN}{what}:{number}" + (f":{part}" if part else ""))


def listed(code_list: str, code: str) -> Typed:
    """A code of an official list: without the list it says nothing, since codes were used again."""
    return Typed(code, shared("list", code_list))
