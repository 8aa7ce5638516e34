"""This room is for judging answers by the schemas of OParl 1.1.1 (schema/, see README.md)."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jsonschema

DIRECTORY = Path(__file__).parent / "schema"
SCHEMAS = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in DIRECTORY.glob("*.json")}
TYPE = re.compile(r"https://schema\.oparl\.org/1\.[01]/(\w+)$")


def _plain(schema: Any) -> Any:
    """References between the files are said in a way of their own; objects are judged one by one instead."""
    if isinstance(schema, dict):
        return {key: _plain(value) for key, value in schema.items() if key != "$ref"}
    return [_plain(one) for one in schema] if isinstance(schema, list) else schema


JUDGES = {name: jsonschema.Draft4Validator(_plain(schema)) for name, schema in SCHEMAS.items()}


def faults(found: Any, path: str = "$") -> list[str]:
    """What is wrong with an object, or with every object of a list page, embedded ones included."""
    if path == "$" and isinstance(found.get("data"), list):
        missing = [name for name in ("pagination", "links") if name not in found]
        return missing + [
            fault for n, one in enumerate(found["data"]) for fault in faults(one, f"$.data[{n}]")
        ]
    match = TYPE.match(str(found.get("type", "")))
    if match is None:
        return [f"{path}: no OParl type"]
    wrong = [
        f"{path}: {list(error.path)} {error.message[:140]}" for error in JUDGES[match[1]].iter_errors(found)
    ]
    for name, value in found.items():
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, dict):
                wrong += faults(one, f"{path}.{name}")
    return wrong
