"""This room is for `orgwork serve` and `orgwork worker`."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import connection

from orgwork.foundation.refusals import Refusal

from .common import need
from .words import _

FIRST_PORT = 8000
#: The demo's day, so that a later `serve` opens where the demonstration plays.
TODAY_FILE = "today"


def serve(args) -> int:
    """The web server in this process tree, the worker beside it; both end together."""
    need(args, "system.run")
    tables_are_there()
    port = args.port or free_port(args.host)
    if not _free(args.host, port):
        raise Refusal(
            _("Port %s is taken.") % port,
            code="port_taken",
            hint=_("Choose another with --port, or leave it out: the next free one is taken."),
        )
    os.environ["ORGWORK_SERVING"] = "1"
    if settings.ORGWORK_TODAY:
        os.environ["ORGWORK_TODAY"] = settings.ORGWORK_TODAY.isoformat()
    _static_files()
    connection.close()
    if not args.no_worker:
        from orgwork.foundation.jobs import start_worker

        start_worker()
    _announce(args, port)
    _granian(args.host, port, args.threads, args.workers)
    return 0


def worker(args) -> int:
    need(args, "system.run")
    tables_are_there()
    from orgwork.foundation.jobs import work

    work()
    return 0


def free_port(host: str, first: int = FIRST_PORT) -> int:
    for port in range(first, min(first + 200, 65536)):
        if _free(host, port):
            return port
    raise Refusal(_("No port from %s on is free.") % first, code="no_port", hint=_("Name one with --port."))


def _free(host: str, port: int) -> bool:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def tables_are_there() -> None:
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise Refusal(
            _("The tables are not up to date."), code="migrate_first", hint=_("Run “orgwork migrate” first.")
        )


def _static_files() -> None:
    """Gathered afresh at each start, compressed and named by content; in a process that serves."""
    from django.test.utils import override_settings

    storages = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
    }
    Path(settings.STATIC_ROOT).mkdir(mode=0o700, parents=True, exist_ok=True)
    with override_settings(STORAGES=storages):
        call_command("collectstatic", interactive=False, verbosity=0)


def _announce(args, port: int) -> None:
    shown = "localhost" if args.host in {"127.0.0.1", "::1", "0.0.0.0", "::"} else args.host  # noqa: S104
    if args.json:
        import json

        print(json.dumps({"url": f"http://{shown}:{port}", "host": args.host, "port": port}))
    else:
        print(f"http://{shown}:{port}")
        if args.host in {"0.0.0.0", "::"}:  # noqa: S104
            print(_("Reached from other machines too; put a proxy with https before it."), file=sys.stderr)
    sys.stdout.flush()


def _granian(host: str, port: int, threads: int, workers: int = 1) -> None:
    from granian import Granian
    from granian.constants import Interfaces
    from granian.log import LogLevels

    Granian(
        "config.wsgi:application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=threads,
        websockets=False,
        workers_kill_timeout=20,
        respawn_failed_workers=True,
        log_level=LogLevels.warning,
    ).serve()
