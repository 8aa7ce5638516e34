"""This room is for what rests on a decision: shown before it is annulled, with what stands in the way."""

from __future__ import annotations

from collections import defaultdict

from django.shortcuts import render
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from orgwork.doors.web import documents, places, said
from orgwork.doors.web.bodies import names_of_people
from orgwork.procedures.annulment import told, what_rests
from orgwork.procedures.cases import Case
from orgwork.procedures.setting_back import Back
from orgwork.registers.documents import Document
from orgwork.registers.posts import Post
from orgwork.registers.resting import Fact, Later, Rests, subject_of
from orgwork.registers.units import Unit, names_of

SHOWN, LATER = 12, 100


@require_safe
def page(request, pk):
    """All that began or ended by a paper and would go back, and the later facts that rest on it."""
    paper, issuer = documents.open_paper(request, pk)
    dials = request.dials
    places.need(request, "document.register", issuer)
    found = what_rests(paper)
    named = issuer is not None and places.able(request, "names.read", issuer)
    names = _Names(found, dials, named)
    case = Case.objects.filter(procedure="annulment", data__paper=paper.pk).order_by("-pk").first()
    opening = reverse("open-case", args=["annulment"]) + dials.query() + f"&paper={paper.pk}"
    context = {
        "section": "documents",
        "paper": paper,
        "found": found,
        "groups": _groups(found, names),
        "cases": [_case(back, names) for back in found.cases],
        "later": [_later(one, names) for one in found.later[:LATER]],
        "more_later": max(len(found.later) - LATER, 0),
        "case_url": reverse("case", args=[case.pk]) + dials.query() if case else "",
        "open_url": opening if places.able(request, "correction.make", issuer) and not case else "",
        "crumbs": [
            {"name": _("Documents"), "url": reverse("documents") + dials.query()},
            {"name": paper.symbol, "url": reverse("document", args=[paper.pk]) + dials.query()},
        ],
    }
    return render(request, "web/annulment.html", context)


class _Names:
    """What people, bodies, posts and papers are called, asked once; people only for who may read names."""

    def __init__(self, found: Rests, dials, named: bool):
        ids: dict[str, set[int]] = defaultdict(set)
        for fact in found.facts:
            for row in (*fact.out, *fact.into):
                kind, ident = subject_of(row)
                ids[kind].add(ident)
        for one in found.later:
            ids[one.type].add(one.id)
        ids["person"] |= {back.case.person_id for back in found.cases if back.case.person_id}
        self.dials = dials
        self.people = names_of_people(sorted(ids["person"]), dials) if named and ids["person"] else {}
        self.units = names_of(ids["unit"], dials.on) if ids["unit"] else {}
        self.codes = dict(Unit.objects.filter(pk__in=ids["unit"]).values_list("pk", "code"))
        self.posts = dict(Post.objects.filter(pk__in=ids["post"]).values_list("pk", "code"))
        self.papers = dict(Document.objects.filter(pk__in=ids["document"]).values_list("pk", "symbol"))

    def of(self, kind: str, ident: int) -> dict:
        tail = self.dials.query()
        if kind == "person":
            name = self.people.get(ident)
            return {
                "name": name or f"#{ident}",
                "url": reverse("person", args=[ident]) + tail if name else "",
            }
        if kind == "unit":
            code = self.codes.get(ident, "")
            return {"name": self.units.get(ident, code), "url": places.address(code, self.dials)}
        if kind == "document":
            return {"name": self.papers.get(ident, "…"), "url": reverse("document", args=[ident]) + tail}
        if kind == "case":
            return {
                "name": _("case %(number)s") % {"number": ident},
                "url": reverse("case", args=[ident]) + tail,
            }
        return {"name": self.posts.get(ident, f"#{ident}") if kind == "post" else f"#{ident}", "url": ""}


def _groups(found: Rests, names: _Names) -> list[dict]:
    """By table: how many records go, how many come back, and whom they are about."""
    of: dict = defaultdict(list)
    for fact in found.facts:
        of[fact.model].append(fact)
    return [_group(model, facts, names) for model, facts in of.items()]


def _group(model, facts: list[Fact], names: _Names) -> dict:
    about = {subject_of(row) for fact in facts for row in (*fact.out, *fact.into)}
    return {
        "label": capfirst(str(model._meta.verbose_name)),
        "out": sum(len(fact.out) for fact in facts),
        "into": sum(len(fact.into) for fact in facts),
        "items": [names.of(*one) for one in sorted(about)[:SHOWN]],
        "more": max(len(about) - SHOWN, 0),
    }


def _case(back: Back, names: _Names) -> dict:
    """From where to where a case goes back, and which of its deadlines would run again."""
    runs = [{"what": said.deadline(one.kind), "due": one.due} for one in back.run if one.met_on is None]
    case = back.case
    about = names.of("person", case.person_id) if case.person_id else None
    return {
        **names.of("case", case.pk), "label": back.label, "about": about, "closes": back.closes,
        "from": back.from_label, "to": back.to_label, "runs": runs,
    }  # fmt: skip


def _later(one: Later, names: _Names) -> dict:
    what = capfirst(str(one.model._meta.verbose_name)) if one.model is not None else _("Open case")
    found = {"what": what, "day": one.day, **names.of(one.type, one.id), "line": told(one)}
    if one.paper is not None and one.type != "document":
        paper = reverse("document", args=[one.paper.pk]) + names.dials.query()
        found |= {"paper": one.paper.symbol, "paper_url": paper}
    return found
