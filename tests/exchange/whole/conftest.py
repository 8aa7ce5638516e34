"""This room is for other databases to move to: one of each engine that this run has."""

import datetime as dt
import io
import os
import secrets
import shutil

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.test import override_settings
from PIL import Image

from config.database import database
from orgwork.foundation import engines
from orgwork.procedures import admission, paper_files
from tests.waiting import until


@pytest.fixture
def home(settings, tmp_path):
    """Data of this test's own: backups, files and copies lie in it."""
    settings.ORGWORK_HOME = tmp_path / "home"
    settings.MEDIA_ROOT = settings.ORGWORK_HOME / "files"
    settings.MEDIA_ROOT.mkdir(parents=True)
    return settings.ORGWORK_HOME


@pytest.fixture
def lived(live_cast, home):
    """The cast with a case under way, whose entries are sealed."""
    admission.open_admission(
        actor=live_cast.account("cell_secretary"), door="test", day=dt.date(2024, 1, 8),
        person=live_cast.applicant, unit=live_cast.cell,
    )  # fmt: skip
    return live_cast


@pytest.fixture
def paper_file(lived):
    """A file of a paper, which lies among the files of the house."""
    account, out = lived.account("district_officer"), io.BytesIO()
    Image.new("1", (9, 9)).save(out, "PNG")
    ticket = paper_files.bring(out.getvalue(), account)
    return paper_files.attach(actor=account, document=lived.paper("7-QĐ/ThU"), ticket=ticket, name="a")


@pytest.fixture(scope="session")
def with_tables(tmp_path_factory, django_db_setup, django_db_blocker):
    """A SQLite file, and on PostgreSQL a database too, with tables that hold nothing: made once and copied,
    since making tables takes a while.
    """
    path = tmp_path_factory.mktemp("tables") / "empty.sqlite3"
    if connection.vendor == "sqlite":
        engines.copy_sqlite(connection.settings_dict["NAME"], path)
        yield path, ""
        return
    wrapper = engines.wrapper_for(_quick(database(f"sqlite:///{path}")))
    with django_db_blocker.unblock():
        with engines.routed(wrapper):
            _make_tables()
        wrapper.close()
        connection.close()
        main, name = connection.settings_dict, f"tables_{os.getpid()}"
        with engines.maintenance(main) as held:
            _alone(held, main["NAME"])
            engines.create_database(held, name, like=main["NAME"], whole=True)
            yield path, name
            engines.drop_database(held, name)


def _alone(held, name):
    """Part with sessions that an earlier test left behind: a template is copied when nobody is there."""
    leave = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
    until(lambda: not held.execute(leave, [name]).rowcount and not engines.connected(held, name))


def _make_tables():
    """As all migrations would leave them, but straight from the models: in a tenth of the time."""
    bare = {config.label: None for config in apps.get_app_configs()}
    with override_settings(MIGRATION_MODULES=bare):
        call_command("migrate", verbosity=0, interactive=False, run_syncdb=True)
    recorder = MigrationRecorder(connection)
    recorder.ensure_schema()
    for app, name in MigrationLoader(connection).disk_migrations:
        recorder.record_applied(app, name)


def _quick(described):
    described["OPTIONS"]["init_command"] += "; PRAGMA synchronous=OFF"
    return described


@pytest.fixture
def elsewhere(tmp_path, with_tables):
    """`elsewhere("sqlite")`: the description of a database that holds nothing; those on the server are
    dropped afterwards.
    """
    made, (file, template) = [], with_tables

    def describe(engine, bare=False):
        if engine == "sqlite":
            path = tmp_path / f"{secrets.token_hex(4)}.sqlite3"
            if not bare:
                shutil.copy(file, path)
            return _quick(database(f"sqlite:///{path}"))
        described = database(os.environ["ORGWORK_DATABASE_URL"])
        name = f"moved_{os.getpid()}_{secrets.token_hex(4)}"
        with engines.maintenance(described) as held:
            engines.create_database(held, name, like=template, whole=not bare)
        made.append((described, name))
        return {**described, "NAME": name}

    yield describe
    for described, name in made:
        with engines.maintenance(described) as held:
            engines.drop_database(held, name)
