"""The event bus: a Knative broker's ingress, or Dapr's publishing."""

from typing import Protocol
from urllib.parse import urlsplit

import urllib3

from events.encoding import STRUCTURED
from events.envelope import Envelope
from functions.chassis.telemetry import context


class BusUnavailableError(Exception):
    """The bus did not take an event; another try may succeed. The message says what it answered."""


class Bus(Protocol):
    """Whatever takes events. ``system`` is its name in a trace."""

    system: str

    def publish(self, event: Envelope, *, timeout: float) -> None:
        """Hand over an event within ``timeout`` seconds, or raise :class:`BusUnavailableError`."""
        ...


class BrokerBus:
    """A Knative broker's ingress.

    On the in-memory channel its answer means that every Trigger was served, or its event dead-lettered; on Kafka it
    means Kafka's acknowledgement. Either way the broker has it.
    """

    system = "knative"

    def __init__(self, url: str, *, connections: int) -> None:
        self._url = url
        self._http = urllib3.PoolManager(maxsize=connections, block=False, retries=False)

    def publish(self, event: Envelope, *, timeout: float) -> None:
        """Post an event in binary mode; only a 2xx answer is a yes.

        The header's ``traceparent`` is where the broker puts its own span; the event's, in ``ce-traceparent``, stays.
        """
        headers, body = event.binary()
        traceparent = context.current().traceparent
        if traceparent:
            headers["traceparent"] = traceparent
        try:
            answer = self._http.request("POST", self._url, body=body, headers=headers, timeout=timeout)
        except urllib3.exceptions.HTTPError as error:
            raise BusUnavailableError(type(error).__name__) from error
        if not 200 <= answer.status < 300:  # noqa: PLR2004 - RFC 9110, section 15.3
            raise BusUnavailableError(f"the broker answered {answer.status}")


class DaprBus:
    """A topic of a Dapr pub/sub component; ``forward-pubsub`` puts what arrives there on the broker."""

    system = "dapr"

    def __init__(self, pubsub: str, topic: str) -> None:
        self._pubsub = pubsub
        self._topic = topic

    def publish(self, event: Envelope, *, timeout: float) -> None:
        """Publish an event in structured mode, which Dapr passes through as it is."""
        from functions.chassis import dapr  # noqa: PLC0415 - the SDK's import costs a third of a second

        _, body = event.structured()
        key = str(event.attributes.get("partitionkey") or event.id)
        try:
            dapr.publish_event(
                self._pubsub, self._topic, body, STRUCTURED, metadata={"partitionKey": key}, timeout=timeout
            )
        except dapr.DaprUnavailableError as error:
            raise BusUnavailableError(str(error)) from error


def open_bus(url: str, *, connections: int) -> Bus:
    """Return the bus at ``http(s)://…`` or ``dapr://pubsub/topic``."""
    parts = urlsplit(url)
    if parts.scheme == "dapr":
        return DaprBus(parts.netloc, parts.path.lstrip("/"))
    return BrokerBus(url, connections=connections)
