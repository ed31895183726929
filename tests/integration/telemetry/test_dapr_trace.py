"""The trace of an event that is published through Dapr and Kafka, where the sidecar adds its own span."""

import json

from events.envelope import STRUCTURED
from functions.chassis.telemetry.trace_context import continue_trace
from tests.daprd import Daprd
from tests.integration.telemetry.tracing_broker import TracingBroker, path_to

CALLER = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def test_an_event_through_dapr_stays_in_its_trace(traced: TracingBroker, daprd: Daprd) -> None:
    """The sidecar gets the publisher's span, and replaces the event's ``traceparent`` with a span below that."""
    tasks = traced.load("tasks", EVENT_BUS_URL="dapr://pubsub/todo-events")
    forward = traced.load("forward-pubsub")
    tasks.call("POST", "/tasks", {"title": "Water the plants"}, traceparent=CALLER)
    tasks.instance.publisher.wait()
    [(_, _, body, _, _)], [metadata] = daprd.published, daprd.publish_metadata
    hop = continue_trace(metadata["traceparent"])
    delivered = json.dumps({**json.loads(body), "traceparent": hop, "traceid": hop, "tracestate": ""})
    response = forward.client.post("/", data=delivered, content_type=STRUCTURED, headers={"traceparent": hop})
    assert response.status_code == 202
    spans = traced.close_and_read_spans()
    bridge = next(span for span in spans if span.service == "forward-pubsub")
    hops = {CALLER[36:52]: "", hop[36:52]: metadata["traceparent"][36:52]}
    assert path_to(bridge, spans, hops) == [
        "…",
        "POST /tasks",
        "publish todo.TaskCreated",
        "…",
        "process todo.TaskCreated",
    ]
    assert bridge.attributes["messaging.system"] == "dapr"
    [(headers, _)] = traced.broker.received
    assert headers["traceparent"] == bridge.traceparent
