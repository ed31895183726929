"""Tests of finding the functions that an event concerns."""

import json

import pytest

from functions.chassis.runtime.environment import SettingsError
from functions.delivery.event_routes import EventRoutes, load_subscriptions
from knative.function_list import load_function_list
from knative.subscriptions import describe_subscriptions

LISTED = EventRoutes(load_subscriptions({"SUBSCRIPTIONS": describe_subscriptions(load_function_list())}))


def make_routes(**entries: tuple[list[dict[str, str]], list[str]]) -> EventRoutes:
    """Return the routes of functions, each with its triggers and the types that it publishes."""
    subscriptions = [
        {"function": name, "triggers": triggers, "publishes": publishes, "window": "15s"}
        for name, (triggers, publishes) in entries.items()
    ]
    return EventRoutes(load_subscriptions({"SUBSCRIPTIONS": json.dumps(subscriptions)}))


def test_a_due_reminder_concerns_its_whole_chain() -> None:
    """The functions of the list that notify, send, settle and audit are concerned, and no other."""
    due = {"type": "todo.ReminderDue", "audited": "true", "subject": "x"}
    assert LISTED.find_concerned(due) == {"notify-user", "send-notification", "settle-reminder", "append-audit"}


def test_another_attempt_concerns_no_earlier_function() -> None:
    """The next attempt of a notification does not concern the function that requested the first one."""
    due = {"type": "todo.NotificationRequested", "audited": "true"}
    assert LISTED.find_concerned(due) == {"send-notification", "settle-reminder", "append-audit"}


def test_an_event_must_have_every_attribute_of_a_trigger() -> None:
    """An attribute that is missing or different excludes a function."""
    routes = make_routes(schedule=([{"type": "todo.A", "moved": "true"}], []))
    assert routes.find_concerned({"type": "todo.A"}) == frozenset()
    assert routes.find_concerned({"type": "todo.A", "moved": "false"}) == frozenset()
    assert routes.find_concerned({"type": "todo.A", "moved": "true"}) == {"schedule"}
    assert routes.attribute_names == ["moved", "type"]


def test_a_trigger_may_exclude_a_value() -> None:
    """An event with the excluded value concerns the function no more; an event without the attribute does."""
    routes = make_routes(send=([{"type": "todo.A", "concluded": "!true"}], []))
    assert routes.find_concerned({"type": "todo.A"}) == {"send"}
    assert routes.find_concerned({"type": "todo.A", "concluded": "true"}) == frozenset()


def test_the_other_attributes_of_later_events_are_unknown() -> None:
    """A function that handles some events of a published type is concerned."""
    routes = make_routes(
        first=([{"type": "todo.A"}], ["todo.B"]),
        some=([{"type": "todo.B", "moved": "true"}], []),
        every=([{"audited": "true"}], []),
        other=([{"type": "todo.C"}], []),
    )
    assert routes.find_concerned({"type": "todo.A"}) == {"first", "some", "every"}


def test_functions_that_publish_to_each_other_are_found_once() -> None:
    """A circle of events ends the search."""
    routes = make_routes(ping=([{"type": "todo.A"}], ["todo.B"]), pong=([{"type": "todo.B"}], ["todo.A"]))
    assert routes.find_concerned({"type": "todo.A"}) == {"ping", "pong"}


def test_without_subscriptions_no_function_is_concerned() -> None:
    """The variable is optional."""
    assert EventRoutes(load_subscriptions({})).find_concerned({"type": "todo.ReminderDue"}) == frozenset()


@pytest.mark.parametrize("value", ["{", "[{}]", '[{"function": "a", "triggers": [], "publishes": [], "window": "1m"}]'])
def test_invalid_subscriptions_stop_the_function_at_its_start(value: str) -> None:
    """The message names the variable."""
    with pytest.raises(SettingsError, match="cannot start: SUBSCRIPTIONS"):
        load_subscriptions({"SUBSCRIPTIONS": value})
