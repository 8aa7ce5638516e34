"""This room is for the journal: who did what, through which door, to whom, and that nobody has altered it.

Procedures insert entries and lock nothing. After commit whoever gets the sealer's try-lock links all entries
below the horizon, in order (moment, ordinal). The chain covers salted digests; what was said of each subject
lies beside it and can be erased without breaking the chain.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from django.conf import settings
from django.db import connection, models, transaction
from django.db.models import Exists, F, Max, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from .bulk import insert
from .constraints import AppendOnly, guards_lifted
from .moments import Act, horizon, lowest_here
from .moments import base as start_of_block
from .rows import insert_alike, insert_row

#: The verb under which content may be gone.
ERASURE = "person.erase"
#: PostgreSQL advisory lock of the sealer.
SEALING = 80
SEAL_AT_ONCE = 5_000
#: So many the server links by itself, in one message; where more wait they are linked here, many at once.
SEAL_THERE = 50


class Entry(models.Model):
    """One act on the registers; its sentence is its verb's wording, its content lies with its subjects."""

    moment = models.BigIntegerField(_("moment"))
    ordinal = models.PositiveIntegerField(_("ordinal"))
    verb = models.CharField(_("verb"), max_length=60)
    door = models.CharField(_("door"), max_length=20)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    case = models.BigIntegerField(_("case"), null=True)
    day = models.DateField(_("day"))
    batch = models.CharField(_("batch"), max_length=64, blank=True)
    digest = models.CharField(_("digest"), max_length=64)

    class Meta:
        verbose_name = _("journal entry")
        verbose_name_plural = _("journal entries")
        constraints = [
            models.UniqueConstraint(fields=["moment", "ordinal"], name="entry_moment_ordinal"),
            AppendOnly(name="entry_append_only", allow=()),
        ]
        indexes = [models.Index(fields=["case"], name="entry_case", condition=Q(case__isnull=False))]

    def __str__(self):
        return f"{self.verb} · {self.day}"


class EntrySubject(models.Model):
    """What an entry says of one person, body, paper …; emptied by erasure, which leaves the digest."""

    entry = models.ForeignKey(Entry, models.PROTECT, related_name="subjects")
    ordinal = models.PositiveSmallIntegerField()
    type = models.CharField(_("kind of subject"), max_length=20)
    subject_id = models.BigIntegerField(_("subject"))
    salt = models.CharField(max_length=32, null=True)  # noqa: DJ001  null says erased, empty would be a salt
    content = models.JSONField(_("content"), null=True)
    digest = models.CharField(max_length=64)
    erased_under = models.BigIntegerField(null=True)

    class Meta:
        constraints = [AppendOnly(name="entry_subject_append_only", allow=())]
        indexes = [models.Index(fields=["type", "subject_id"], name="entry_subject_of")]

    def __str__(self):
        return f"{self.type} {self.subject_id}"


class Link(models.Model):
    """One link of the chain: position, the entry's digest, and the hash over it and the link before."""

    position = models.BigIntegerField(primary_key=True)
    entry = models.BigIntegerField()
    digest = models.CharField(max_length=64)
    link = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["entry"], name="link_entry"),
            AppendOnly(name="link_append_only", allow=()),
        ]

    def __str__(self):
        return f"{self.position} · {self.link[:12]}"


def record(act: Act, verb: str, *, day: dt.date, subjects: Iterable, case: int | None = None) -> Entry:
    """Write one entry. ``subjects`` are pairs ((type, id), content); content is plain JSON data."""
    if act.unheard:
        return Entry(moment=act.moment, ordinal=act.next_ordinal(), verb=verb, day=day, case=case)
    said = [(kind, ident, *salted(kind, ident, content)) for (kind, ident), content in subjects]
    entry = Entry(
        moment=act.moment, ordinal=act.next_ordinal(), verb=verb, door=act.door, actor=act.actor,
        case=case, day=day, batch=act.batch,
    )  # fmt: skip
    entry.digest = entry_digest(
        entry.moment, entry.ordinal, verb, act.door, entry.actor_id, case, day, act.batch,
        [(kind, ident, digest) for kind, ident, _salt, _content, digest in said],
    )  # fmt: skip
    insert_row(entry)
    rows = [(entry.pk, n, *one) for n, one in enumerate(said)]
    if len(rows) > AT_ONCE:
        insert(EntrySubject, SUBJECT, rows)
        return entry
    insert_alike(EntrySubject, SUBJECT, rows)
    return entry


