"""This room is for telling Django about the floor "procedures": the only way registers change."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ProceduresConfig(AppConfig):
    name = "orgwork.procedures"
    label = "procedures"
    verbose_name = _("Procedures")

    def ready(self):
        # Whoever asks what can be done must find all of it declared.
        from . import catalogue  # noqa: F401
