"""One operation of an HTTP function, as it is declared: what the router, the handler and OpenAPI all read."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from functions.chassis.answer import Answer
from functions.chassis.body import Body, Query

Handler = Callable[..., Answer]


@dataclass(frozen=True)
class Operation:
    """``handler(call, [body], [query], **path arguments)`` behind a method and a path in Flask's notation."""

    method: str
    path: str
    handler: Handler
    permission: str
    summary: str
    body: type[Body] | None
    query: type[Query] | None
    answers: Mapping[int, Any]
    """What each status carries: a model or type, PlainText, or None where there is no body."""

    @property
    def writes(self) -> bool:
        """Whether a repeat needs an Idempotency-Key to be harmless."""
        return self.method != "GET"
