"""This room is for running the measurements: `make bench ARGS="foundation --people 100000 --bodies 5000"`.

They run on a database of their own that is made and thrown away: SQLite as in production, or the PostgreSQL
server that ORGWORK_TEST_DATABASE names (`scripts/postgres.sh run make bench` lends one).
"""

import argparse
import importlib
import json
import os
import pkgutil
import sys

import benchmarks

HARNESS = {"__main__", "settings", "measure"}
#: Only when named: they kill, stop and crowd, and take minutes.
ALONE = {"faults", "away", "people_at_work"}


def main():
    os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.settings"
    import django

    django.setup()
    from django.db import connection
    from django.test.utils import setup_databases, teardown_databases

    from benchmarks.measure import shown

    asked = parsed()
    made = setup_databases(verbosity=0, interactive=False, aliases=["default"])
    results = []
    try:
        for name in asked.names or [one for one in there_are() if one not in ALONE]:
            module = importlib.import_module(f"benchmarks.{name}")
            for result in module.measure(people=asked.people, bodies=asked.bodies):
                results.append({"of": name, "engine": connection.vendor, **result})
                if not asked.json:
                    print(shown(results[-1]), flush=True)
    finally:
        teardown_databases(made, verbosity=0)
    if asked.json:
        json.dump(results, sys.stdout, indent=1)


def parsed():
    parser = argparse.ArgumentParser(prog="benchmarks", description="Measure what things cost.")
    parser.add_argument(
        "names",
        nargs="*",
        help=f"which: {', '.join(there_are())}; none means all but {', '.join(sorted(ALONE))}",
    )
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--bodies", type=int, default=5_000)
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def there_are():
    return sorted(m.name for m in pkgutil.iter_modules(benchmarks.__path__) if m.name not in HARNESS)


if __name__ == "__main__":
    main()
