"""This room is for telling Django about the floor "insight": what it amounts to."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class InsightConfig(AppConfig):
    name = "orgwork.insight"
    label = "insight"
    verbose_name = _("Insight")