SUBJECT = ("entry_id", "ordinal", "type", "subject_id", "salt", "content", "digest")
#: An entry about more subjects writes them in bulk.
AT_ONCE = 20


def erase(act: Act, *, day: dt.date, subjects: Iterable, case: int | None = None) -> Entry:
    """Take away for good what the journal says of these subjects, under an entry that says so.

    ``subjects`` as for ``record``: every one that is to be emptied is named, since ``verify`` believes an
    erasure only of what its entry names. Digests stay, so the chain holds; salts go, so nobody can guess.
    """
    subjects = list(subjects)
    entry = record(act, ERASURE, day=day, subjects=subjects, case=case)
    with guards_lifted(f"erasure under entry {entry.pk}"):
        for (kind, ident), _content in subjects:
            said = EntrySubject.objects.filter(type=kind, subject_id=ident, salt__isnull=False)
            said.exclude(entry=entry).update(salt=None, content=None, erased_under=entry.pk)
    return entry


def forget(act: Act, *, day: dt.date, before: int, most: int, said: dict) -> int:
    """Take away what entries of moments before ``before`` say of people, under an entry that names whom.

    At most ``most`` subjects at once, the oldest first; what later entries say of the same people stays. How
    many subjects were emptied.
    """
    rows = EntrySubject.objects.filter(entry__moment__lt=before, salt__isnull=False, type="person")
    named = list(dict.fromkeys(rows.order_by("entry").values_list("subject_id", flat=True)[:most]))
    if not named:
        return 0
    subjects = [(("person", ident), said if not at else {}) for at, ident in enumerate(named)]
    entry = record(act, ERASURE, day=day, subjects=subjects)
    with guards_lifted(f"content kept long enough, entry {entry.pk}"):
        old = EntrySubject.objects.filter(
            entry__moment__lt=before, salt__isnull=False, type="person", subject_id__in=named
        )
        return old.update(salt=None, content=None, erased_under=entry.pk)


def salted(kind: str, ident: int, content) -> tuple[str, object, str]:
    """(salt, content, digest): a digest without salt is no erasure (a birth date is found in 0.06 s)."""
    salt = secrets.token_hex(16)
    return salt, content, subject_digest(kind, ident, salt, content)


def subject_digest(kind: str, ident: int, salt: str, content) -> str:
    return hashlib.sha256(f"{salt}{kind}:{ident}:{canonical(content)}".encode()).hexdigest()


def entry_digest(moment, ordinal, verb, door, actor, case, day, batch, subjects) -> str:
    """Digest of one entry; ``subjects`` are triples (type, id, digest) in their order."""
    day = day.isoformat() if isinstance(day, dt.date) else str(day)
    said = canonical([moment, ordinal, verb, door, actor, case, day, batch, [list(s) for s in subjects]])
    return hashlib.sha256(said.encode()).hexdigest()


# Made once: json.dumps would make an encoder for each of a take-over's million subjects.
_CANONICAL = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)


def canonical(content) -> str:
    return _CANONICAL.encode(content)


def link_after(previous: str, position: int, entry: int, digest: str) -> str:
    return hashlib.sha256(f"{previous}|{position}|{entry}|{digest}".encode()).hexdigest()


def seal() -> int:
    """Link what is below the horizon and not yet linked; return how many. Nobody waits for it."""
    linked = 0
    if connection.vendor == "postgresql":
        done = _seal_there()
        if done is None or done < SEAL_THERE:
            return done or 0
        linked = done
    limit = horizon()
    while True:
        with transaction.atomic():
            if not _try_lock():
                return linked
            done = _seal_some(limit)
        linked += done
        if done < SEAL_AT_ONCE:
            return linked


