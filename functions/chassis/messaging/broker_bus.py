"""The event bus behind a Knative Broker's ingress."""

import urllib3

from events.envelope import Envelope
from functions.chassis.messaging.event_bus import BusUnavailableError
from functions.chassis.telemetry import context


class BrokerBus:
    """Publishes to a Knative Broker's ingress over HTTP.

    With the in-memory channel, the Broker answers after it has delivered or dead-lettered the event for every Trigger.
    With Kafka, the Broker answers after Kafka's acknowledgement. In both cases a 2xx means that the Broker owns it.
    """

    system = "knative"

    def __init__(self, url: str, *, connections: int) -> None:
        self._url = url
        self._http = urllib3.PoolManager(maxsize=connections, block=False, retries=False)

    def publish(self, event: Envelope, *, timeout: float) -> None:
        """Post an event in binary mode; only a 2xx answer counts as accepted.

        The ``traceparent`` header names the publisher's span, so that the Broker's own span goes below it. The event
        keeps its own value in ``ce-traceparent``.
        """
        headers, body = event.encode_binary()
        traceparent = context.current().traceparent
        if traceparent:
            headers["traceparent"] = traceparent
        try:
            answer = self._http.request("POST", self._url, body=body, headers=headers, timeout=timeout)
        except urllib3.exceptions.HTTPError as error:
            raise BusUnavailableError(type(error).__name__) from error
        if not 200 <= answer.status < 300:  # noqa: PLR2004 - RFC 9110, section 15.3
            raise BusUnavailableError(f"the broker answered {answer.status}")
