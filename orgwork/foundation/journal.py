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

from django.conf import settings
from django.db import connection, models, transaction
from django.db.models import F, Max, Q
from django.utils.translation import gettext_lazy as _

from .bulk import insert
from .constraints import AppendOnly
from .moments import Act, horizon

#: PostgreSQL advisory lock of the sealer.
SEALING = 80
SEAL_AT_ONCE = 5_000


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
    said = [(kind, ident, *salted(kind, ident, content)) for (kind, ident), content in subjects]
    entry = Entry(
        moment=act.moment, ordinal=act.next_ordinal(), verb=verb, door=act.door, actor=act.actor,
        case=case, day=day, batch=act.batch,
    )  # fmt: skip
    entry.digest = entry_digest(
        entry.moment, entry.ordinal, verb, act.door, entry.actor_id, case, day, act.batch,
        [(kind, ident, digest) for kind, ident, _salt, _content, digest in said],
    )  # fmt: skip
    entry.save(force_insert=True)
    EntrySubject.objects.bulk_create(
        EntrySubject(
            entry=entry, ordinal=n, type=kind, subject_id=ident, salt=salt, content=content, digest=digest
        )
        for n, (kind, ident, salt, content, digest) in enumerate(said)
    )
    return entry


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


def canonical(content) -> str:
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)


def link_after(previous: str, position: int, entry: int, digest: str) -> str:
    return hashlib.sha256(f"{previous}|{position}|{entry}|{digest}".encode()).hexdigest()


def seal() -> int:
    """Link what is below the horizon and not yet linked; return how many. Nobody waits for it."""
    limit = horizon()
    linked = 0
    while True:
        with transaction.atomic():
            if not _try_lock():
                return linked
            done = _seal_some(limit)
        linked += done
        if done < SEAL_AT_ONCE:
            return linked


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


def verify(*, stop_at_first: bool = False, limit: int = 100) -> Verdict:
    """Walk the chain and recompute it; name the first entry that was altered, removed, inserted or moved."""
    findings: list[Finding] = []
    previous, expected, last_place, sealed, erased = "", 1, (0, 0), 0, 0
    erasures = {e.pk: e for e in Entry.objects.filter(verb="person.erase")}
    for link, entry, subjects in _chain():
        sealed += 1
        found, gone = _judge(link, entry, subjects, previous, expected, last_place, erasures)
        findings += found
        erased += gone
        previous, expected = link["link"], link["position"] + 1
        if entry:
            last_place = (entry["moment"], entry["ordinal"])
        if len(findings) >= limit or (stop_at_first and findings):
            break
    findings += _inserted(last_place)
    unsealed = Entry.objects.filter(
        Q(moment__gt=last_place[0]) | Q(moment=last_place[0], ordinal__gt=last_place[1])
    )
    return Verdict(sorted(findings, key=lambda f: f.position), sealed, unsealed.count(), erased, head())


def _judge(link, entry, subjects, previous, expected, last_place, erasures):
    """Findings about one link, and how many of its subjects were erased by the verb."""
    at, ident = link["position"], link["entry"]
    if at != expected:
        return [Finding("removed", expected, None, f"link {expected} was removed")], 0
    if entry is None:
        return [Finding("removed", at, ident, f"entry {ident} at position {at} was removed")], 0
    if (entry["moment"], entry["ordinal"]) <= last_place:
        return [Finding("moved", at, ident, f"entry {ident} at position {at} was moved")], 0
    if link_after(previous, at, ident, link["digest"]) != link["link"]:
        return [Finding("altered", at, ident, f"the chain was altered at position {at}, entry {ident}")], 0
    digest = entry_digest(
        entry["moment"], entry["ordinal"], entry["verb"], entry["door"], entry["actor_id"], entry["case"],
        entry["day"], entry["batch"], [(s["type"], s["subject_id"], s["digest"]) for s in subjects],
    )  # fmt: skip
    if digest != link["digest"]:
        return [Finding("altered", at, ident, f"entry {ident} at position {at} was altered")], 0
    gone = 0
    for said in subjects:
        if said["salt"] is not None:
            right = subject_digest(said["type"], said["subject_id"], said["salt"], said["content"])
            if right != said["digest"]:
                return [Finding("altered", at, ident, f"the content of entry {ident} was altered")], gone
        elif said["erased_under"] in erasures:
            gone += 1
        else:
            return [Finding("missing", at, ident, f"the content of entry {ident} is missing")], gone
    return [], gone


def _chain(size: int = 2_000) -> Iterator[tuple[dict, dict | None, list[dict]]]:
    position = 0
    while True:
        links = list(Link.objects.filter(position__gt=position).order_by("position").values()[:size])
        if not links:
            return
        position = links[-1]["position"]
        ids = [link["entry"] for link in links]
        entries = {e["id"]: e for e in Entry.objects.filter(pk__in=ids).values()}
        subjects: dict[int, list[dict]] = {}
        for said in EntrySubject.objects.filter(entry__in=ids).order_by("entry", "ordinal").values():
            subjects.setdefault(said["entry_id"], []).append(said)
        for link in links:
            yield link, entries.get(link["entry"]), subjects.get(link["entry"], [])


def _inserted(last_place) -> list[Finding]:
    """Entries that lie before the head but were never linked."""
    sealed = Link.objects.values("entry")
    strangers = (
        Entry.objects.filter(
            Q(moment__lt=last_place[0]) | Q(moment=last_place[0], ordinal__lte=last_place[1])
        )
        .exclude(pk__in=sealed)
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


def history(kind: str, ident: int):
    """Entries about a subject, the latest first, each with ``content`` of what was said of it."""
    return (
        Entry.objects.filter(subjects__type=kind, subjects__subject_id=ident)
        .annotate(content=F("subjects__content"), erased_under=F("subjects__erased_under"))
        .order_by("-moment", "-ordinal")
        .select_related("actor")
    )
