"""This room is for what every test may lean on: the engine it runs on and quiet surroundings."""

import pytest
from django.db import connection


def pytest_report_header() -> str:
    from django.conf import settings

    return f"orgwork: {settings.DATABASES['default']['ENGINE'].rsplit('.', 1)[-1]}"


@pytest.fixture
def engine() -> str:
    """`sqlite` or `postgresql`."""
    return connection.vendor


def pytest_runtest_setup(item: pytest.Item) -> None:
    """A test marked for one engine is left to that engine's run; it is not skipped, it is not its turn."""
    for name, vendor in (("postgres", "postgresql"), ("sqlite", "sqlite")):
        if item.get_closest_marker(name) and connection.vendor != vendor:
            pytest.skip(f"says something about {vendor} only")
