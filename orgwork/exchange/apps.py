"""This room is for telling Django about the floor "exchange": what comes in and goes out."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ExchangeConfig(AppConfig):
    name = "orgwork.exchange"
    label = "exchange"
    verbose_name = _("Exchange")

    def ready(self):
        from .sheets import undoing  # noqa: F401  says how a confirmed proposal to undo a sheet is run
