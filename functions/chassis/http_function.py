"""An HTTP function: operations declared beside their handlers, and one path from request to answer for all of them."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import functions_framework
from flask import Request, Response, current_app, jsonify, request
from werkzeug.routing import Map, Rule

from functions.chassis.http import idempotency
from functions.chassis.http.authorized_request import AuthorizedRequest, digest_request
from functions.chassis.http.function_app import prepare_app
from functions.chassis.http.openapi import describe
from functions.chassis.http.operation import ANY_USER, Handler, Operation
from functions.chassis.http.problem import Problem
from functions.chassis.http.request_models import Body, Query, read_body, read_query
from functions.chassis.http.response import ApiResponse, to_json_value
from functions.chassis.http.user_context import USER_CONTEXT_KEYS, Permission, User, authenticate, permit
from functions.chassis.instance import current_instance
from functions.chassis.receiver import View

USER_ID = "user_id"
"""The name of a path argument that holds a user's id."""


class HttpFunction:
    """The operations of one service; ``openapi`` describes them."""

    def __init__(self, service: str, *, summary: str) -> None:
        self.service = service
        self.summary = summary
        self.operations: list[Operation] = []

    def operation(
        self,
        method: str,
        path: str,
        *,
        permission: Permission,
        responses: Mapping[int, Any],
        body: type[Body] | None = None,
        query: type[Query] | None = None,
        owner: str | None = None,
    ) -> Callable[[Handler], Handler]:
        """Declare ``handler(call, [body], [query], **path arguments)`` for a method and a path.

        The handler's docstring is the operation's description. A write may carry an ``Idempotency-Key``: its response
        is then stored for a day, and a repeat of the request gets the same response.

        ``owner`` names the path argument or the body member that holds a user's id. A caller with another id gets
        404. Use :data:`ANY_USER` where the permission alone decides. Raises ValueError if the path holds a user's id
        and no owner is declared.
        """
        if owner is None and USER_ID in path:
            raise ValueError(f"{method} {path} has a user's id in its path: declare its owner, or ANY_USER")

        def declare(handler: Handler) -> Handler:
            summary = (handler.__doc__ or "").strip()
            self.operations.append(Operation(method, path, handler, permission, summary, body, query, responses, owner))
            return handler

        return declare

    def openapi(self) -> dict[str, Any]:
        """Return the OpenAPI 3.1 description of this service."""
        return describe(self.service, self.summary, self.operations)

    def serve(self) -> View:
        """Register everything with the app that is being loaded, and return the function that takes the rest."""
        if prepare_app(self.service, secret=USER_CONTEXT_KEYS):
            for operation in self.operations:
                name = f"{operation.method} {operation.path}".replace(".", "")
                current_app.add_url_rule(operation.path, name, _view(operation), methods=[operation.method])
            current_app.add_url_rule("/openapi.json", "openapi", lambda: jsonify(self.openapi()))

        known = Map([Rule(operation.path, methods=[operation.method]) for operation in self.operations])

        @functions_framework.http
        def nothing_here(request: Request) -> Response:
            methods = known.bind("").allowed_methods(request.path)
            if methods:
                allowed = ", ".join(sorted(methods))
                raise Problem(405, f"this path takes {allowed} only", headers={"Allow": allowed})
            raise Problem(404, "there is nothing at this path; /openapi.json lists what there is")

        return nothing_here


def _view(operation: Operation) -> Callable[..., Response]:
    def view(**path: Any) -> Response:  # noqa: ANN401 - each path's own converters
        authorized = _admit(operation)
        if "\x00" in request.path:
            raise Problem(404, "there is nothing at this path")  # a name that no column of PostgreSQL's can hold
        arguments: list[Body | Query] = []
        if operation.body:
            arguments.append(read_body(request, operation.body))
        query = read_query(request, operation.query or Query)
        _check_owner(operation, authorized.user, path, arguments)
        if operation.query:
            arguments.append(query)
        if not operation.writes or authorized.idempotency_key is None:
            response = operation.handler(authorized, *arguments, **path).to_flask_response()
            response.make_conditional(request)
            return response
        return _once(authorized, lambda: operation.handler(authorized, *arguments, **path)).to_flask_response()

    return view


def _check_owner(operation: Operation, user: User, path: Mapping[str, Any], arguments: Sequence[Body | Query]) -> None:
    """Raise the 404 of a request for another user's things; a body that names no owner means the caller."""
    if operation.owner is None or operation.owner == ANY_USER:
        return
    owner = path[operation.owner] if operation.owner in path else getattr(arguments[0], operation.owner)
    if owner is not None and owner != user.id:
        raise Problem(404, "there is no such user here")


def _admit(operation: Operation) -> AuthorizedRequest:
    """Return the call of a user who is known and may do this; raise the 401 or 403 otherwise."""
    instance = current_instance()
    now = instance.clock()
    user = authenticate(request.headers.get("Authorization"), instance.secrets, now)
    permit(user, operation.permission)
    key = request.headers.get("Idempotency-Key") if operation.writes else None
    return AuthorizedRequest(
        instance=instance,
        user=user,
        now=now,
        digest=digest_request(request, request.get_data()),
        idempotency_key=idempotency.checked(key) if key is not None else None,
        if_match=request.headers.get("If-Match"),
    )


def _once(authorized: AuthorizedRequest, handle: Callable[[], ApiResponse]) -> ApiResponse:
    """Answer a repeat as the first time was answered; only a success is kept, as nothing else changed anything."""
    state, key = authorized.instance.state, authorized.idempotency_key
    begun = idempotency.begin(
        state, user=authorized.user.id, key=str(key), digest=authorized.digest, now=authorized.now
    )
    if isinstance(begun, idempotency.Replay):
        return ApiResponse(begun.body, begun.status, {**begun.headers, "Idempotency-Replayed": "true"})
    try:
        answer = handle()
    except BaseException:
        idempotency.abandon(state, begun)
        raise
    idempotency.complete(
        state,
        begun,
        status=answer.status,
        headers=dict(answer.headers),
        body=to_json_value(answer.body),
        now=authorized.now,
    )
    return answer
