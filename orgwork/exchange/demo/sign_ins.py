"""This room is for who may sign in to the demo: an account for each role, with a fresh password that is
shown once.
"""

import os
from collections import Counter

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from orgwork.foundation.accounts import Account
from orgwork.procedures.accounts import fresh_password
from orgwork.registers.access import AccountPerson

from .bodies import OPENING
from .ground import PROVINCE

FILE = "demo-sign-ins.txt"
ROLES = (  # sign-in name, what it shows, where the post stands whose holder it is, kind of the post
    ("national-office", _("national organisation office"), "TW", "organisation_officer"),
    ("province-office", _("provincial organisation office"), PROVINCE, "organisation_officer"),
    ("chief-of-office", _("chief of the provincial committee's Office"), PROVINCE, "chief_of_office"),
    ("commune-secretary", _("secretary of a commune"), "commune", "secretary"),
    ("cell-secretary", _("secretary of a village cell"), "cell", "secretary"),
    ("member", _("a member without office"), "", ""),
    ("auditor", _("auditor"), PROVINCE, "auditor"),
    ("data-protection", _("data protection officer"), PROVINCE, "data_protection_officer"),
    ("technical-admin", _("technical administrator, sees no person"), PROVINCE, "technical_administrator"),
    ("outsider", _("somebody without any post"), "", ""),
)


def make_accounts(told, language):
    """An account for each role with a fresh password, and one without for each office whose officer
    recorded.
    """
    passwords, roles = [], {}
    for username, what, *_where in ROLES:
        password = fresh_password()
        roles[username] = Account.objects.create_user(
            username, password, full_name=str(what), language=language
        )
        passwords.append((username, password, what))
    officers = {PROVINCE: roles["province-office"], "TW": roles["province-office"]}
    for office in offices_of(told):
        officers[office] = Account.objects.create_user(f"officer-{office}", None, language=language)
    return {"office": roles["province-office"], "roles": roles, "officers": officers}, passwords


def offices_of(told):
    province = told.skeleton.by_code[PROVINCE].n
    upper = ("district_party_organisation", "bloc_party_organisation")
    return sorted({b.office for b in told.skeleton.bodies if b.kind in upper and b.parent == province})


def link_accounts(registers, accounts):
    """Each account belongs to a person of the demo who holds that post to the end of the story."""
    told, holders = registers.story, Holders(registers.story)
    links = [(accounts["roles"][name], holders.of_role(where, kind)) for name, _what, where, kind in ROLES]
    links.append((accounts["roles"]["member"], holders.plain_member()))
    links += [
        (account, holders.at("organisation_officer", office=office))
        for office, account in accounts["officers"].items()
        if account.username.startswith("officer-")
    ]
    for account, n in links:
        if n is None:
            continue
        AccountPerson.objects.create(account=account, person_id=registers.person[n])
        person = told.lives.people[n]
        account.full_name = " ".join(part for part in (person.family, person.middle, person.given) if part)
        account.save(update_fields=["full_name"])


class Holders:
    """Who holds which post when the story ends, nobody taken twice."""

    def __init__(self, told):
        self.told, self.taken = told, set()
        offices = told.offices
        self.holding = [(offices.posts[h.post], h.person) for h in offices.holdings if h.until is None]
        self.busy = {h.person for h in offices.holdings}
        self.commune, self.cell = self.where_work_waits()

    def where_work_waits(self):
        """The commune and the village cell with most cases that wait for their secretaries."""
        bodies = self.told.skeleton
        waiting = [
            c for c in self.told.lives.admissions if c.state in ("cell", "introducers", "verification")
        ]
        communes = Counter(
            bodies[c.cell].parent
            for c in waiting
            if bodies[c.cell].community == "village" and len(bodies[c.cell].office) == 3
        )
        commune = min(communes, key=lambda n: (-communes[n], n))
        cells = Counter(
            c.cell
            for c in waiting
            if bodies[c.cell].parent == commune and bodies[c.cell].community == "village"
        )
        seats = {post.body for post, _person in self.holding if post.kind == "secretary"}
        return commune, min((n for n in cells if n in seats), key=lambda n: (-cells[n], n))

    def of_role(self, where, kind):
        if where in ("TW", PROVINCE):
            return self.at(kind, parent=self.told.skeleton.by_code[where].n)
        if where in ("commune", "cell"):
            return self.at(kind, body=self.commune if where == "commune" else self.cell)
        return None

    def at(self, kind, *, body=None, parent=None, office=None):
        bodies = self.told.skeleton
        for post, person in self.holding:
            if post.kind != kind or post.body is None or person in self.taken:
                continue
            at = bodies[post.body]
            if body not in (None, at.n) or parent not in (None, at.parent):
                continue
            if office is not None and (at.office != office or at.kind != "organisation_committee"):
                continue
            self.taken.add(person)
            return person
        return None

    def plain_member(self):
        """Somebody who was admitted in the term, is a full member still and never held a post."""
        return next(
            m.person
            for m in self.told.lives.members
            if m.origin == "admitted" and m.until is None and m.since > OPENING + 400
            and m.person not in self.busy and len(m.standing) == 2
        )  # fmt: skip


def keep_sign_ins(passwords):
    """Where only the owner reads: made anew with its mode, never loosened afterwards."""
    path = settings.ORGWORK_HOME / FILE
    path.unlink(missing_ok=True)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.writelines(f"{username}\t{password}\t{what}\n" for username, password, what in passwords)
    return path
