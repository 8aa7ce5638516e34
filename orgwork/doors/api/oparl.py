"""This room is for OParl 1.1: papers and their files, to be read by systems that know that standard.

The installation is one Body of OParl, the whole organisation; its bodies are Organizations. People and
meetings are never handed out: those lists are empty. Whoever is signed in finds the papers whose figures they
may read, with titles where they may read names. Without a sign-in there is nothing, unless
``ORGWORK_OPARL_PUBLISHES`` names kinds of papers: then number, kind, day, title and relations of papers of
these kinds are open to everybody, never their files. Of a secret paper there is number, kind and day only.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Path, Query, Router, Schema
from ninja.security import SessionAuth
from pydantic import Field

from orgwork.doors.api.keys import TokenAuth
from orgwork.foundation import catalogues, moments
from orgwork.foundation.journal import EntrySubject
from orgwork.foundation.moments import Moment
from orgwork.foundation.refusals import NotAllowed
from orgwork.foundation.wording import localized
from orgwork.registers import access
from orgwork.registers.documents import Document
from orgwork.registers.numbering import TermOfOffice
from orgwork.registers.paper_files import ENDINGS, DocumentFile
from orgwork.registers.paper_relations import PaperRelation
from orgwork.registers.units import ROOT, Unit, UnitForm, UnitPlacement, names_of

OLDEST = "1970-01-01T00:00:00+00:00"
SCHEMA = "https://schema.oparl.org/1.1/"
#: An act of the register that takes an entry away; what is left of it is a tombstone.
WITHDRAWN = "paper.withdraw"


def everybody(request: HttpRequest) -> Any:
    """Let in whoever asks, where something is published at all; what they find is decided paper by paper."""
    if published():
        request.user = AnonymousUser()
        return "everybody"
    return None


router = Router(tags=["oparl"], auth=[TokenAuth(), SessionAuth(csrf=True), everybody])


def published() -> tuple[str, ...]:
    """Kinds of papers that are open to everybody."""
    return tuple(settings.ORGWORK_OPARL_PUBLISHES)


class Listed(Schema):
    created_since: dt.datetime | None = Field(None, description="recorded at this time or later")
    created_until: dt.datetime | None = Field(None, description="recorded at this time or before")
    modified_since: dt.datetime | None = Field(
        None, description="changed at this time or later; what was taken away comes with `deleted: true`"
    )
    modified_until: dt.datetime | None = Field(None, description="not changed after this time")
    omit_internal: bool = Field(False, description="leave out objects that are embedded in others")
    limit: int = Field(100, ge=1, le=500, description="at most so many objects on a page")
    after: int = Field(0, ge=0, lt=2**63, description="as given in `links.next`")


# ── who finds what ───────────────────────────────────────────────────────────────────────────────────────


def open_papers(request: HttpRequest) -> QuerySet:
    """The papers that whoever asks may find, everything still being written left out."""
    rows = Document.objects.filter(recorded__lt=moments.horizon())
    account = request.user
    if not account.is_authenticated:
        return rows.filter(kind__in=published(), secret=False, issuer__isnull=False)
    today = timezone.localdate()
    if not any(m.act == "figures.read" for m in access.mandates(account, now=today)):
        raise NotAllowed(
            access.may(account, "figures.read", None, now=today).reason,
            hint=access.who_may("figures.read", None, now=today),
        )
    here = access.visible(rows, account, "figures.read", now=today, on=today, unit_field="issuer")
    return here | rows.filter(issuer__isnull=True)


def titled(request: HttpRequest, papers: Iterable[Document]) -> set[int]:
    """Issuers at whose papers the reader may read titles: they can hold names."""
    issuers = {paper.issuer_id for paper in papers if paper.issuer_id}
    if not request.user.is_authenticated:
        return issuers  # of kinds that are published
    today = timezone.localdate()
    rows = Unit.objects.filter(pk__in=issuers)
    here = access.visible(rows, request.user, "names.read", now=today, on=today, unit_field="pk")
    return set(here.values_list("pk", flat=True))


def open_files(request: HttpRequest) -> QuerySet:
    """Every version of the files of papers whose text the reader may read."""
    papers = open_papers(request)
    if not request.user.is_authenticated:
        return DocumentFile.versions.none()
    today = timezone.localdate()
    named = access.visible(papers, request.user, "names.read", now=today, on=today, unit_field="issuer")
    # The outermost condition keeps out what lies outside: a paper without an issuer takes names anywhere.
    if any(m.act == "names.read" for m in access.mandates(request.user, now=today)):
        named = named | papers.filter(issuer__isnull=True)
    rows = DocumentFile.versions.filter(document__in=named.values("pk"), recorded__lt=moments.horizon())
    return rows.filter(document__secret=False)


def refuse(request: HttpRequest, act: str, unit: Unit | None) -> None:
    """Say who may open what is not open to this reader; without a sign-in there is nothing to say."""
    if request.user.is_authenticated:
        access.require(request.user, act, unit, now=timezone.localdate())


# ── addresses and times ──────────────────────────────────────────────────────────────────────────────────


def address(request: HttpRequest, *parts: Any) -> str:
    return request.build_absolute_uri("/api/v1/oparl/" + "/".join(map(str, parts)))


def page_of(request: HttpRequest, path: str) -> str:
    return request.build_absolute_uri(path)


def from_moment(when: dt.datetime) -> int:
    """The first moment at or after a time."""
    last = (
        Moment.objects.filter(at__lt=aware(when)).order_by("-at", "-id").values_list("id", flat=True).first()
    )
    return (last if last is not None else moments.base()) + 1


def aware(when: dt.datetime) -> dt.datetime:
    return timezone.make_aware(when) if when.tzinfo is None else when


def times_of(numbers: Iterable[int]) -> dict[int, str]:
    rows = Moment.objects.filter(pk__in=set(numbers)).values_list("pk", "at")
    known = {pk: timezone.localtime(at).isoformat(timespec="seconds") for pk, at in rows}
    # What was taken over with numbers of its own may have no moment here: as old as can be.
    return defaultdict(lambda: OLDEST, known)


def changed(rows: QuerySet, asked: Listed, touched: Callable[[int], Q]) -> QuerySet:
    """The rows of the times asked for; ``touched(n)`` says which were changed at moment n or after it."""
    if asked.created_since:
        rows = rows.filter(recorded__gte=from_moment(asked.created_since))
    if asked.created_until:
        rows = rows.filter(recorded__lt=moments.known_at(aware(asked.created_until)))
    if asked.modified_since:
        rows = rows.filter(touched(from_moment(asked.modified_since)))
    if asked.modified_until:
        rows = rows.exclude(touched(moments.known_at(aware(asked.modified_until))))
    return rows


def listing(
    request: HttpRequest, asked: Listed, rows: Iterable[tuple[int, Any]],
    show: Callable[[list], list[dict]],
) -> dict:  # fmt: skip
    """One page: what comes after a number, in the order of the numbers."""
    found = list(rows)
    more, found = len(found) > asked.limit, found[: asked.limit]
    params = request.GET.copy()
    params.pop("after", None)
    first = f"{request.path}?{params.urlencode()}" if params else request.path
    links = {"first": page_of(request, first), "self": request.build_absolute_uri()}
    if more:
        params["after"] = str(found[-1][0])
        links["next"] = page_of(request, f"{request.path}?{params.urlencode()}")
    data = show([one for _number, one in found])
    return {"data": data, "pagination": {"elementsPerPage": asked.limit}, "links": links}


# ── the system and its one body ──────────────────────────────────────────────────────────────────────────


@router.get("/oparl/system", operation_id="oparl_system", response=dict)
def system(request: HttpRequest):
    """Where a client begins."""
    root = whole()
    return {
        "id": address(request, "system"), "type": SCHEMA + "System", "oparlVersion": SCHEMA,
        "body": address(request, "bodies"), "name": f"Orgwork, {called(root)}",
    }  # fmt: skip


@router.get("/oparl/bodies", operation_id="oparl_bodies", response=dict)
def bodies(request: HttpRequest, asked: Query[Listed]):
    """The one body."""
    rows = [(1, whole())] if asked.after < 1 else []
    show = partial(shown_body, request, omit_internal=asked.omit_internal)
    return listing(request, asked, rows, lambda some: [show(one) for one in some])


@router.get("/oparl/bodies/{code}", operation_id="oparl_body", response=dict)
def body(request: HttpRequest, code: Path[str]):
    root = whole()
    if code != root.code:
        raise Http404(_("No body has the code “%(code)s”.") % {"code": code[:60]})
    return shown_body(request, root, False)


def whole() -> Unit:
    return Unit.objects.get(code=ROOT)


def called(unit: Unit) -> str:
    return names_of([unit], timezone.localdate()).get(unit.pk, unit.code)


def shown_body(request: HttpRequest, root: Unit, omit_internal: bool) -> dict:
    found: dict[str, Any] = {
        "id": address(request, "bodies", root.code), "type": SCHEMA + "Body",
        "system": address(request, "system"), "name": called(root), "legislativeTerm": [],
    }  # fmt: skip
    for key, name in (
        ("organization", "organizations"), ("person", "people"), ("meeting", "meetings"), ("paper", "papers"),
        ("file", "files"), ("legislativeTermList", "terms"),
    ):  # fmt: skip
        found[key] = address(request, "bodies", root.code, name)
    if not omit_internal:
        found["legislativeTerm"] = [shown_term(request, row) for row in terms_of(root)]
    return found


def terms_of(root: Unit) -> list[TermOfOffice]:
    return list(TermOfOffice.objects.filter(unit=root).order_by("valid_from"))


def shown_term(request: HttpRequest, row: TermOfOffice) -> dict:
    found = {
        "id": address(request, "terms", row.spell), "type": SCHEMA + "LegislativeTerm",
        "body": address(request, "bodies", ROOT), "name": row.name, "startDate": row.valid_from.isoformat(),
    }  # fmt: skip
    if row.valid_to:
        found["endDate"] = (row.valid_to - dt.timedelta(days=1)).isoformat()
    return found


@router.get("/oparl/terms/{int:number}", operation_id="oparl_term", response=dict)
def term(request: HttpRequest, number: Path[int]):
    row = TermOfOffice.objects.filter(unit=whole(), spell=number).order_by("-valid_from").first()
    if row is None:
        raise Http404(_("Nothing is recorded at this address."))
    return shown_term(request, row)


@router.get("/oparl/bodies/{code}/{name}", operation_id="oparl_list_of_body", response=dict)
def list_of_body(request: HttpRequest, code: Path[str], name: Path[str], asked: Query[Listed]):
    """The lists of the body: papers, files, organizations, terms; people and meetings are empty."""
    if code != whole().code or name not in LISTS:
        raise Http404(_("Nothing is recorded at this address."))
    return LISTS[name](request, asked)


def nothing(request: HttpRequest, asked: Listed) -> dict:
    return listing(request, asked, [], lambda some: [])


def term_list(request: HttpRequest, asked: Listed) -> dict:
    rows = [(row.pk, row) for row in terms_of(whole()) if row.pk > asked.after][: asked.limit + 1]
    return listing(request, asked, rows, lambda some: [shown_term(request, row) for row in some])


# ── papers ───────────────────────────────────────────────────────────────────────────────────────────────


def paper_list(request: HttpRequest, asked: Listed) -> dict:
    rows = changed(open_papers(request), asked, touched_papers).filter(pk__gt=asked.after)
    found: dict[int, Any] = {
        paper.pk: paper for paper in rows.select_related("issuer").order_by("pk")[: asked.limit + 1]
    }
    if asked.modified_since:
        found |= {pk: (pk, moment) for pk, moment in withdrawn(asked).items() if pk not in found}
    ordered = sorted(found.items())[: asked.limit + 1]

    def show(some: list) -> list[dict]:
        papers = [one for one in some if isinstance(one, Document)]
        gone = dict(one for one in some if not isinstance(one, Document))
        return [*shown_papers(request, papers, asked.omit_internal), *tombstones(request, gone)]

    return listing(request, asked, ordered, show)


def touched_papers(number: int) -> Q:
    """Papers of which something was written down at the moment or after it."""
    since = Q(recorded__gte=number) | Q(retracted__gte=number)
    relations = PaperRelation.versions.filter(since)
    return (
        Q(recorded__gte=number)
        | Q(pk__in=DocumentFile.versions.filter(since).values("document"))
        | Q(pk__in=relations.values("source"))
        | Q(pk__in=relations.values("target"))
    )


def withdrawals() -> QuerySet:
    """What the journal says of papers whose entry was withdrawn."""
    below = moments.horizon()
    return EntrySubject.objects.filter(type="document", entry__verb=WITHDRAWN, entry__moment__lt=below)


def withdrawn(asked: Listed) -> dict[int, int]:
    """Papers whose entry was withdrawn as a mistake, with the moment; their number alone is left.

    Nothing says any more who might have found them, so everybody who finds papers is told the number.
    """
    rows = withdrawals().filter(subject_id__gt=asked.after)
    if asked.modified_since:
        rows = rows.filter(entry__moment__gte=from_moment(asked.modified_since))
    if asked.modified_until:
        rows = rows.filter(entry__moment__lt=moments.known_at(aware(asked.modified_until)))
    found = dict(rows.order_by("subject_id").values_list("subject_id", "entry__moment")[: asked.limit + 1])
    still = set(Document.objects.filter(pk__in=found).values_list("pk", flat=True))
    return {pk: moment for pk, moment in found.items() if pk not in still}


def tombstones(request: HttpRequest, gone: Mapping[int, int]) -> list[dict]:
    at = times_of(gone.values())
    return [
        {"id": address(request, "papers", pk), "type": SCHEMA + "Paper", "deleted": True,
         "created": at[moment], "modified": at[moment]}
        for pk, moment in gone.items()
    ]  # fmt: skip


@router.get("/oparl/papers/{int:number}", operation_id="oparl_paper", response=dict)
def paper(request: HttpRequest, number: Path[int]):
    """One paper; of one that was withdrawn, that it is gone."""
    found = open_papers(request).filter(pk=number).select_related("issuer").first()
    if found is not None:
        return shown_papers(request, [found], False)[0]
    gone = dict(withdrawals().filter(subject_id=number).values_list("subject_id", "entry__moment"))
    hidden = Document.objects.filter(pk=number).select_related("issuer").first()
    if gone and hidden is None:
        return tombstones(request, gone)[0]
    if hidden is not None:
        refuse(request, "figures.read", hidden.issuer)
    raise Http404(_("No document has this number."))


def shown_papers(request: HttpRequest, papers: list[Document], omit_internal: bool) -> list[dict]:
    """Papers as OParl says them, in a fixed number of questions."""
    ids = [one.pk for one in papers]
    named = titled(request, papers)
    files: dict[int, list[DocumentFile]] = {}
    if not omit_internal:
        for one in open_files(request).filter(document__in=ids, retracted__isnull=True).order_by("pk"):
            files.setdefault(one.document_id, []).append(one)
    links = relations_of(request, ids)
    last = last_written(papers)
    at = times_of([*(one.recorded for one in papers), *last.values()])
    return [
        shown_paper(request, one, one.issuer_id in named or (not one.issuer_id and reads_names(request)),
                    files.get(one.pk, []), links.get(one.pk, {}), at[one.recorded], at[last[one.pk]])
        for one in papers
    ]  # fmt: skip


def reads_names(request: HttpRequest) -> bool:
    """A paper of an issuer outside the register shows its title to whoever reads names anywhere."""
    if not request.user.is_authenticated:
        return False
    return any(m.act == "names.read" for m in access.mandates(request.user, now=timezone.localdate()))


def shown_paper(request, one: Document, named: bool, files, links, created: str, modified: str) -> dict:
    kind = catalogues.documents().get(one.kind)
    found: dict[str, Any] = {
        "id": address(request, "papers", one.pk), "type": SCHEMA + "Paper",
        "body": address(request, "bodies", ROOT), "reference": one.symbol, "created": created,
        "modified": modified,
    }  # fmt: skip
    if kind:
        found["paperType"] = str(localized(kind.labels))
    if one.day:
        found["date"] = one.day.isoformat()
    if one.secret:
        return found
    if named and one.title:
        found["name"] = one.title
    if one.issuer:
        found["originatorOrganization"] = [address(request, "organizations", one.issuer.code)]
    found |= {name: sorted(some) for name, some in links.items()}
    if files:
        found["mainFile"] = shown_file(request, files[0], *file_times([files[0]])[files[0].pk])
    if files[1:]:
        times = file_times(files[1:])
        found["auxiliaryFile"] = [shown_file(request, file, *times[file.pk]) for file in files[1:]]
    if request.user.is_authenticated:
        found["web"] = page_of(request, f"/documents/{one.pk}/")
    return found


def relations_of(request: HttpRequest, ids: list[int]) -> dict[int, dict[str, set[str]]]:
    """What each paper rests on, what was made of it, and how else it is related; only papers one may find."""
    kinds = catalogues.relations()
    rows = PaperRelation.objects.on(timezone.localdate()).filter(Q(source__in=ids) | Q(target__in=ids))
    pairs = list(rows.values_list("source", "target", "kind"))
    others = {pk for source, target, _kind in pairs for pk in (source, target)}
    visible = set(open_papers(request).filter(pk__in=others, secret=False).values_list("pk", flat=True))
    found: dict[int, dict[str, set[str]]] = {}
    for source, target, kind in pairs:
        carries = kind in kinds and (kinds[kind].carries or kind in ("based_on", "issued_with"))
        for near, far, name in (
            (source, target, "superordinatedPaper" if carries else "relatedPaper"),
            (target, source, "subordinatedPaper" if carries else "relatedPaper"),
        ):
            if far in visible and near in visible:
                found.setdefault(near, {}).setdefault(name, set()).add(address(request, "papers", far))
    return found


def last_written(papers: list[Document]) -> dict[int, int]:
    """The last moment at which something was written down of each paper, its files or its relations."""
    last = {one.pk: one.recorded for one in papers}
    below = moments.horizon()

    def see(pk, *numbers):
        for number in numbers:
            if pk in last and number is not None and number < below:
                last[pk] = max(last[pk], number)

    for row in DocumentFile.versions.filter(document__in=last).values_list(
        "document", "recorded", "retracted"
    ):
        see(*row)
    rows = PaperRelation.versions.filter(Q(source__in=last) | Q(target__in=last))
    for source, target, recorded, retracted in rows.values_list("source", "target", "recorded", "retracted"):
        see(source, recorded, retracted)
        see(target, recorded, retracted)
    return last


# ── files ────────────────────────────────────────────────────────────────────────────────────────────────


def file_list(request: HttpRequest, asked: Listed) -> dict:
    rows = changed(open_files(request), asked, lambda n: Q(recorded__gte=n) | Q(retracted__gte=n))
    if not asked.modified_since:
        rows = rows.filter(retracted__isnull=True)
    found = [(one.pk, one) for one in rows.filter(pk__gt=asked.after).order_by("pk")[: asked.limit + 1]]
    return listing(request, asked, found, lambda some: shown_files(request, some))


@router.get("/oparl/files/{int:number}", operation_id="oparl_file", response=dict)
def file(request: HttpRequest, number: Path[int]):
    """One file in one version; of one that was replaced or taken away, that it is gone."""
    found = open_files(request).filter(pk=number).first()
    if found is None:
        hidden = DocumentFile.versions.filter(pk=number).select_related("document__issuer").first()
        if hidden is not None and not hidden.document.secret:
            refuse(request, "names.read", hidden.document.issuer)
        raise Http404(_("No file has this number."))
    return shown_files(request, [found])[0]


def file_times(files: Iterable[DocumentFile]) -> dict[int, tuple[str, str]]:
    at = times_of(number for one in files for number in (one.recorded, one.retracted) if number is not None)
    return {one.pk: (at[one.recorded], at[one.retracted or one.recorded]) for one in files}


def shown_files(request: HttpRequest, files: list[DocumentFile]) -> list[dict]:
    times = file_times(files)
    return [shown_file(request, one, *times[one.pk]) for one in files]


def shown_file(request: HttpRequest, one: DocumentFile, created: str, modified: str) -> dict:
    found: dict[str, Any] = {
        "id": address(request, "files", one.pk), "type": SCHEMA + "File", "created": created,
        "modified": modified,
    }  # fmt: skip
    if one.retracted is not None or not one.sha256:
        # Of what is gone there is only its address; the validator wants one to open, too: the paper's page.
        return {**found, "deleted": True, "accessUrl": page_of(request, f"/documents/{one.document_id}/")}
    return {
        **found,
        # The same bytes: for whoever is signed in on the pages, and for a token; each judges the reader anew.
        "accessUrl": page_of(request, reverse("file-content", args=[one.pk])),
        "downloadUrl": page_of(request, f"/api/v1/files/{one.pk}/content"),
        "name": one.name, "fileName": f"{one.pk}.{ENDINGS.get(one.media_type, 'bin')}",
        "mimeType": one.media_type, "size": one.size, "paper": [address(request, "papers", one.document_id)],
    }  # fmt: skip


# ── organizations ────────────────────────────────────────────────────────────────────────────────────────


def open_organizations(request: HttpRequest) -> QuerySet:
    """Bodies of which the reader may read figures; for everybody those that issued something published."""
    if not request.user.is_authenticated:
        return Unit.objects.filter(pk__in=open_papers(request).values("issuer"))
    open_papers(request)  # refuses who may read nothing anywhere
    today = timezone.localdate()
    rows = Unit.objects.all()
    return access.visible(rows, request.user, "figures.read", now=today, on=today, unit_field="pk")


def organization_list(request: HttpRequest, asked: Listed) -> dict:
    placements = UnitPlacement.versions
    rows = open_organizations(request).filter(pk__gt=asked.after)
    if asked.modified_since or asked.created_since:
        since = from_moment(max(filter(None, (asked.modified_since, asked.created_since)), key=aware))
        written = Q(recorded__gte=since) | Q(retracted__gte=since)
        rows = rows.filter(pk__in=placements.filter(written).values("unit"))
    found = [(one.pk, one) for one in rows.order_by("pk")[: asked.limit + 1]]
    return listing(request, asked, found, lambda some: shown_organizations(request, some))


@router.get("/oparl/organizations/{code}", operation_id="oparl_organization", response=dict)
def organization(request: HttpRequest, code: Path[str]):
    found = open_organizations(request).filter(code=code).first()
    if found is None:
        hidden = Unit.objects.filter(code=code).first()
        if hidden is not None:
            refuse(request, "figures.read", hidden)
        raise Http404(_("No body has the code “%(code)s”.") % {"code": code[:60]})
    return shown_organizations(request, [found])[0]


def shown_organizations(request: HttpRequest, units: list[Unit]) -> list[dict]:
    """Names, kinds, places and days of bodies; nobody's name, no number of members."""
    ids, today = [one.pk for one in units], timezone.localdate()
    names = names_of(ids, today)
    kinds = dict(UnitForm.objects.filter(unit__in=ids).order_by("valid_from").values_list("unit", "kind"))
    rows: dict[int, list[UnitPlacement]] = {}
    for row in UnitPlacement.objects.filter(unit__in=ids).order_by("valid_from"):
        rows.setdefault(row.unit_id, []).append(row)
    parents = {held[-1].parent_id for held in rows.values()}
    above = dict(open_organizations(request).filter(pk__in=parents).values_list("pk", "code"))
    shown = []
    for one in units:
        held = rows.get(one.pk, [])
        found: dict[str, Any] = {
            "id": address(request, "organizations", one.code), "type": SCHEMA + "Organization",
            "body": address(request, "bodies", ROOT), "name": names.get(one.pk, one.code),
        }  # fmt: skip
        if one.pk in kinds and kinds[one.pk] in catalogues.kinds():
            found["classification"] = str(localized(catalogues.kinds()[kinds[one.pk]].labels))
        if held:
            found["startDate"] = held[0].valid_from.isoformat()
            if held[-1].valid_to:
                found["endDate"] = (held[-1].valid_to - dt.timedelta(days=1)).isoformat()
            if held[-1].parent_id in above:
                found["subOrganizationOf"] = address(request, "organizations", above[held[-1].parent_id])
        shown.append(found)
    return shown


LISTS: Mapping[str, Callable[[HttpRequest, Listed], dict]] = {
    "papers": paper_list, "files": file_list, "organizations": organization_list, "terms": term_list,
    "people": nothing, "meetings": nothing,
}  # fmt: skip