def _seal_there() -> int | None:
    """Seal by the server's own function, which does the same as ``_seal_some``; None: another one seals."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT orgwork_seal(%s, %s, %s)", [start_of_block(), lowest_here(), SEAL_THERE])
        return cursor.fetchone()[0]


def _try_lock() -> bool:
    if connection.vendor != "postgresql":
        return True  # the one writer
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [SEALING])
        return cursor.fetchone()[0]


def _seal_some(limit: int) -> int:
    """Head and waiting entries are read after the lock is held; plain SQL, since every act pays for it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT l.position, l.link, e.moment, e.ordinal FROM foundation_link l"
            " LEFT JOIN foundation_entry e ON e.id = l.entry ORDER BY l.position DESC LIMIT 1"
        )
        position, link, moment, ordinal = cursor.fetchone() or (0, "", 0, 0)
        if moment is None:
            return 0  # the head's entry is gone: verify says so; sealing on would hide it
        cursor.execute(
            "SELECT id, digest FROM foundation_entry WHERE moment < %s AND (moment, ordinal) > (%s, %s)"
            " ORDER BY moment, ordinal LIMIT %s",
            [limit, moment, ordinal, SEAL_AT_ONCE],
        )
        waiting = cursor.fetchall()
    links = []
    for ident, digest in waiting:
        position += 1
        link = link_after(link, position, ident, digest)
        links.append((position, ident, digest, link))
    return insert(Link, ["position", "entry", "digest", "link"], links)


def head() -> tuple[int, str]:
    """Position and link of the chain's head, as printed on issued reports; (0, "") before the first seal."""
    last = Link.objects.order_by("-position").first()
    return (last.position, last.link) if last else (0, "")


@dataclass(frozen=True)
class Finding:
    """What is wrong with the journal, and where."""

    kind: str  # altered | removed | inserted | moved | missing
    position: int
    entry: int | None
    text: str


@dataclass(frozen=True)
class Verdict:
    """The outcome of ``verify``; ``ok`` when nothing is wrong."""

    findings: list[Finding]
    sealed: int
    unsealed: int
    erased: int
    head: tuple[int, str]

    @property
    def ok(self) -> bool:
        return not self.findings

    @property
    def first(self) -> Finding | None:
        return self.findings[0] if self.findings else None


class _Sealed(NamedTuple):
    """A link with its entry (all None when the entry is gone)."""

    position: int
    ident: int
    digest: str
    link: str
    moment: int | None
    ordinal: int | None
    verb: str | None
    door: str | None
    actor: int | None
    case: int | None
    day: dt.date | None
    batch: str | None

    @property
    def place(self) -> tuple | None:
        return None if self.moment is None else (self.moment, self.ordinal)


class _Said(NamedTuple):
    """What an entry says of one subject, ``content`` as the database's text."""

    entry: int
    ordinal: int
    type: str
    subject: int
    salt: str | None
    content: str | None
    digest: str
    erased_under: int | None


def verify(
    *, stop_at_first: bool = False, limit: int = 100, heads: Iterable[tuple[int, str]] = ()
) -> Verdict:
    """Walk the chain and recompute it; name the first entry that was altered, removed, inserted or moved.

    ``heads`` are heads of the chain printed earlier (on issued reports): a chain written anew does not pass
    through them.
    """
    walk = _Walk(printed=dict(heads))
    for (sealed, subjects), following in _with_next(_chain()):
        walk.step(sealed, subjects, following and following[0].place)
        if len(walk.findings) >= limit or (stop_at_first and walk.findings):
            break
    walk.findings += _inserted(walk.place) + walk.unreached()
    unsealed = Entry.objects.filter(_behind(walk.place)).count()
    findings = sorted(walk.findings, key=lambda found: found.position)
    return Verdict(findings, walk.sealed, unsealed, walk.erased, head())


