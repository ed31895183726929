"""Every line that is logged about a story carries its correlation id and its trace, whoever logs it and when."""

import json
from typing import Any

import pytest

from events.task import TaskCreated
from tests.functions import FunctionUnderTest, Load
from tests.samples import a_task, an_event

CALLER = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
STORY = ("my-story", CALLER[3:35], "todo.TaskCreated")


def logged(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    """Return the lines so far."""
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def story_of(line: dict[str, Any]) -> tuple[str | None, str | None, str | None]:
    """Return what a line says it is about."""
    return line.get("correlation_id"), line.get("trace_id"), line.get("event")


def create(tasks: FunctionUnderTest) -> None:
    """Create a task, and wait until all was tried that follows from it."""
    task = {"title": "Water the plants"}
    assert tasks.call("POST", "/tasks", task, traceparent=CALLER, x_correlation_id="my-story").status_code == 201
    tasks.instance.publisher.wait()


def test_a_publish_that_fails_is_part_of_the_story(function: Load, capsys: pytest.CaptureFixture[str]) -> None:
    """Each retry's line, which the library logs, and the last one, which is ours: long after the answer."""
    tasks = function("tasks")
    tasks.broker.status = 503
    create(tasks)
    lines = logged(capsys)
    assert [line["message"] for line in lines] == [
        *["stamina.retry_scheduled"] * 3,
        "the bus did not take an event: the broker answered 503",
    ]
    assert {story_of(line) for line in lines} == {STORY}
    assert "Water the plants" not in str(lines)


def test_a_defect_in_publishing_is_part_of_the_story(
    function: Load, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What nobody expected is logged with the event it happened to, and the publisher goes on."""
    tasks = function("tasks")
    monkeypatch.setattr(tasks.instance.bus, "publish", lambda *_, **__: 1 / 0)
    create(tasks)
    [line] = logged(capsys)
    assert (line["exception"]["type"], story_of(line)) == ("ZeroDivisionError", STORY)


def test_a_wake_up_is_part_of_the_story_that_needs_it(function: Load) -> None:
    """What wakes the relay says for whom."""
    schedule = function("schedule-reminders")
    due = a_task(reminders=[{"at": schedule.clock.now.replace(second=30).isoformat()}])
    schedule.deliver(an_event(TaskCreated(task=due), traceparent=CALLER, correlationid="my-story"))
    schedule.instance.publisher.wait()
    [wake] = [event for event in schedule.broker.events if event.attributes.type == "todo.OutboxDue"]
    assert wake.attributes.correlationid == "my-story"
    assert str(wake.attributes.traceparent).startswith(CALLER[:36])


def test_a_dead_letter_is_part_of_its_events_story(function: Load, capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever looks for a story finds where it ended."""
    sink = function("keep-dead-letter")
    sink.deliver(an_event(TaskCreated(task=a_task()), traceparent=CALLER, correlationid="my-story"))
    [line] = logged(capsys)
    assert (line["message"], story_of(line)) == ("a dead letter was kept", STORY)
