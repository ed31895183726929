"""The declaration of one HTTP operation. The router, the authorization check and OpenAPI all read it."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from functions.chassis.http.request_models import Body, Query
from functions.chassis.http.response import ApiResponse
from functions.chassis.http.user_context import Permission

Handler = Callable[..., ApiResponse]

ANY_USER: Final = "*"
"""The owner of an operation for which the permission alone decides, such as an operator's."""

PATH_ARGUMENT: Final = re.compile(r"<(?:(\w+):)?(\w+)>")
"""A path argument in Flask's notation, such as ``<uuid:task_id>``: its converter, if any, and its name."""

_USER_ID: Final = "user_id"


@dataclass(frozen=True)
class Operation:
    """``handler(request, [body], [query], **path arguments)`` behind a method and a path in Flask's notation.

    Raises ValueError if the path holds a user's id and no owner is declared, or if the declared owner is neither a
    path argument nor a member of the body.
    """

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

    def __post_init__(self) -> None:
        arguments = {name for _, name in PATH_ARGUMENT.findall(self.path)}
        if self.owner is None and _USER_ID in arguments:
            raise ValueError(f"{self.method} {self.path} has a user's id in its path: declare its owner, or ANY_USER")
        members = self.body.model_fields if self.body else {}
        if self.owner not in {None, ANY_USER, *arguments, *members}:
            raise ValueError(f"{self.method} {self.path} has no argument or body member {self.owner} to name its owner")

    @property
    def is_write(self) -> bool:
        """Whether the operation changes something, so that a client may send an ``Idempotency-Key``."""
        return self.method != "GET"

    def may_be_called_by(self, user_id: str, path_arguments: Mapping[str, Any], body: Body | None) -> bool:
        """Return whether a request's owner is this user. A body that names no owner means the caller."""
        if self.owner is None or self.owner == ANY_USER:
            return True
        owner = path_arguments[self.owner] if self.owner in path_arguments else getattr(body, self.owner)
        return owner in {None, user_id}
