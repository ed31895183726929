"""One request and all that follows from it is one tree, over functions, the broker and days."""

from collections.abc import Iterator

import pytest

from events.task import TaskCreated
from events.ticks import PingTicked
from tests.broker import RecordingBroker
from tests.functions import FunctionUnderTest
from tests.integration.telemetry.brokered import Brokered, path_to
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
    listening = RecordingBroker()
    yield listening
    listening.close()


@pytest.fixture
def tasks(traced: Brokered) -> FunctionUnderTest:
    """The function tasks."""
    return traced.load("tasks")


@pytest.fixture
def services(tasks: FunctionUnderTest) -> Iterator[str]:
    """Where functions find tasks."""
    with listening("tasks", tasks.client.application.wsgi_app) as url:
        yield url


def tell_a_story(traced: Brokered, tasks: FunctionUnderTest, receiver: RecordingBroker) -> None:
    """Create a task, and let a week pass until its reminder is delivered by webhook."""
    names = ("notifications", "schedule-reminders", "relay-outbox", "notify-user", "send-notification", "append-audit")
    api, schedule, relay, notify, send, audit = (traced.load(name) for name in names)
    webhook = {"type": "webhook", "url": receiver.url.replace("broker", "a-quiet-path")}
    assert api.call("PUT", "/notifications/alice/preferences", {"channels": [webhook]}).status_code == 200
    tasks.call("POST", "/tasks", TASK, traceparent=CALLER, x_correlation_id="my-story")
    assert traced.hand_on("todo.TaskCreated", schedule, audit) == 1
    tasks.clock.forward(days=7)
    relay.deliver(an_event(PingTicked()))
    assert traced.hand_on("todo.ReminderDue", notify) == 1
    receiver.status = 503
    assert traced.hand_on("todo.NotificationRequested", send) == 1
    receiver.status = 202
    tasks.clock.forward(minutes=10)
    relay.deliver(an_event(PingTicked()))
    assert traced.hand_on("todo.NotificationRequested", send) == 1
    assert len(receiver.received) == 1


def test_a_request_is_one_tree_down_to_the_channel(
    traced: Brokered, tasks: FunctionUnderTest, receiver: RecordingBroker
) -> None:
    """HTTP, publish, broker, function after function and the webhook, a week later and at its second try."""
    tell_a_story(traced, tasks, receiver)
    spans = traced.spans()
    story = [span for span in spans if span.trace_id == CALLER[3:35]]
    hops = {**traced.hops, CALLER[36:52]: ""}
    delivered = next(span for span in story if span.name == "send webhook" and not span.failed)
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
    failed = next(span for span in story if span.name == "send webhook" and span.failed)
    assert failed.attributes == {"todo.channel.type": "webhook", "error.type": "answered 503"}


def test_nothing_of_a_user_is_told(traced: Brokered, tasks: FunctionUnderTest, receiver: RecordingBroker) -> None:
    """No span and no metric holds what a user wrote, who they are, or where a channel leads."""
    tell_a_story(traced, tasks, receiver)
    tasks.call("PUT", "/tasks/a-quiet-path", {"title": TITLE})
    traced.functions[1].call("GET", "/notifications/alice")
    spans, points = traced.spans(), traced.collector.every_point
    assert spans
    assert points
    told = str([(span.name, span.attributes) for span in spans]) + str([(one.name, one.labels) for one in points])
    assert [private for private in PRIVATE if private in told] == []


def test_a_call_of_another_function_is_in_the_tree(traced: Brokered, tasks: FunctionUnderTest, services: str) -> None:
    """What a function asks another is below the event it handles, and what that says in turn is below the question."""
    following = traced.load("create-next-occurrence", SERVICES_URL=services)
    task = tasks.call("POST", "/tasks", TASK).get_json()
    tasks.call("POST", f"/tasks/{task['id']}/complete", traceparent=CALLER)
    assert traced.hand_on("todo.TaskCompleted", following) == 1
    story = [span for span in traced.spans() if span.trace_id == CALLER[3:35]]
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


def test_an_event_keeps_the_trace_it_was_said_with(traced: Brokered, tasks: FunctionUnderTest) -> None:
    """A publish changes the header, not the event; where the header is of another trace, the event's own counts."""
    schedule = traced.load("schedule-reminders")
    event = an_event(TaskCreated(task=a_task()), traceparent=CALLER)
    schedule.deliver(event, traceparent="00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
    handled = next(span for span in traced.spans() if span.name == "process todo.TaskCreated")
    assert (handled.trace_id, handled.parent_id) == (CALLER[3:35], CALLER[36:52])
    [(headers, _)] = [one for one in tasks.broker.received if one[0]["ce-type"] == "todo.ReminderScheduled"]
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


def test_what_is_not_sampled_is_not_sampled_anywhere(traced: Brokered, tasks: FunctionUnderTest) -> None:
    """Whoever begins a trace decides; the others follow, and pass it on."""
    tasks.call("POST", "/tasks", TASK, traceparent=CALLER.removesuffix("01") + "00")
    assert traced.spans() == []
    [(headers, _)] = tasks.broker.received
    assert headers["ce-traceparent"].startswith(CALLER[:36])
    assert headers["ce-traceparent"].endswith("-00")


def test_a_share_of_traces_is_kept(traced: Brokered) -> None:
    """The sampler is OpenTelemetry's, by its own variables: of requests that bring no trace, none is kept here."""
    kept = traced.load("tasks", OTEL_TRACES_SAMPLER="parentbased_traceidratio", OTEL_TRACES_SAMPLER_ARG="0")
    kept.call("GET", "/tasks")
    kept.call("GET", "/tasks", traceparent=CALLER)
    assert [span.trace_id for span in traced.spans()] == [CALLER[3:35]]


def test_what_fails_says_of_what_kind(traced: Brokered, tasks: FunctionUnderTest) -> None:
    """A failure of ours is an error, a client's mistake is not; what the platform asks is not traced at all."""
    for path in ("/live", "/ready", "/health", "/metrics"):
        tasks.client.get(path)
    tasks.call("GET", "/tasks?limit=0")
    adrift = traced.load("tasks", DATABASE_URL="postgresql+pg8000://todo_tasks:secret@127.0.0.1:9/todo")
    adrift.call("GET", "/tasks")
    seen = {(span.name, span.failed, span.attributes["http.response.status_code"]) for span in traced.spans()}
    assert seen == {("GET /tasks", False, 400), ("GET /tasks", True, 503)}
