"""This room is for reading ORGWORK_MAIL_URL."""

from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit


def mail_settings(url: str) -> dict[str, Any]:
    """Django's settings for ``smtp://user:password@host:port`` (STARTTLS) or ``smtps://…`` (TLS from the
    start); without an address no mail is sent. ``smtp+plain`` speaks without either, to this machine only.
    """
    found: dict[str, Any] = {"EMAIL_TIMEOUT": 20}
    if not url:
        return {**found, "ORGWORK_MAIL_THROUGH": "django.core.mail.backends.dummy.EmailBackend"}
    parts = urlsplit(url)
    if parts.scheme not in {"smtp", "smtps", "smtp+plain"} or not parts.hostname:
        raise ValueError(
            "ORGWORK_MAIL_URL must be smtp://user:password@host:587 or smtps://user:password@host:465."
        )
    if parts.scheme == "smtp+plain" and parts.hostname not in {"localhost", "127.0.0.1", "::1"}:
        raise ValueError("ORGWORK_MAIL_URL: mail without encryption is handed to this machine only.")
    more = dict(parse_qsl(parts.query))
    return {
        **found,
        "ORGWORK_MAIL_THROUGH": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": parts.port or {"smtp": 587, "smtps": 465, "smtp+plain": 25}[parts.scheme],
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_TLS": parts.scheme == "smtp",
        "EMAIL_USE_SSL": parts.scheme == "smtps",
        "EMAIL_TIMEOUT": int(more.get("timeout", 20)),
    }
