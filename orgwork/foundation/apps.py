"""This room is for telling Django about the floor "foundation": what every floor uses."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class FoundationConfig(AppConfig):
    name = "orgwork.foundation"
    label = "foundation"
    verbose_name = _("Foundation")

    def ready(self):
        from orgwork.foundation.ids import after_migrate

        post_migrate.connect(after_migrate, dispatch_uid="orgwork.foundation.ids")
