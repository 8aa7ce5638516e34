"""This room is for the command `orgwork`."""

import os
import sys


def main(argv: list[str] | None = None) -> int:
    """Hand everything to Django's own commands."""
    from django.core.management import execute_from_command_line

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    execute_from_command_line(["orgwork", *(sys.argv[1:] if argv is None else argv)])
    return 0


if __name__ == "__main__":
    sys.exit(main())
