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


def _without_addresses(_logger: Any, _name: str, event: dict[str, Any]) -> dict[str, Any]:
    """Django's own lines quote the address, in which numbers of people and searched names stand: of it the
    route is kept, and what was said before the colon.
    """
    record = event.get("_record")
    request = getattr(record, "request", None)
    if record is not None and record.name.startswith("django.") and request is not None:
        event["event"] = str(record.msg).split(":")[0].replace("%s", "").strip() or record.name
        event["route"] = getattr(getattr(request, "resolver_match", None), "route", None)
        event["status"] = getattr(record, "status_code", None)
    return event


def logging_settings(*, level: str, style: str, full: bool) -> dict[str, Any]:
    """Django's LOGGING; ``full`` (development only) prints tracebacks with their words."""
    first = [
        structlog.contextvars.merge_contextvars,  # the number of the request
        structlog.stdlib.ExtraAdder(allow=["method", "route", "status", "milliseconds"]),
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
                    *([] if full else [_without_addresses]),
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
