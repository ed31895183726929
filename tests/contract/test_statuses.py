"""Each function that hears events, against what a status means to a Knative broker."""

import pytest

from events.catalogue import CATALOGUE
from knative.function_list import Function, load_function_list
from tests.event_encoding import encode_binary
from tests.functions import Load
from tests.samples import an_event, some_data

REACTIONS = [function for function in load_function_list().functions if not function.paths]
TAKES_ANYTHING = {"keep-dead-letter", "forward-pubsub"}
"""One keeps what nobody could take; the other carries what a newer version may know."""

CHECKED = [function for function in REACTIONS if function.name not in TAKES_ANYTHING]
NOWHERE = "postgresql+pg8000://{role}:x@/todo?unix_sock=/nowhere/.s.PGSQL.5432"
NEEDS_NO_DATABASE = {"forward-pubsub"}


def named(function: Function) -> str:
    """Name a case by its function."""
    return function.name


def heard_by(function: Function) -> list[str]:
    """Return the types that a function hears, one of them where it hears everything."""
    return sorted({trigger.get("type", "todo.TaskCreated") for trigger in function.triggers}) or ["todo.TaskCreated"]


@pytest.mark.parametrize("function_", REACTIONS, ids=named)
def test_an_event_is_taken_with_an_empty_202(function: Load, function_: Function) -> None:
    """Every event that a function hears is answered with 202 and no body, which both brokers take for done."""
    loaded = function(function_.name)
    for event_type in heard_by(function_):
        answer = loaded.deliver(an_event(some_data(CATALOGUE[event_type])))
        assert (answer.status_code, answer.data) == (202, b""), event_type


@pytest.mark.parametrize("function_", CHECKED, ids=named)
def test_what_is_malformed_is_refused_for_good(function: Load, function_: Function) -> None:
    """Malformed and unknown events are answered with 400: the broker dead-letters them at once."""
    loaded = function(function_.name)
    headers, body = encode_binary(an_event(some_data(CATALOGUE[heard_by(function_)[0]])))
    bad = [
        ({**headers, "ce-type": "todo.Unheard"}, body),
        (headers, b"{"),
        (headers, b""),
        ({name: value for name, value in headers.items() if name != "ce-id"}, body),
        ({"content-type": "application/cloudevents-batch+json"}, b"[]"),
        ({"content-type": "application/json"}, b"{}"),
    ]
    for wrong, content in bad:
        answer = loaded.client.post("/", data=content, headers=wrong)
        assert (answer.status_code, answer.mimetype) == (400, "application/problem+json")
    assert loaded.emitted == []


@pytest.mark.parametrize("function_", [one for one in REACTIONS if one.name not in NEEDS_NO_DATABASE], ids=named)
def test_a_database_that_is_down_is_tried_again(function: Load, function_: Function) -> None:
    """Without the database the answer is 503 with Retry-After: the broker tries again."""
    loaded = function(function_.name, DATABASE_URL=NOWHERE.format(role=f"todo_{function_.domain}"))
    event_type = "dev.knative.sources.ping" if function_.name == "relay-outbox" else heard_by(function_)[0]
    answer = loaded.deliver(an_event(some_data(CATALOGUE[event_type])))
    assert (answer.status_code, answer.mimetype) == (503, "application/problem+json")
    assert int(answer.headers["Retry-After"]) > 0
