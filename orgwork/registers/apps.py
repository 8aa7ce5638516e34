"""This room is for telling Django about the floor "registers": what is true, and since when."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RegistersConfig(AppConfig):
    name = "orgwork.registers"
    label = "registers"
    verbose_name = _("Registers")
