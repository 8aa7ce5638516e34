"""This room is for the worker as a program: ``python -m orgwork.foundation``."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from .jobs import work  # noqa: E402

work()
