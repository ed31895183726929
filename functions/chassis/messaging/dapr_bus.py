"""The event bus behind a Dapr pub/sub component."""

from events.envelope import STRUCTURED, Envelope
from functions.chassis.messaging.event_bus import BusUnavailableError
from functions.chassis.runtime import dapr_sidecar


class DaprBus:
    """Publishes to a topic of a Dapr pub/sub component; ``forward-pubsub`` puts each event on the Broker."""

    system = "dapr"

    def __init__(self, pubsub: str, topic: str) -> None:
        self._pubsub = pubsub
        self._topic = topic

    def publish(self, event: Envelope, *, timeout: float) -> None:
        """Publish an event in structured mode, which Dapr passes through unchanged."""
        _, body = event.encode_structured()
        key = str(event.attributes.get("partitionkey") or event.id)
        try:
            dapr_sidecar.publish_event(
                self._pubsub, self._topic, body, STRUCTURED, metadata={"partitionKey": key}, timeout=timeout
            )
        except dapr_sidecar.DaprUnavailableError as error:
            raise BusUnavailableError(str(error)) from error
