"""Bringing one event to one function: what each answer means to a Knative broker, and trying again."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from events.envelope import Envelope
from knative.local.exchange import Answer, Call, NoAnswerError, Request

Sleep = Callable[[float], Awaitable[None]]

RETRIED: Final = frozenset({404, 408, 409, 429})
"""The 4xx that Knative's dispatcher tries again, besides every 5xx and no answer at all."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a function did not take an event; ``status`` is None where it did not answer."""

    status: int | None
    reason: str
    body: bytes = b""

    @property
    def passing(self) -> bool:
        """Whether another try may succeed."""
        return self.status is None or self.status in RETRIED or self.status >= HTTPStatus.INTERNAL_SERVER_ERROR


async def deliver(
    event: Envelope,
    to: str,
    *,
    call: Call,
    delays: Sequence[float],
    sleep: Sleep,
    on_retry: Callable[[Failure, float], None],
) -> Answer | Failure:
    """Send an event until the function takes it, refuses it for good, or the ``delays`` (seconds) are used up."""
    outcome = await _try(event, to, call)
    for delay in delays:
        if isinstance(outcome, Answer) or not outcome.passing:
            break
        on_retry(outcome, delay)
        await sleep(delay)
        outcome = await _try(event, to, call)
    return outcome


async def _try(event: Envelope, to: str, call: Call) -> Answer | Failure:
    try:
        answer = await call(to, _request(event))
    except NoAnswerError as error:
        return Failure(None, str(error))
    if not HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES:
        return Failure(answer.status, f"it answered {answer.status}", answer.body)
    if answer.body:
        # The broker's filter takes any body for an event to publish, and answers 502 for one that is none.
        return Failure(HTTPStatus.BAD_GATEWAY, "its answer has a body, and no event is expected back", answer.body)
    return answer


def _request(event: Envelope) -> Request:
    """Return the request that delivers an event, in binary mode as Knative does."""
    headers, body = event.encode_binary()
    return Request("POST", "/", list(headers.items()), body)
