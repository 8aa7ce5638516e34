"""This room is for posts: seats at a body or a place, which exist while vacant, and who holds them."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from .areas import Area
from .record import Record, guarded
from .units import Unit

#: In the code of a seat that is there only until the new committee of a body is appointed.
INTERIM = "~"


class Post(models.Model):
    """A seat of a kind (provisions/posts.yaml), at a body or at a place (village head)."""

    code = models.CharField(_("code"), max_length=60, unique=True)
    kind = models.CharField(_("kind"), max_length=40)
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="posts", verbose_name=_("body"))
    area = models.ForeignKey(Area, models.PROTECT, null=True, related_name="posts", verbose_name=_("area"))

    class Meta:
        verbose_name = _("post")
        verbose_name_plural = _("posts")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(unit__isnull=False, area__isnull=True)
                | models.Q(unit__isnull=True, area__isnull=False),
                name="post_at_a_body_or_a_place",
            )
        ]
        indexes = [models.Index(fields=["kind"], name="post_kind")]

    def __str__(self):
        return self.code


class PostExistence(Record):
    """The days on which the seat exists, held or vacant."""

    KEY = ("post",)

    post = models.ForeignKey(Post, models.PROTECT, related_name="existences")

    class Meta:
        verbose_name = _("existence of a post")
        base_manager_name = "versions"
        constraints = guarded("post_existence", "post")

    def __str__(self):
        return f"{self.post_id}"
