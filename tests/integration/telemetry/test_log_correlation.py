"""Every log line about an event carries its correlation id and trace, also lines of libraries and threads."""

import json
from typing import Any

import pytest

from events.task import TaskCreated
from tests.functions import FunctionUnderTest, Load
from tests.samples import a_task, an_event

CALLER = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
CONTEXT = ("my-story", CALLER[3:35], "todo.TaskCreated")


def read_log(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    """Return the log lines so far."""
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def context_of(line: dict[str, Any]) -> tuple[str | None, str | None, str | None]:
    """Return the fields of a line that name its request and event."""
    return line.get("correlation_id"), line.get("trace_id"), line.get("event")


def create_task(tasks: FunctionUnderTest) -> None:
    """Create a task, and wait until its events were tried."""
    task = {"title": "Water the plants"}
    assert tasks.call("POST", "/tasks", task, traceparent=CALLER, x_correlation_id="my-story").status_code == 201
    tasks.instance.publisher.wait()


def test_a_failed_publish_is_logged_with_its_context(function: Load, capsys: pytest.CaptureFixture[str]) -> None:
    """The library logs a line per retry, and the publisher a last line, all after the request was answered."""
    tasks = function("tasks")
    tasks.broker.status = 503
    create_task(tasks)
    lines = read_log(capsys)
    assert [line["message"] for line in lines] == [
        *["stamina.retry_scheduled"] * 3,
        "the bus did not accept an event: the broker answered 503",
    ]
    assert {context_of(line) for line in lines} == {CONTEXT}
    assert "Water the plants" not in str(lines)


def test_a_bug_in_publishing_is_logged_with_its_context(
    function: Load, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An unexpected exception is logged with its event, and the publisher continues."""
    tasks = function("tasks")
    monkeypatch.setattr(tasks.instance.bus, "publish", lambda *_, **__: 1 / 0)
    create_task(tasks)
    [line] = read_log(capsys)
    assert (line["exception"]["type"], context_of(line)) == ("ZeroDivisionError", CONTEXT)


def test_a_wake_up_has_the_correlation_id_of_its_cause(function: Load) -> None:
    """An OutboxDue belongs to the trace of the event that is due."""
    schedule = function("schedule-reminders")
    due = a_task(reminders=[{"at": schedule.clock.now.replace(second=30).isoformat()}])
    schedule.deliver(an_event(TaskCreated(task=due), traceparent=CALLER, correlationid="my-story"))
    schedule.instance.publisher.wait()
    [wake] = [event for event in schedule.broker.events if event.attributes.type == "todo.OutboxDue"]
    assert wake.attributes.correlationid == "my-story"
    assert str(wake.attributes.traceparent).startswith(CALLER[:36])


def test_a_dead_letter_is_logged_with_its_context(function: Load, capsys: pytest.CaptureFixture[str]) -> None:
    """A search for a correlation id finds the dead letter."""
    sink = function("keep-dead-letter")
    sink.deliver(an_event(TaskCreated(task=a_task()), traceparent=CALLER, correlationid="my-story"))
    [line] = read_log(capsys)
    assert (line["message"], context_of(line)) == ("stored a dead letter", CONTEXT)
