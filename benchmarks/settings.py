"""This room is for where measurements run: as in production, in a home of their own."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

_home = Path(tempfile.mkdtemp(prefix="orgwork-bench-"))
atexit.register(shutil.rmtree, _home, ignore_errors=True)
_engine = os.environ.get("ORGWORK_TEST_DATABASE", "sqlite")
os.environ["ORGWORK_HOME"] = str(_home)
os.environ["ORGWORK_LOG_LEVEL"] = "ERROR"
os.environ["ORGWORK_DATABASE_URL"] = (
    f"sqlite:///{_home / 'orgwork.sqlite3'}" if _engine in {"", "sqlite"} else _engine
)

from config.settings import *  # noqa: E402, F403
from config.settings import DATABASES  # noqa: E402

if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["TEST"] = {"NAME": str(_home / "bench.sqlite3")}
else:
    DATABASES["default"]["TEST"] = {"NAME": f"bench_orgwork_{os.getpid()}"}
