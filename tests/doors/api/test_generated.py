"""This room is for requests that nobody thought of: made by schemathesis from the API's own description.

Whatever comes of one: no fault of the server, no answer, kind of answer or shape that the description lacks.
The examples are the same in every run; for more of them, with other seeds:

    GENERATED=200 python -m pytest tests/doors/api/test_generated.py
"""

import datetime as dt
import os
import warnings

import pytest
import schemathesis
from django.utils import timezone
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from config.wsgi import application
from orgwork.procedures import signing_in

from .test_openapi import described

EXAMPLES = int(os.environ.get("GENERATED", "2"))
CHECKS = [
    not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance,
]  # fmt: skip
HOW = settings(
    max_examples=EXAMPLES, deadline=None, database=None, derandomize="GENERATED" not in os.environ,
    suppress_health_check=list(HealthCheck), phases=[Phase.generate],
)  # fmt: skip


@pytest.fixture(scope="module")
def schema():
    config = schemathesis.Config.from_dict({"generation": {"allow-x00": True}})
    found = schemathesis.openapi.from_dict(described(), config=config)
    found.app = application
    return found


@pytest.fixture
def one_connection():
    """Requests stay in the test's transaction, as those of Django's own client do."""
    from django.core.signals import request_finished, request_started
    from django.db import close_old_connections

    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def heads(cast, who):
    until = timezone.localdate() + dt.timedelta(days=1)
    made, text = signing_in.make_token(
        cast.account(who), name="generated", scope="write", until=until, door="test"
    )
    return made, {"Authorization": f"Bearer {text}", "Accept-Encoding": "identity"}


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_whatever_is_sent_the_answer_is_one_that_is_described(cast, one_connection, schema, mode):
    wrong: dict[str, str] = {}
    made, head = heads(cast, "provincial_officer")
    for found in schema.get_all_operations():
        operation = found.ok()
        HOW(given(case=operation.as_strategy(generation_mode=mode))(sender(made, head, wrong)))()
    assert not wrong, "\n\n".join(f"{label}\n{said}" for label, said in wrong.items())


def sender(made, head, wrong):
    """Sends a case and notes what is wrong with its answer: all are looked at before the test fails."""

    def send(case):
        # Some requests end the very token they came with.
        type(made).objects.filter(pk=made.pk).update(ended_at=None)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                case.call_and_validate(headers=head, checks=CHECKS)
            except (Exception, BaseExceptionGroup) as fault:
                wrong.setdefault(case.operation.label, f"{type(fault).__name__}: {fault}"[:900])

    return send
