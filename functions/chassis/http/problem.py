"""Errors as RFC 9457 problem details, which name the wrong field and the remedy."""

import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus

from flask import Response
from pydantic import ValidationError

MEDIA_TYPE = "application/problem+json"


class Problem(Exception):  # noqa: N818 - RFC 9457's own name for it
    """An error response. Raise it anywhere while a request is handled: the transaction is rolled back.

    ``errors`` are objects with ``field`` and ``message``; ``members`` are further members of the JSON object.
    """

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        errors: Sequence[Mapping[str, str]] = (),
        headers: Mapping[str, str] | None = None,
        members: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.errors = list(errors)
        self.headers = dict(headers or {})
        self.members = dict(members or {})

    def to_flask_response(self) -> Response:
        """Return an ``application/problem+json`` response with the members of RFC 9457, section 3.1."""
        document: dict[str, object] = {
            "type": "about:blank",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.detail,
            **self.members,
        }
        if self.errors:
            document["errors"] = self.errors
        body = json.dumps(document, ensure_ascii=False)
        return Response(body, self.status, {"Cache-Control": "no-store", **self.headers}, mimetype=MEDIA_TYPE)


def validation_problem(error: ValidationError, source: str) -> Problem:
    """Return a 400 that names every wrong field without its value.

    ``source`` is ``body`` or ``query``, the name of an error that belongs to no field.
    """
    errors = []
    for detail in error.errors(include_url=False, include_input=False, include_context=False):
        field = ".".join(str(part) for part in detail["loc"]) or source
        errors.append({"field": field, "message": detail["msg"].removeprefix("Value error, ")})
    first = errors[0]
    more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
    return Problem(400, f"{first['field']}: {first['message']}{more}", errors=errors)


def field_problem(status: int, field: str, message: str) -> Problem:
    """Return a problem about one field, such as ``dueAt: must be in the future``."""
    return Problem(status, f"{field}: {message}", errors=[{"field": field, "message": message}])


def unavailable_problem(dependency: str, retry_after: int = 2) -> Problem:
    """Return a 503 for a dependency that is down; ``retry_after`` is in seconds."""
    return Problem(503, f"{dependency} is not available; try again shortly", headers={"Retry-After": str(retry_after)})