class _Walk:
    """What has been seen of the chain so far."""

    def __init__(self, printed):
        self.findings: list[Finding] = []
        self.printed = printed
        self.link, self.expected, self.place = "", 1, (0, 0)
        self.sealed = self.erased = 0
        self.erasures = _erasures()

    def step(self, one: _Sealed, subjects: list[_Said], next_place):
        """Judge one link; afterwards go on from it, so that one fault is told once."""
        self.sealed += 1
        fault = self._fault(one, subjects, next_place)
        if fault:
            kind, text = fault
            position = self.expected if one.position != self.expected else one.position
            self.findings.append(Finding(kind, position, None if one.place is None else one.ident, text))
        elif self.printed.pop(one.position, one.link) != one.link:
            text = f"the chain up to position {one.position} was written anew"
            self.findings.append(Finding("altered", one.position, one.ident, text))
        self.link, self.expected = one.link, one.position + 1
        if one.place and not fault:
            self.place = one.place

    def _fault(self, one: _Sealed, subjects, next_place) -> tuple[str, str] | None:
        at, ident = one.position, one.ident
        if at != self.expected:
            return "removed", f"link {self.expected} was removed"
        if one.place is None:
            return "removed", f"entry {ident} at position {at} was removed"
        if link_after(self.link, at, ident, one.digest) != one.link:
            return "altered", f"the chain was altered at position {at}, entry {ident}"
        said = [(s.type, s.subject, s.digest) for s in subjects]
        digest = entry_digest(
            one.moment, one.ordinal, one.verb, one.door, one.actor, one.case, one.day, one.batch, said
        )
        if digest != one.digest:
            if one.place <= self.place or (next_place and one.place >= next_place):
                return "moved", f"entry {ident} at position {at} was moved"
            if [s.ordinal for s in subjects] != list(range(len(subjects))) or not subjects:
                return "missing", f"something that entry {ident} says is missing"
            return "altered", f"entry {ident} at position {at} was altered"
        return self._content_fault(ident, subjects)

    def _content_fault(self, ident: int, subjects) -> tuple[str, str] | None:
        for said in subjects:
            if said.salt is not None:
                content = None if said.content is None else json.loads(said.content)
                if subject_digest(said.type, said.subject, said.salt, content) != said.digest:
                    return "altered", f"the content of entry {ident} was altered"
            elif (said.type, said.subject) in self.erasures.get(said.erased_under, ()):
                self.erased += 1
            else:
                return "missing", f"the content of entry {ident} is missing"
        return None

    def unreached(self) -> list[Finding]:
        """Printed heads that the chain no longer reaches."""
        return [
            Finding("removed", at, None, f"the chain ends before position {at}, which was printed")
            for at in self.printed
            if at >= self.expected
        ]


def _erasures() -> dict[int | None, set[tuple[str, int]]]:
    """Of which subjects each entry of erasure speaks."""
    named: dict[int | None, set[tuple[str, int]]] = {}
    rows = EntrySubject.objects.filter(entry__verb=ERASURE)
    for entry, kind, ident in rows.values_list("entry", "type", "subject_id"):
        named.setdefault(entry, set()).add((kind, ident))
    return named


def _behind(place) -> Q:
    return Q(moment__gt=place[0]) | Q(moment=place[0], ordinal__gt=place[1])


def _with_next(items):
    """Each item with the one after it (None after the last)."""
    items = iter(items)
    item = next(items, None)
    while item is not None:
        following = next(items, None)
        yield item, following
        item = following


def _chain(size: int = 5_000) -> Iterator[tuple[_Sealed, list[_Said]]]:
    """The chain in order, each link with its entry and what that says; plain SQL, for there are millions."""
    position = 0
    while True:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT l.position, l.entry, l.digest, l.link, e.moment, e.ordinal, e.verb, e.door,"
                ' e.actor_id, e."case", e.day, e.batch'
                " FROM foundation_link l LEFT JOIN foundation_entry e ON e.id = l.entry"
                " WHERE l.position > %s ORDER BY l.position LIMIT %s",
                [position, size],
            )
            links = [_Sealed(*row) for row in cursor.fetchall()]
            if not links:
                return
            cursor.execute(
                "SELECT s.entry_id, s.ordinal, s.type, s.subject_id, s.salt, s.content, s.digest,"
                " s.erased_under"
                " FROM foundation_link l JOIN foundation_entrysubject s ON s.entry_id = l.entry"
                " WHERE l.position > %s AND l.position <= %s ORDER BY l.position, s.ordinal",
                [position, links[-1].position],
            )
            said: dict[int, list[_Said]] = {}
            for row in cursor.fetchall():
                said.setdefault(row[0], []).append(_Said(*row))
        position = links[-1].position
        for link in links:
            yield link, said.get(link.ident, [])


