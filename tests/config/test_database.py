"""ORGWORK_DATABASE_URL: what it may say, and what it comes to."""

import pytest
from django.db import connection

from config.database import database


def test_a_file_is_named_by_its_absolute_path():
    found = database("sqlite:////srv/or%20gwork/data.sqlite3")
    assert found["NAME"] == "/srv/or gwork/data.sqlite3"
    assert found["OPTIONS"]["transaction_mode"] == "IMMEDIATE"


@pytest.mark.parametrize(
    "address", ["sqlite://data.sqlite3", "sqlite:data.sqlite3", "mysql://localhost/x", ""]
)
def test_anything_else_is_refused_with_the_way_to_write_it(address):
    with pytest.raises(ValueError, match="sqlite:////absolute/path"):
        database(address)


def test_a_server_is_named_by_host_or_by_socket():
    found = database("postgresql://ann:p%40ss@db.example:5433/orgwork?sslmode=require")
    assert {key: found[key] for key in ("HOST", "PORT", "USER", "PASSWORD", "NAME")} == {
        "HOST": "db.example",
        "PORT": "5433",
        "USER": "ann",
        "PASSWORD": "p@ss",
        "NAME": "orgwork",
    }
    assert found["OPTIONS"] == {"sslmode": "require"}
    assert database("postgresql://ann@/orgwork?host=/run/pg")["HOST"] == "/run/pg"


def test_connections_are_pooled_when_serving_only():
    assert "pool" in database("postgresql://ann@/orgwork", pool=True)["OPTIONS"]
    assert "pool" not in database("postgresql://ann@/orgwork")["OPTIONS"]


@pytest.mark.sqlite
@pytest.mark.django_db
@pytest.mark.parametrize(
    ("pragma", "value"),
    [("journal_mode", "wal"), ("foreign_keys", 1), ("secure_delete", 1), ("busy_timeout", 20000)],
)
def test_sqlite_keeps_its_promises(pragma, value):
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA {pragma}")
        assert cursor.fetchone()[0] == value
