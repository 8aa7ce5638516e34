"""This room is for telling Django about the floor "foundation": what every floor uses."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class FoundationConfig(AppConfig):
    name = "orgwork.foundation"
    label = "foundation"
    verbose_name = _("Foundation")
