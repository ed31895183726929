"""The bus: a broker's ingress, or a topic behind Dapr."""

import pytest

from events.encoding import decode_event, encode_event
from events.envelope import STRUCTURED
from events.task import TaskCreated
from functions.chassis.adapters import open_event_bus
from functions.chassis.messaging.event_bus import BusUnavailableError
from tests.broker import RecordingBroker
from tests.daprd import Daprd
from tests.samples import TASK_ID, a_task, an_event


def test_a_broker_is_posted_to(broker: RecordingBroker) -> None:
    """An event arrives as it was said."""
    event = an_event(TaskCreated(task=a_task()))
    open_event_bus(broker.url, connections=1).publish(encode_event(event), timeout=5)
    assert broker.events == [event]


@pytest.mark.parametrize("status", [301, 400, 404, 429, 500, 503])
def test_only_success_is_a_yes(broker: RecordingBroker, status: int) -> None:
    """Anything but 2xx means that the event is still ours to send."""
    broker.status = status
    with pytest.raises(BusUnavailableError, match=f"answered {status}"):
        open_event_bus(broker.url, connections=1).publish(encode_event(an_event(TaskCreated(task=a_task()))), timeout=5)


def test_a_broker_that_is_gone_is_a_no() -> None:
    """No connection means that the event is still ours to send."""
    with pytest.raises(BusUnavailableError):
        open_event_bus("http://127.0.0.1:9/", connections=1).publish(
            encode_event(an_event(TaskCreated(task=a_task()))), timeout=1
        )


def test_dapr_publishes_the_event_as_it_is(daprd: Daprd) -> None:
    """The topic has the structured event, keyed by its task, so that one partition has all of a task's events."""
    event = an_event(TaskCreated(task=a_task()))
    open_event_bus("dapr://pubsub/todo-events", connections=1).publish(encode_event(event), timeout=5)
    [(pubsub, topic, body, content_type, metadata)] = daprd.published
    assert (pubsub, topic, content_type) == ("pubsub", "todo-events", STRUCTURED)
    assert metadata["partitionKey"] == str(TASK_ID)
    assert decode_event({"content-type": content_type}, body) == event


def test_a_component_that_is_down_is_a_no(daprd: Daprd) -> None:
    """What Dapr does not take is still ours to send."""
    daprd.down = True
    with pytest.raises(BusUnavailableError, match="publish: INTERNAL"):
        open_event_bus("dapr://pubsub/todo-events", connections=1).publish(
            encode_event(an_event(TaskCreated(task=a_task()))), timeout=5
        )
