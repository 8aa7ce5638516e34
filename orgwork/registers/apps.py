"""This room is for telling Django about the floor "registers": what is true, and since when."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate
from django.utils.translation import gettext_lazy as _


class RegistersConfig(AppConfig):
    name = "orgwork.registers"
    label = "registers"
    verbose_name = _("Registers")

    def ready(self):
        from . import paper_search
        from .documents import guard_secret_papers, lift_secret_papers

        # Before any table is remade, and when all of them are there: of this app alone is enough.
        pre_migrate.connect(lift_secret_papers, dispatch_uid="orgwork.registers.secret")
        post_migrate.connect(guard_secret_papers, sender=self, dispatch_uid="orgwork.registers.secret")
        pre_migrate.connect(paper_search.lift, sender=self, dispatch_uid="orgwork.registers.found")
        post_migrate.connect(paper_search.install, sender=self, dispatch_uid="orgwork.registers.found")
