"""The trace of one request: it spans functions, the broker and days."""

from collections.abc import Iterator

import pytest

from events.task import TaskCreated
from events.ticks import PingTicked
from tests.broker import RecordingBroker
from tests.functions import FunctionUnderTest
from tests.integration.telemetry.tracing_broker import TracingBroker, path_to
from tests.samples import a_task, an_event
from tests.services import listening

TITLE = "Ring the oncologist"
CALLER = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
PRIVATE = (TITLE, "oncologist", "alice", "127.0.0.1", "localhost", "a-quiet-path", "Bearer", "whsec")
TASK = {
    "title": TITLE,
    "dueAt": "2026-03-12T13:00:00Z",
    "timeZone": "Europe/Berlin",
    "recurrence": {"rule": "FREQ=DAILY"},
    "reminders": [{"at": "2026-03-09T12:00:00Z"}],
}


@pytest.fixture
def receiver() -> Iterator[RecordingBroker]:
    """A user's webhook."""
    webhook = RecordingBroker()
    yield webhook
    webhook.close()


@pytest.fixture
def tasks(traced: TracingBroker) -> FunctionUnderTest:
    """The function tasks."""
    return traced.load("tasks")


@pytest.fixture
def services(tasks: FunctionUnderTest) -> Iterator[str]:
    """The URL at which functions call tasks."""
    with listening("tasks", tasks.client.application.wsgi_app) as url:
        yield url


def run_reminder_story(traced: TracingBroker, tasks: FunctionUnderTest, receiver: RecordingBroker) -> None:
    """Create a task, and deliver its reminder by webhook a week later, at the second try."""
    names = ("notifications", "schedule-reminders", "relay-outbox", "notify-user", "send-notification", "append-audit")
    api, schedule, relay, notify, send, audit = (traced.load(name) for name in names)
    webhook = {"type": "webhook", "url": receiver.url.replace("broker", "a-quiet-path")}
    assert api.call("PUT", "/notifications/alice/preferences", {"channels": [webhook]}).status_code == 200
    tasks.call("POST", "/tasks", TASK, traceparent=CALLER, x_correlation_id="my-story")
    assert traced.deliver_new("todo.TaskCreated", schedule, audit) == 1
    tasks.clock.forward(days=7)
    relay.deliver(an_event(PingTicked()))
    assert traced.deliver_new("todo.ReminderDue", notify) == 1
    receiver.status = 503
    assert traced.deliver_new("todo.NotificationRequested", send) == 1
    receiver.status = 202
    tasks.clock.forward(minutes=10)
    relay.deliver(an_event(PingTicked()))
    assert traced.deliver_new("todo.NotificationRequested", send) == 1
    assert len(receiver.received) == 1


def test_a_request_and_its_events_are_one_trace(
    traced: TracingBroker, tasks: FunctionUnderTest, receiver: RecordingBroker
) -> None:
    """The trace contains HTTP, publishes, broker hops, each function, and the webhook a week later."""
    run_reminder_story(traced, tasks, receiver)
    spans = traced.close_and_read_spans()
    story = [span for span in spans if span.trace_id == CALLER[3:35]]
    hops = {**traced.hops, CALLER[36:52]: ""}
    delivered = next(span for span in story if span.name == "send webhook" and not span.is_failed)
    assert path_to(delivered, story, hops) == [
        "…",
        "POST /tasks",
        "publish todo.TaskCreated",
        "…",
        "process todo.TaskCreated",
        "publish todo.ReminderDue",
        "…",
        "process todo.ReminderDue",
        "publish todo.NotificationRequested",
        "…",
        "process todo.NotificationRequested",
        "publish todo.NotificationRequested",
        "…",
        "process todo.NotificationRequested",
        "send webhook",
    ]
    assert all(path_to(span, story, hops)[:2] == ["…", "POST /tasks"] for span in story)
    kinds = {(span.kind, span.name.split()[0], span.service) for span in story}
    assert {
        ("SERVER", "POST", "tasks"),
        ("PRODUCER", "publish", "tasks"),
        ("CONSUMER", "process", "schedule-reminders"),
        ("CONSUMER", "process", "append-audit"),
        ("PRODUCER", "publish", "relay-outbox"),
        ("CLIENT", "send", "send-notification"),
    } <= kinds
    failed = next(span for span in story if span.name == "send webhook" and span.is_failed)
    assert failed.attributes == {"todo.channel.type": "webhook", "error.type": "answered 503"}


