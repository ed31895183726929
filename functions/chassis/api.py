"""An HTTP function: operations declared beside their handlers, and one path from request to answer for all of them."""

from collections.abc import Callable, Mapping
from typing import Any

import functions_framework
from flask import Request, Response, current_app, jsonify, request
from werkzeug.routing import Map, Rule

from functions.chassis import idempotency, user_context
from functions.chassis.answer import Answer, jsonable
from functions.chassis.app import equip
from functions.chassis.body import Body, Query, read_body, read_query
from functions.chassis.call import Call, digest_of
from functions.chassis.instance import current_instance
from functions.chassis.openapi import describe
from functions.chassis.operation import Handler, Operation
from functions.chassis.problem import Problem
from functions.chassis.receiver import View

KEYS = "user-context-keys"


class Api:
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
        permission: str,
        answers: Mapping[int, Any],
        body: type[Body] | None = None,
        query: type[Query] | None = None,
    ) -> Callable[[Handler], Handler]:
        """Declare ``handler(call, [body], [query], **path arguments)`` for a method and a path.

        The handler's docstring is the operation's description. A write may carry an ``Idempotency-Key``: its answer
        is then kept for a day, and repeated to whoever sends the same again.
        """

        def declare(handler: Handler) -> Handler:
            summary = (handler.__doc__ or "").strip()
            self.operations.append(Operation(method, path, handler, permission, summary, body, query, answers))
            return handler

        return declare

    def openapi(self) -> dict[str, Any]:
        """Return the OpenAPI 3.1 description of this service."""
        return describe(self.service, self.summary, self.operations)

    def serve(self) -> View:
        """Register everything with the app that is being loaded, and return the function that takes the rest."""
        if equip(self.service, secret=KEYS):
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
        call = _admit(operation)
        if "\x00" in request.path:
            raise Problem(404, "there is nothing at this path")  # a name that no column of PostgreSQL's can hold
        arguments: list[Body | Query] = []
        if operation.body:
            arguments.append(read_body(request, operation.body))
        query = read_query(request, operation.query or Query)
        if operation.query:
            arguments.append(query)
        if not operation.writes or call.idempotency_key is None:
            response = operation.handler(call, *arguments, **path).response()
            response.make_conditional(request)
            return response
        return _once(call, lambda: operation.handler(call, *arguments, **path)).response()

    return view


def _admit(operation: Operation) -> Call:
    """Return the call of a user who is known and may do this; raise the 401 or 403 otherwise."""
    instance = current_instance()
    now = instance.clock()
    user = user_context.authenticate(request.headers.get("Authorization"), instance.secrets, now)
    user_context.permit(user, operation.permission)
    key = request.headers.get("Idempotency-Key") if operation.writes else None
    return Call(
        instance=instance,
        user=user,
        now=now,
        digest=digest_of(request, request.get_data()),
        idempotency_key=idempotency.checked(key) if key is not None else None,
        if_match=request.headers.get("If-Match"),
    )


def _once(call: Call, handle: Callable[[], Answer]) -> Answer:
    """Answer a repeat as the first time was answered; only a success is kept, as nothing else changed anything."""
    state, key = call.instance.state, call.idempotency_key
    begun = idempotency.begin(state, user=call.user.id, key=str(key), digest=call.digest, now=call.now)
    if isinstance(begun, idempotency.Replay):
        return Answer(begun.body, begun.status, {**begun.headers, "Idempotency-Replayed": "true"})
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
        body=jsonable(answer.body),
        now=call.now,
    )
    return answer
