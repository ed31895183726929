"""An HTTP function: each operation is declared next to its handler, and all requests take the same steps.

The steps are: verify the token, check the permission, validate body and query, check the owner, call the handler.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import functions_framework
from flask import Request, Response, current_app, jsonify, request
from werkzeug.routing import Map, Rule

from functions.chassis.http.authorized_request import AuthorizedRequest, digest_request
from functions.chassis.http.function_app import prepare_app
from functions.chassis.http.idempotency import (
    StoredResponse,
    claim_key,
    release_key,
    validate_key,
)
from functions.chassis.http.operation import Handler, Operation
from functions.chassis.http.problem import Problem
from functions.chassis.http.request_models import Body, Query, read_body, read_query
from functions.chassis.http.response import ApiResponse
from functions.chassis.http.user_context import USER_CONTEXT_KEYS, Permission, authenticate_user, check_permission
from functions.chassis.instance import current_instance
from functions.chassis.receiver import View


class HttpFunction:
    """The operations of one service.

    Example::

        api = HttpFunction("reminders", summary="Reminders of tasks.")

        @api.operation("GET", "/reminders", permission=READ_REMINDERS, query=PageQuery, responses={200: Page[Reminder]})
        def list_reminders(request: AuthorizedRequest, query: PageQuery) -> ApiResponse:
            \"\"\"List the caller's reminders.\"\"\"

        reminders = api.serve()  # the target that functions-framework loads
    """

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
        """Declare ``handler(request, [body], [query], **path arguments)`` for a method and a path.

        The handler's docstring is the operation's description. A write may carry an ``Idempotency-Key``: its response
        is then stored for a day, and a repeat of the request gets the same response.

        ``owner`` names the path argument or the body member that holds a user's id. A caller with another id gets
        404. Use :data:`functions.chassis.http.operation.ANY_USER` where the permission alone decides. Raises
        ValueError if the path holds a user's id and no owner is declared.
        """

        def declare(handler: Handler) -> Handler:
            summary = (handler.__doc__ or "").strip()
            self.operations.append(Operation(method, path, handler, permission, summary, body, query, responses, owner))
            return handler

        return declare

    def openapi(self) -> dict[str, Any]:
        """Return the OpenAPI 3.1 description of this service."""
        from functions.chassis.http.openapi import describe_service  # noqa: PLC0415 - imported on use only

        return describe_service(self.service, self.summary, self.operations)

    def serve(self) -> View:
        """Route the operations in the app that is being loaded, and return the view for all other paths."""
        if prepare_app(self.service, secret=USER_CONTEXT_KEYS):
            for operation in self.operations:
                name = f"{operation.method} {operation.path}".replace(".", "")
                current_app.add_url_rule(operation.path, name, _make_view(operation), methods=[operation.method])
            current_app.add_url_rule("/openapi.json", "openapi", lambda: jsonify(self.openapi()))

        known = Map([Rule(operation.path, methods=[operation.method]) for operation in self.operations])

        @functions_framework.http
        def reject_unknown(request: Request) -> Response:
            methods = known.bind("").allowed_methods(request.path)
            if methods:
                allowed = ", ".join(sorted(methods))
                raise Problem(405, f"this path accepts {allowed} only", headers={"Allow": allowed})
            raise Problem(404, "this path does not exist; /openapi.json lists all paths")

        return reject_unknown


def _make_view(operation: Operation) -> Callable[..., Response]:
    def view(**path: Any) -> Response:  # noqa: ANN401 - each path's own converters
        authorized = _authorize(operation)
        if "\x00" in request.path:
            raise Problem(404, "this path does not exist")  # PostgreSQL stores no NUL, so no row can have such an id
        body = read_body(request, operation.body) if operation.body else None
        query = read_query(request, operation.query or Query)  # without a model, rejects every parameter
        if not operation.may_be_called_by(authorized.user.id, path, body):
            raise Problem(404, "this user does not exist, or is not the caller")
        arguments = [part for part in (body, query if operation.query else None) if part is not None]

        def handle(authorized: AuthorizedRequest) -> ApiResponse:
            return operation.handler(authorized, *arguments, **path)

        if authorized.idempotency_key is not None:
            return _handle_once(authorized, authorized.idempotency_key, handle).to_flask_response()
        response = handle(authorized).to_flask_response()
        response.make_conditional(request)
        return response

    return view


def _authorize(operation: Operation) -> AuthorizedRequest:
    """Return the request of a caller who has the operation's permission; raise 401 or 403 for any other."""
    instance = current_instance()
    now = instance.clock()
    user = authenticate_user(request.headers.get("Authorization"), instance.secrets, now)
    check_permission(user, operation.permission)
    key = request.headers.get("Idempotency-Key") if operation.is_write else None
    return AuthorizedRequest(
        instance=instance,
        user=user,
        now=now,
        digest=digest_request(request, request.get_data()),
        idempotency_key=None if key is None else validate_key(key),
        if_match=request.headers.get("If-Match"),
    )


def _handle_once(
    authorized: AuthorizedRequest, key: str, handle: Callable[[AuthorizedRequest], ApiResponse]
) -> ApiResponse:
    """Call ``handle``, or return the stored response of an earlier request with the same key.

    Only a success is stored. A failed request rolled back, so a client may send it again with its key.
    """
    state = authorized.instance.state
    claim = claim_key(state, user=authorized.user.id, key=key, digest=authorized.digest, now=authorized.now)
    if isinstance(claim, StoredResponse):
        return ApiResponse(claim.body, claim.status, {**claim.headers, "Idempotency-Replayed": "true"})
    claimed = replace(authorized, claim=claim)
    try:
        response = handle(claimed)
    except BaseException:
        release_key(state, claim)
        raise
    return claimed.record_response(None, response)
