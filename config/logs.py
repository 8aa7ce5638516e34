"""This room is for the log: to the console, as lines or as JSON, and without personal content."""

import traceback
from typing import Any

import structlog


def _places_only(_logger: Any, _name: str, event: dict[str, Any]) -> dict[str, Any]:
    """Of a fault, its kind and the places it passed: its own words may quote a row ("Key (name)=(…)")."""
    fault = event.pop("exc_info", None)
    if fault and fault[0] is not None:
        kind, _value, tb = fault
        event["fault"] = kind.__name__
        event["places"] = [
            f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(tb)
        ]
    return event


def logging_settings(*, level: str, style: str, full: bool) -> dict[str, Any]:
    """Django's LOGGING; ``full`` (development only) prints tracebacks with their words."""
    first = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    shown = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if style == "json"
        else structlog.dev.ConsoleRenderer(colors=False)
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "shown": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": first,
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    *([] if full else [_places_only]),
                    shown,
                ],
            }
        },
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "shown"}},
        "root": {"handlers": ["console"], "level": level},
        # Django hangs mail and a console of its own on this name; ours is enough.
        "loggers": {"django": {"handlers": [], "level": level, "propagate": True}},
    }
