"""One operation of an HTTP function, as it is declared: what the router, the handler and OpenAPI all read."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from functions.chassis.http.request_models import Body, Query
from functions.chassis.http.response import ApiResponse
from functions.chassis.http.user_context import Permission

Handler = Callable[..., ApiResponse]

ANY_USER: Final = "*"
"""The owner of an operation for which the permission alone decides, such as an operator's."""


@dataclass(frozen=True)
class Operation:
    """``handler(request, [body], [query], **path arguments)`` behind a method and a path in Flask's notation."""

    method: str
    path: str
    handler: Handler
    permission: Permission
    summary: str
    body: type[Body] | None
    query: type[Query] | None
    responses: Mapping[int, Any]
    """The body of each status: a model or type, PlainTextResponse, or None for no body."""
    owner: str | None = None
    """The path argument or body member that names the only user who may call, or ANY_USER."""

    @property
    def writes(self) -> bool:
        """Whether a repeat needs an Idempotency-Key to be harmless."""
        return self.method != "GET"
