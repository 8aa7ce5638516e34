"""This room is for telling Django about the floor "doors": where people and programs come in."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DoorsConfig(AppConfig):
    name = "orgwork.doors"
    label = "doors"
    verbose_name = _("Doors")

    def ready(self):
        from . import person_tables

        person_tables.declare_libraries()
