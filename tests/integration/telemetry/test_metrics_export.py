"""The export of metrics, for functions that are at zero before Prometheus can scrape them."""

import pytest

from events.data import EventData
from events.event import Event
from events.task import TaskCreated
from tests.functions import FunctionUnderTest
from tests.integration.telemetry.tracing_broker import TracingBroker
from tests.samples import a_task, an_event

HANDLED = "todo_events_handled_total"


def a_task_event() -> Event[EventData]:
    """Return an event of a type that several functions subscribe to."""
    return an_event(TaskCreated(task=a_task()))


def measure_increase(traced: TracingBroker, under_test: FunctionUnderTest, name: str, **labels: str) -> float:
    """Deliver an event, and return how much the exported counter exceeds its value on /metrics before."""
    before = under_test.client.get("/metrics").get_data(as_text=True)
    assert name in before
    under_test.deliver(a_task_event())
    traced.close_and_read_spans()
    after = traced.collector.points(name, **labels)[-1].value
    lines = [line for line in before.splitlines() if line.startswith(name) and not line.startswith("#")]
    values = [
        float(line.rpartition(" ")[2])
        for line in lines
        if all(f'{key}="{value}"' in line for key, value in labels.items())
    ]
    return after - sum(values)


def test_a_short_lived_function_exports_its_metrics(traced: TracingBroker) -> None:
    """It exports them when it stops: as one instance, cumulatively, and after a zero point."""
    schedule = traced.load("schedule-reminders", OTEL_RESOURCE_ATTRIBUTES="k8s.pod.name=p1")
    assert measure_increase(traced, schedule, HANDLED, type="todo.TaskCreated", outcome="handled") == 1
    points = traced.collector.points(HANDLED, type="todo.TaskCreated", outcome="handled")
    resource = points[0].resource
    assert (points[0].value, points[0].at) == (0, points[0].start)
    assert all(point.is_cumulative for point in points)
    assert (resource["service.name"], resource["deployment.environment.name"]) == ("schedule-reminders", "development")
    assert resource["k8s.pod.name"] == "p1"
    assert len(resource["service.instance.id"]) == 36
    [instance_id] = {resource["service.instance.id"] for resource in traced.collector.resources}
    assert instance_id == resource["service.instance.id"]


def test_metrics_are_exported_at_an_interval(traced: TracingBroker) -> None:
    """A function that keeps running exports without stopping."""
    schedule = traced.load("schedule-reminders", OTEL_METRIC_EXPORT_INTERVAL="1000")
    schedule.deliver(a_task_event())
    traced.collector.wait_for(lambda: len(traced.collector.metrics) >= 2)
    assert traced.collector.points("todo_event_lateness_seconds", type="todo.TaskCreated")


def test_the_export_of_metrics_can_be_turned_off(traced: TracingBroker) -> None:
    """Traces are still exported."""
    schedule = traced.load("schedule-reminders", OTEL_METRICS_EXPORTER="none")
    schedule.deliver(a_task_event())
    assert traced.close_and_read_spans()
    assert traced.collector.metrics == []


@pytest.mark.parametrize(
    ("name", "counter", "labels"),
    [
        ("keep-dead-letter", "todo_dead_letters_kept_total", {"type": "todo.TaskCreated"}),
        ("append-audit", "todo_audit_entries_total", {}),
    ],
)
def test_dead_letters_and_audit_entries_are_counted(
    traced: TracingBroker, name: str, counter: str, labels: dict[str, str]
) -> None:
    """Alerts use these counters. A duplicate dead letter counts again, a duplicate audit entry does not."""
    under_test = traced.load(name)
    event = a_task_event()
    for _ in range(2):
        under_test.deliver(event)
    assert measure_increase(traced, under_test, counter, **labels) == 1
