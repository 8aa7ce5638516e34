"""This room is for telling Django about the floor "planning": what we aim at."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PlanningConfig(AppConfig):
    name = "orgwork.planning"
    label = "planning"
    verbose_name = _("Planning")

    def ready(self):
        # Whoever asks what can be done must find these acts declared, too.
        from . import growth_remarks, quotas, targets  # noqa: F401
