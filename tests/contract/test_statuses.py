"""Tests each function that handles events against the statuses that Knative brokers understand."""

import pytest

from events.catalogue import CATALOGUE
from knative.function_list import Function, load_function_list
from tests.event_encoding import encode_binary
from tests.functions import Load
from tests.samples import an_event, some_data

REACTIONS = [function for function in load_function_list().functions if not function.paths]
ACCEPTS_ANY_EVENT = {"keep-dead-letter", "forward-pubsub"}
"""keep-dead-letter stores malformed events too; forward-pubsub forwards types that only newer versions know."""

STRICT = [function for function in REACTIONS if function.name not in ACCEPTS_ANY_EVENT]
UNREACHABLE = "postgresql+pg8000://{role}:x@/todo?unix_sock=/nowhere/.s.PGSQL.5432"
NEEDS_NO_DATABASE = {"forward-pubsub"}


def name_of(function: Function) -> str:
    """Return the id of a test case."""
    return function.name


def subscribed_types(function: Function) -> list[str]:
    """Return the types that a function subscribes to, or one type if it subscribes to all."""
    return sorted({trigger.get("type", "todo.TaskCreated") for trigger in function.triggers}) or ["todo.TaskCreated"]


@pytest.mark.parametrize("function_", REACTIONS, ids=name_of)
def test_an_accepted_event_gets_an_empty_202(function: Load, function_: Function) -> None:
    """Each subscribed type gets a 202 without a body, which both brokers treat as success."""
    loaded = function(function_.name)
    for event_type in subscribed_types(function_):
        response = loaded.deliver(an_event(some_data(CATALOGUE[event_type])))
        assert (response.status_code, response.data) == (202, b""), event_type


@pytest.mark.parametrize("function_", STRICT, ids=name_of)
def test_a_malformed_event_is_rejected(function: Load, function_: Function) -> None:
    """Malformed and unknown events get a 400: the broker dead-letters them at once."""
    loaded = function(function_.name)
    headers, body = encode_binary(an_event(some_data(CATALOGUE[subscribed_types(function_)[0]])))
    wrong = [
        ({**headers, "ce-type": "todo.Unknown"}, body),
        (headers, b"{"),
        (headers, b""),
        ({name: value for name, value in headers.items() if name != "ce-id"}, body),
        ({"content-type": "application/cloudevents-batch+json"}, b"[]"),
        ({"content-type": "application/json"}, b"{}"),
    ]
    for wrong_headers, content in wrong:
        response = loaded.client.post("/", data=content, headers=wrong_headers)
        assert (response.status_code, response.mimetype) == (400, "application/problem+json")
    assert loaded.emitted == []


@pytest.mark.parametrize(
    "function_", [reaction for reaction in REACTIONS if reaction.name not in NEEDS_NO_DATABASE], ids=name_of
)
def test_a_database_that_is_down_gets_a_503(function: Load, function_: Function) -> None:
    """Without the database, an event gets a 503 with Retry-After: the broker tries again."""
    loaded = function(function_.name, DATABASE_URL=UNREACHABLE.format(role=f"todo_{function_.domain}"))
    event_type = "dev.knative.sources.ping" if function_.name == "relay-outbox" else subscribed_types(function_)[0]
    response = loaded.deliver(an_event(some_data(CATALOGUE[event_type])))
    assert (response.status_code, response.mimetype) == (503, "application/problem+json")
    assert int(response.headers["Retry-After"]) > 0
