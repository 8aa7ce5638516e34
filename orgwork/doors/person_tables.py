"""This room is for what the tables of the doors and of libraries record about people
(see registers/person_tables.py).
"""

from __future__ import annotations

from django.apps import apps
from django.contrib.auth import SESSION_KEY
from django.utils.translation import gettext_lazy as _

from orgwork.procedures.retention import rows_go
from orgwork.registers.access import AccountPerson
from orgwork.registers.person_tables import DELETED, DERIVED, about_nobody, about_people

from .models import KeptAnswer, SavedView, SignInTrouble


def sessions_of(people):
    """Sessions are found by what they say: the table itself knows no account."""
    sessions = apps.get_model("sessions", "Session")
    accounts = {
        str(pk) for pk in AccountPerson.objects.filter(person__in=people).values_list("account", flat=True)
    }
    if not accounts:
        return sessions.objects.none()
    found = [
        one.pk for one in sessions.objects.iterator() if str(one.get_decoded().get(SESSION_KEY)) in accounts
    ]
    return sessions.objects.filter(pk__in=found)


about_people(
    SavedView, _("Lists kept"), persons=("account__holder__person",), activity="accounts", act="user.manage",
    erased=DELETED, merge=DERIVED, shown=("page", "name", "query"),
)  # fmt: skip
about_people(
    KeptAnswer, _("Answers to programs"), persons=("account__holder__person",), activity="accounts",
    act="user.manage", erased=DELETED, merge=DERIVED, shown=("key", "status", "answer", "created_at"),
    covered={"digest": _("a seal")},
)  # fmt: skip
about_nobody(SignInTrouble, "keyed digests, gone when the lock has run out")
rows_go("retention.signin_failures_months", SignInTrouble, "last_at")


def declare_libraries() -> None:
    """Tables that libraries bring; called when all apps are ready."""
    about_people(
        apps.get_model("sessions", "Session"), _("Sessions"), rows=sessions_of, activity="accounts",
        act="user.manage", erased=DELETED, merge=DERIVED, shown=("expire_date",),
        covered={
            "session_key": _("who has it is signed in"), "session_data": _("the language and messages shown"),
        },
        retention=("signin.session_hours",),
    )  # fmt: skip
    for name, why in {
        "auth.Permission": "unused", "auth.Group": "unused", "contenttypes.ContentType": "names of tables",
        "django_tasks_database.DBTaskResult": "numbers of jobs",
    }.items():  # fmt: skip
        about_nobody(apps.get_model(name), why)
    for name in ("auth.Group_permissions",):
        model = apps.get_model("auth", "Group").permissions.through
        about_nobody(model, f"unused ({name})")
