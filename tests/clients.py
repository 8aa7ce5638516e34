"""This room is for the clients of tests: the house's middleware is set up once for all of them."""

from django.conf import UserSettingsHolder, settings
from django.test.client import ClientHandler

_LOADED = ("_view_middleware", "_template_response_middleware", "_exception_middleware", "_middleware_chain")


def share_middleware() -> None:
    """Every client of a test sets the middleware up anew, and thousands of them look for static files.

    Where a test overrides settings they set it up for themselves. Called by tests/conftest.py.
    """
    plain = ClientHandler.load_middleware
    if getattr(plain, "shares", False):
        return
    loaded: dict[str, object] = {}

    def load_middleware(self, is_async=False):
        if is_async or isinstance(settings._wrapped, UserSettingsHolder):
            plain(self, is_async)
            return
        if not loaded:
            plain(self)
            loaded.update({name: getattr(self, name) for name in _LOADED})
        vars(self).update(loaded)

    load_middleware.shares = True  # type: ignore[attr-defined]
    ClientHandler.load_middleware = load_middleware  # type: ignore[method-assign]
