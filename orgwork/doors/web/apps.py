"""This room is for telling Django where the pages, their styles and their tags lie."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "orgwork.doors.web"
    label = "web"
