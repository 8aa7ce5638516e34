"""This room is for what differs while tests run: another home, the engine asked for, a quick hasher.

ORGWORK_TEST_DATABASE picks the engine: empty or `sqlite` for SQLite in a file, else a postgresql:// address
of a server on which databases may be created (`scripts/postgres.sh run COMMAND` lends one).
"""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

_home = Path(tempfile.mkdtemp(prefix="orgwork-tests-"))
atexit.register(shutil.rmtree, _home, ignore_errors=True)
_engine = os.environ.get("ORGWORK_TEST_DATABASE", "sqlite")

# Commands that tests start as processes of their own must find the same house.
for _name in [name for name in os.environ if name.startswith("ORGWORK_") and name != "ORGWORK_TEST_DATABASE"]:
    del os.environ[_name]
os.environ["ORGWORK_HOME"] = str(_home)
os.environ["ORGWORK_DATABASE_URL"] = (
    f"sqlite:///{_home / 'orgwork.sqlite3'}" if _engine in {"", "sqlite"} else _engine
)

from config.settings import *  # noqa: E402, F403
from config.settings import DATABASES, INSTALLED_APPS  # noqa: E402

# Tables to try the foundation on, without a party or a state.
INSTALLED_APPS += ["tests.factapp"]

if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # A file, not memory: threads get connections of their own, as in earnest.
    DATABASES["default"]["TEST"] = {"NAME": str(_home / "test.sqlite3")}
    DATABASES["default"]["OPTIONS"]["init_command"] += "; PRAGMA synchronous=OFF"
    # To read a statement anew costs more than to run it; savepoints alone, each with a name of its own, would
    # drive all others out of the usual hundred.
    DATABASES["default"]["OPTIONS"]["cached_statements"] = 2000
else:
    # Two runs side by side, or two people, do not meet.
    DATABASES["default"]["TEST"] = {"NAME": f"test_orgwork_{os.getpid()}"}

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

# A number at a moment is kept; two tests may play the same moments with different records.
CACHES = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}
# Workers of tests do what a test asks for, and nothing by themselves.
ORGWORK_EVERY_DAY = ()