def _inserted(last_place) -> list[Finding]:
    """Entries that lie before the head but were never linked. NOT EXISTS: NOT IN took PostgreSQL minutes."""
    strangers = (
        Entry.objects.filter(
            Q(moment__lt=last_place[0]) | Q(moment=last_place[0], ordinal__lte=last_place[1])
        )
        .exclude(Exists(Link.objects.filter(entry=OuterRef("pk"))))
        .order_by("moment", "ordinal")
        .values_list("pk", "moment", "ordinal")[:10]
    )
    found = []
    for ident, moment, ordinal in strangers:
        before = Entry.objects.filter(Q(moment__lt=moment) | Q(moment=moment, ordinal__lt=ordinal))
        near = Link.objects.filter(entry__in=before.order_by("-moment", "-ordinal").values("pk")[:50])
        position = (near.aggregate(last=Max("position"))["last"] or 0) + 1
        found.append(
            Finding("inserted", position, ident, f"entry {ident} was inserted before position {position}")
        )
    return found


def history(kind: str, *idents: int):
    """Entries about a subject (or several that are one), the latest first, with ``content`` said of it."""
    return (
        Entry.objects.filter(subjects__type=kind, subjects__subject_id__in=idents)
        .annotate(content=F("subjects__content"), erased_under=F("subjects__erased_under"))
        .order_by("-moment", "-ordinal")
        .select_related("actor")
    )


# ``_seal_some`` in the server's language: an act is sealed with one message instead of nine. Each statement
# in it has a snapshot of its own: the head is read after the lock is held, entries after the horizon.
POSTGRESQL = f"""
CREATE OR REPLACE FUNCTION orgwork_seal(base bigint, here bigint, most integer) RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
    below bigint; place bigint; chain text; last_moment bigint; last_ordinal integer;
    one record; linked integer := 0;
BEGIN
    below := least(orgwork_horizon(base, false), here);
    IF NOT pg_try_advisory_xact_lock({SEALING}) THEN RETURN NULL; END IF;
    SELECT l.position, l.link, e.moment, e.ordinal INTO place, chain, last_moment, last_ordinal
        FROM foundation_link l LEFT JOIN foundation_entry e ON e.id = l.entry
        ORDER BY l.position DESC LIMIT 1;
    IF NOT FOUND THEN
        place := 0; chain := ''; last_moment := 0; last_ordinal := 0;
    ELSIF last_moment IS NULL THEN
        RETURN 0;
    END IF;
    FOR one IN
        SELECT id, digest FROM foundation_entry
        WHERE moment < below AND (moment, ordinal) > (last_moment, last_ordinal)
        ORDER BY moment, ordinal LIMIT most
    LOOP
        place := place + 1;
        chain := encode(
            sha256(convert_to(concat_ws('|', chain, place, one.id, one.digest), 'UTF8')), 'hex');
        INSERT INTO foundation_link (position, entry, digest, link)
            VALUES (place, one.id, one.digest, chain);
        linked := linked + 1;
    END LOOP;
    RETURN linked;
END $$;
"""  # noqa: S608


def install(apps, schema_editor):
    """Migration step: the function that seals on PostgreSQL; nothing on SQLite."""
    if schema_editor.connection.vendor == "postgresql":
        with schema_editor.connection.cursor() as cursor:
            cursor.execute(POSTGRESQL)


def uninstall(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        with schema_editor.connection.cursor() as cursor:
            cursor.execute("DROP FUNCTION IF EXISTS orgwork_seal")