def test_telemetry_contains_nothing_private(
    traced: TracingBroker, tasks: FunctionUnderTest, receiver: RecordingBroker
) -> None:
    """No span and no metric has a user's text, a user's id, or the address of a channel."""
    run_reminder_story(traced, tasks, receiver)
    tasks.call("PUT", "/tasks/a-quiet-path", {"title": TITLE})
    traced.functions[1].call("GET", "/notifications/alice")
    spans, points = traced.close_and_read_spans(), traced.collector.all_points
    assert spans
    assert points
    exported = str([(span.name, span.attributes) for span in spans])
    exported += str([(point.name, point.labels) for point in points])
    assert [private for private in PRIVATE if private in exported] == []


def test_a_call_of_another_function_is_in_the_trace(
    traced: TracingBroker, tasks: FunctionUnderTest, services: str
) -> None:
    """The call is below the handled event, and the events of the called function are below the call."""
    following = traced.load("create-next-occurrence", SERVICES_URL=services)
    task = tasks.call("POST", "/tasks", TASK).get_json()
    tasks.call("POST", f"/tasks/{task['id']}/complete", traceparent=CALLER)
    assert traced.deliver_new("todo.TaskCompleted", following) == 1
    story = [span for span in traced.close_and_read_spans() if span.trace_id == CALLER[3:35]]
    created = next(span for span in story if span.name == "publish todo.TaskCreated")
    assert path_to(created, story, {**traced.hops, CALLER[36:52]: ""}) == [
        "…",
        "POST /tasks/<uuid:task_id>/complete",
        "publish todo.TaskCompleted",
        "…",
        "process todo.TaskCompleted",
        "POST tasks",
        "POST /series/<uuid:series_id>/occurrences",
        "publish todo.TaskCreated",
    ]


def test_an_event_keeps_its_traceparent(traced: TracingBroker, tasks: FunctionUnderTest) -> None:
    """A publish sets only the request's header. A header of another trace is ignored."""
    schedule = traced.load("schedule-reminders")
    event = an_event(TaskCreated(task=a_task()), traceparent=CALLER)
    schedule.deliver(event, traceparent="00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
    handled = next(span for span in traced.close_and_read_spans() if span.name == "process todo.TaskCreated")
    assert (handled.trace_id, handled.parent_id) == (CALLER[3:35], CALLER[36:52])
    [(headers, _)] = [
        received for received in tasks.broker.received if received[0]["ce-type"] == "todo.ReminderScheduled"
    ]
    published = next(span for span in traced.collector.spans if span.name == "publish todo.ReminderScheduled")
    assert headers["ce-traceparent"] == handled.traceparent
    assert headers["traceparent"] == published.traceparent
    assert handled.attributes == {
        "messaging.system": "knative",
        "messaging.operation.name": "process",
        "messaging.operation.type": "process",
        "messaging.message.id": event.attributes.id,
        "cloudevents.event_id": event.attributes.id,
        "cloudevents.event_source": "/todo/tasks",
        "cloudevents.event_type": "todo.TaskCreated",
        "todo.outcome": "handled",
    }


def test_an_unsampled_trace_is_sampled_nowhere(traced: TracingBroker, tasks: FunctionUnderTest) -> None:
    """The caller decides; every function keeps the decision and passes it on."""
    tasks.call("POST", "/tasks", TASK, traceparent=CALLER.removesuffix("01") + "00")
    assert traced.close_and_read_spans() == []
    [(headers, _)] = tasks.broker.received
    assert headers["ce-traceparent"].startswith(CALLER[:36])
    assert headers["ce-traceparent"].endswith("-00")


def test_the_sampler_is_a_setting(traced: TracingBroker) -> None:
    """With the ratio 0, only requests whose caller samples are recorded."""
    sampled = traced.load("tasks", OTEL_TRACES_SAMPLER="parentbased_traceidratio", OTEL_TRACES_SAMPLER_ARG="0")
    sampled.call("GET", "/tasks")
    sampled.call("GET", "/tasks", traceparent=CALLER)
    assert [span.trace_id for span in traced.close_and_read_spans()] == [CALLER[3:35]]


def test_a_failed_request_is_a_failed_span(traced: TracingBroker, tasks: FunctionUnderTest) -> None:
    """A 503 is an error and a 400 is not. The platform's probes are not traced."""
    for path in ("/live", "/ready", "/health", "/metrics"):
        tasks.client.get(path)
    tasks.call("GET", "/tasks?limit=0")
    without_database = traced.load("tasks", DATABASE_URL="postgresql+pg8000://todo_tasks:secret@127.0.0.1:9/todo")
    without_database.call("GET", "/tasks")
    results = {
        (span.name, span.is_failed, span.attributes["http.response.status_code"])
        for span in traced.close_and_read_spans()
    }
    assert results == {("GET /tasks", False, 400), ("GET /tasks", True, 503)}
