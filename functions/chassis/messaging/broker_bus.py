"""The event bus behind a Knative Broker's ingress."""

from functools import cached_property
from typing import TYPE_CHECKING

from events.envelope import Envelope
from functions.chassis.messaging.event_bus import BusUnavailableError
from functions.chassis.telemetry.context import current_context

if TYPE_CHECKING:
    import urllib3


class BrokerBus:
    """Publishes to a Knative Broker's ingress over HTTP.

    With the in-memory channel, the Broker answers after it has delivered or dead-lettered the event for every Trigger.
    With Kafka, the Broker answers after Kafka's acknowledgement. In both cases a 2xx means that the Broker has
    accepted the event.
    """

    system = "knative"

    def __init__(self, url: str, *, connections: int) -> None:
        self._url = url
        self._connections = connections

    @cached_property
    def _http(self) -> "urllib3.PoolManager":
        import urllib3  # noqa: PLC0415 - imported by the first publish, after the first event is answered

        return urllib3.PoolManager(maxsize=self._connections, block=False, retries=False)

    def publish(self, event: Envelope, *, timeout: float) -> None:
        """Post an event in binary mode; only a 2xx answer counts as accepted.

        The ``traceparent`` header names the publisher's span, which becomes the parent of the Broker's own span. The
        ``ce-traceparent`` header is the event's own attribute.
        """
        from urllib3.exceptions import HTTPError  # noqa: PLC0415 - as above

        headers, body = event.encode_binary()
        traceparent = current_context().traceparent
        if traceparent:
            headers["traceparent"] = traceparent
        try:
            response = self._http.request("POST", self._url, body=body, headers=headers, timeout=timeout)
        except HTTPError as error:
            raise BusUnavailableError(type(error).__name__) from error
        if not 200 <= response.status < 300:  # noqa: PLR2004 - RFC 9110, section 15.3
            raise BusUnavailableError(f"the broker answered {response.status}")
