"""Deliver one event to one function, with retries, and judge each response as a Knative Broker does."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from events.envelope import Envelope, MalformedEventError
from knative.local.function_call import CallFunction, FunctionRequest, FunctionResponse, NoResponseError

Sleep = Callable[[float], Awaitable[None]]

RETRIED_STATUSES: Final = frozenset({404, 408, 409, 429})
"""The 4xx statuses that Knative's dispatcher retries. It also retries every 5xx and a missing response."""


@dataclass(frozen=True, slots=True)
class DeliveryFailure:
    """The reason why a function did not accept an event. ``status`` is None if the function did not respond."""

    status: int | None
    reason: str
    body: bytes = b""

    @property
    def is_temporary(self) -> bool:
        """Whether a retry may succeed."""
        return self.status is None or self.status in RETRIED_STATUSES or self.status >= HTTPStatus.INTERNAL_SERVER_ERROR


def encode_delivery(event: Envelope) -> FunctionRequest:
    """Return the request that delivers an event. All subscribers and all retries share it.

    Raises :class:`events.envelope.MalformedEventError` for a ``datacontenttype`` that cannot be a header.
    """
    headers, body = event.encode_binary()
    if not headers["content-type"].isprintable():
        raise MalformedEventError("datacontenttype: must not contain control characters")
    return FunctionRequest("POST", "/", [("host", "function"), *headers.items()], body)


async def deliver_event(
    request: FunctionRequest,
    function: str,
    *,
    call: CallFunction,
    delays: Sequence[float],
    sleep: Sleep,
    on_retry: Callable[[DeliveryFailure, float], None],
) -> FunctionResponse | DeliveryFailure:
    """Send the request of an event until the function accepts or finally rejects it, or until the retries are used up.

    ``delays`` are the seconds before each retry. ``on_retry`` is called before each of them.
    """
    outcome = await _attempt(request, function, call)
    for delay in delays:
        if isinstance(outcome, FunctionResponse) or not outcome.is_temporary:
            break
        on_retry(outcome, delay)
        await sleep(delay)
        outcome = await _attempt(request, function, call)
    return outcome


async def _attempt(request: FunctionRequest, function: str, call: CallFunction) -> FunctionResponse | DeliveryFailure:
    try:
        response = await call(function, request)
    except NoResponseError as error:
        return DeliveryFailure(None, str(error))
    if not HTTPStatus.OK <= response.status < HTTPStatus.MULTIPLE_CHOICES:
        return DeliveryFailure(response.status, f"it responded {response.status}", response.body)
    if response.body:
        # Knative's broker filter treats a body as a reply event, and turns any other body into 502.
        return DeliveryFailure(HTTPStatus.BAD_GATEWAY, "its response has an unexpected body", response.body)
    return response
