"""This room is for telling `make run` whether there are data: exit code 0 when there are none, else 1."""

import os
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.apps import apps  # noqa: E402

sys.exit(int(apps.get_model("registers", "Unit").objects.exists()))
