"""The adapters of the event bus: a Broker's ingress, and a Dapr pub/sub component."""

import pytest

from events.encoding import decode_event, encode_event
from events.envelope import STRUCTURED
from events.task import TaskCreated
from functions.chassis.adapters import open_event_bus
from functions.chassis.messaging.event_bus import BusUnavailableError
from tests.broker import RecordingBroker
from tests.daprd import Daprd
from tests.samples import TASK_ID, a_task, an_event


def test_an_event_is_posted_to_the_broker(broker: RecordingBroker) -> None:
    """The Broker receives the event unchanged."""
    event = an_event(TaskCreated(task=a_task()))
    open_event_bus(broker.url, connections=1).publish(encode_event(event), timeout=5)
    assert broker.events == [event]


@pytest.mark.parametrize("status", [301, 400, 404, 429, 500, 503])
def test_only_a_2xx_counts_as_accepted(broker: RecordingBroker, status: int) -> None:
    """Any other status means that the event must be sent again."""
    broker.status = status
    with pytest.raises(BusUnavailableError, match=f"answered {status}"):
        open_event_bus(broker.url, connections=1).publish(encode_event(an_event(TaskCreated(task=a_task()))), timeout=5)


def test_a_broker_that_is_down_is_unavailable() -> None:
    """Without a connection, the event must be sent again."""
    with pytest.raises(BusUnavailableError):
        open_event_bus("http://127.0.0.1:9/", connections=1).publish(
            encode_event(an_event(TaskCreated(task=a_task()))), timeout=1
        )


def test_events_share_a_connection(broker: RecordingBroker) -> None:
    """An idle connection is used again; if the Broker has closed it, the event goes through a new one."""
    bus = open_event_bus(broker.url, connections=1)
    connected = broker.connections
    for _ in range(3):
        bus.publish(encode_event(an_event(TaskCreated(task=a_task()))), timeout=5)
    assert broker.connections == connected + 1
    broker.close_connections()
    bus.publish(encode_event(an_event(TaskCreated(task=a_task()))), timeout=5)
    assert (len(broker.events), broker.connections) == (4, connected + 2)


def test_a_broker_that_hangs_is_unavailable(broker: RecordingBroker) -> None:
    """The event must be sent again after the time limit; it is not sent twice in one try."""
    broker.open.clear()
    with pytest.raises(BusUnavailableError, match="TimeoutError"):
        open_event_bus(broker.url, connections=1).publish(
            encode_event(an_event(TaskCreated(task=a_task()))), timeout=0.2
        )
    broker.open.set()


def test_dapr_publishes_the_event_unchanged(daprd: Daprd) -> None:
    """The topic gets the structured event with the task's id as key, so a task's events are in one partition."""
    event = an_event(TaskCreated(task=a_task()))
    open_event_bus("dapr://pubsub/todo-events", connections=1).publish(encode_event(event), timeout=5)
    [(pubsub, topic, body, content_type, metadata)] = daprd.published
    assert (pubsub, topic, content_type) == ("pubsub", "todo-events", STRUCTURED)
    assert metadata["partitionKey"] == str(TASK_ID)
    assert decode_event({"content-type": content_type}, body) == event


def test_a_dapr_component_that_is_down_is_unavailable(daprd: Daprd) -> None:
    """The event must be sent again."""
    daprd.down = True
    with pytest.raises(BusUnavailableError, match="publish: INTERNAL"):
        open_event_bus("dapr://pubsub/todo-events", connections=1).publish(
            encode_event(an_event(TaskCreated(task=a_task()))), timeout=5
        )
