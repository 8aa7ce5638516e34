"""This room is for writing the API's description anew: python -m tests.doors.api.snapshot"""

import json
import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")

if __name__ == "__main__":
    django.setup()
    from tests.doors.api.test_openapi import SNAPSHOT, described

    SNAPSHOT.write_text(json.dumps(described(), indent=1, ensure_ascii=False, sort_keys=True) + "\n")
