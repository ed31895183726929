"""Tests of traces and metrics: one trace from the request to the channel, and metrics of stopped functions."""

from typing import Any

from tests.cluster.collecting import collecting, list_collected
from tests.cluster.installation import Installation
from tests.e2e.story import Story

ON_THE_WAY = ("tasks", "schedule-reminders", "append-audit", "relay-outbox", "notify-user", "settle-reminder")


def test_a_request_is_one_trace_down_to_the_channel(installed: Installation) -> None:
    """The call, each publish, each function and the channel are one tree, and every function pushes metrics."""
    with collecting(installed) as url:
        installed.install(f"--set-string=global.telemetry.otlpEndpoint={url}")
        try:
            story = Story(installed, "traced", remind_in=15)
            story.create_task()
            story.wait_for_delivery()
            [trace] = {event["traceparent"][3:35] for event in story.list_audited_events()}
            installed.wait_for(lambda: set(ON_THE_WAY) <= list_services(list_spans(installed, trace)))
            found = installed.wait_for(lambda: require_tree(list_spans(installed, trace)))
            assert "process todo.ReminderDue" in [span["span"] for span in found], found
            installed.wait_for(lambda: set(ON_THE_WAY) <= list_measured(installed))
        finally:
            installed.install()


def list_spans(installed: Installation, trace: str) -> list[dict[str, Any]]:
    """Return the spans of a trace so far."""
    return [one for one in list_collected(installed) if one.get("trace") == trace]


def list_services(found: list[dict[str, Any]]) -> set[str]:
    """Return the services of spans."""
    return {span["service"] for span in found}


def require_tree(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the spans if they are one tree, and no span while a parent is missing."""
    known = {span["id"] for span in found}
    roots = [span for span in found if span["parent"] not in known]
    return found if len(roots) == 1 else []


def list_measured(installed: Installation) -> set[str]:
    """Return the functions that have pushed metrics."""
    return {one["service"] for one in list_collected(installed) if "metric" in one}
