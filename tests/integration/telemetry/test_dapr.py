"""A trace on the way by Dapr and Kafka, where the sidecar puts its own span into the event."""

import json

from events.envelope import STRUCTURED
from functions.chassis.telemetry.trace_context import continued
from tests.daprd import Daprd
from tests.integration.telemetry.brokered import Brokered, path_to

CALLER = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def test_the_way_by_dapr_is_in_the_tree(traced: Brokered, daprd: Daprd) -> None:
    """The sidecar is told of the publisher's span, and what it makes of the event is still of the same trace."""
    tasks = traced.load("tasks", EVENT_BUS_URL="dapr://pubsub/todo-events")
    forward = traced.load("forward-pubsub")
    tasks.call("POST", "/tasks", {"title": "Water the plants"}, traceparent=CALLER)
    tasks.instance.publisher.wait()
    [(_, _, body, _, _)], [told] = daprd.published, daprd.told
    hop = continued(told["traceparent"])
    said = json.loads(body)
    arrived = json.dumps({**said, "traceparent": hop, "traceid": hop, "tracestate": ""})
    answer = forward.client.post("/", data=arrived, content_type=STRUCTURED, headers={"traceparent": hop})
    assert answer.status_code == 202
    spans = traced.spans()
    bridge = next(span for span in spans if span.service == "forward-pubsub")
    hops = {CALLER[36:52]: "", hop[36:52]: told["traceparent"][36:52]}
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
