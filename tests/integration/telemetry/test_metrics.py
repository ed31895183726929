"""Metrics that are pushed, by functions that will not be there to be asked."""

import pytest

from events.data import EventData
from events.event import Event
from events.task import TaskCreated
from tests.functions import FunctionUnderTest
from tests.integration.telemetry.brokered import Brokered
from tests.samples import a_task, an_event

HANDLED = "todo_events_handled_total"


def an_event_of_ours() -> Event[EventData]:
    """Return an event that functions hear."""
    return an_event(TaskCreated(task=a_task()))


def gained(traced: Brokered, under_test: FunctionUnderTest, name: str, **labels: str) -> float:
    """Return what a counter is at when the function ends, less what it was at for other tests."""
    before = under_test.client.get("/metrics").get_data(as_text=True)
    assert name in before
    under_test.deliver(an_event_of_ours())
    traced.spans()
    after = traced.collector.points(name, **labels)[-1].value
    shown = [line for line in before.splitlines() if line.startswith(name) and not line.startswith("#")]
    was = [
        float(line.rpartition(" ")[2])
        for line in shown
        if all(f'{key}="{value}"' in line for key, value in labels.items())
    ]
    return after - sum(was)


def test_a_function_that_lives_for_seconds_reports(traced: Brokered) -> None:
    """What it counted is pushed when it ends, as one instance's, cumulatively, after a zero at its beginning."""
    schedule = traced.load("schedule-reminders", OTEL_RESOURCE_ATTRIBUTES="k8s.pod.name=p1")
    assert gained(traced, schedule, HANDLED, type="todo.TaskCreated", outcome="handled") == 1
    points = traced.collector.points(HANDLED, type="todo.TaskCreated", outcome="handled")
    resource = points[0].resource
    assert (points[0].value, points[0].at) == (0, points[0].began)
    assert all(point.cumulative for point in points)
    assert (resource["service.name"], resource["deployment.environment.name"]) == ("schedule-reminders", "development")
    assert resource["k8s.pod.name"] == "p1"
    assert len(resource["service.instance.id"]) == 36
    [span] = {one["service.instance.id"] for one in traced.collector.resources}
    assert span == resource["service.instance.id"]


def test_metrics_are_pushed_at_an_interval(traced: Brokered) -> None:
    """A function that stays reports while it is there."""
    schedule = traced.load("schedule-reminders", OTEL_METRIC_EXPORT_INTERVAL="1000")
    schedule.deliver(an_event_of_ours())
    traced.collector.wait_for(lambda: len(traced.collector.metrics) >= 2)
    assert traced.collector.points("todo_event_lateness_seconds", type="todo.TaskCreated")


def test_metrics_that_are_scraped_need_not_be_pushed(traced: Brokered) -> None:
    """Traces go to the collector all the same."""
    schedule = traced.load("schedule-reminders", OTEL_METRICS_EXPORTER="none")
    schedule.deliver(an_event_of_ours())
    assert traced.spans()
    assert traced.collector.metrics == []


@pytest.mark.parametrize(
    ("name", "counter", "labels"),
    [
        ("keep-dead-letter", "todo_dead_letters_kept_total", {"type": "todo.TaskCreated"}),
        ("append-audit", "todo_audit_entries_total", {}),
    ],
)
def test_what_alarms_are_about_is_counted(traced: Brokered, name: str, counter: str, labels: dict[str, str]) -> None:
    """A dead letter that is kept, by its type, and an entry of the audit log; a repeat of the latter is none."""
    under_test = traced.load(name)
    event = an_event_of_ours()
    for _ in range(2):
        under_test.deliver(event)
    assert gained(traced, under_test, counter, **labels) == 1
