"""This room is for what leaves the database: mail and files. In a rehearsal neither does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.files.storage import FileSystemStorage
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.utils.module_loading import import_string

from .rehearsal import rehearsing


class Mail(BaseEmailBackend):
    """Hands messages on (to ``ORGWORK_MAIL_THROUGH`` of the settings), and in a rehearsal to nobody."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        from django.conf import settings

        super().__init__(*args, **kwargs)
        self.through = import_string(settings.ORGWORK_MAIL_THROUGH)(*args, **kwargs)  # type: ignore[misc]

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        return 0 if rehearsing() else self.through.send_messages(email_messages) or 0


class Files(FileSystemStorage):
    """Files beside the database; in a rehearsal they get a name and are not written."""

    def _save(self, name: str, content: Any) -> str:
        return name if rehearsing() else super()._save(name, content)  # type: ignore[misc]

    def delete(self, name: str) -> None:
        if not rehearsing():
            super().delete(name)
