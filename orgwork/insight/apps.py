"""This room is for telling Django about the floor "insight": what it amounts to."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class InsightConfig(AppConfig):
    name = "orgwork.insight"
    label = "insight"
    verbose_name = _("Insight")

    def ready(self):
        # The catalogue is complete once the figures of cases have entered it; issuing is an act like others.
        from . import frame, issuing  # noqa: F401
