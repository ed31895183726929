"""Errors as RFC 9457 problem details: what is wrong, in which field, and what to do."""

import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus

from flask import Response
from pydantic import ValidationError

MEDIA_TYPE = "application/problem+json"


class Problem(Exception):  # noqa: N818 - RFC 9457's own name for it
    """A request that is answered with a problem instead of its result; raising it changes nothing."""

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
        """Return the answer: ``application/problem+json`` with the members of RFC 9457, section 3.1."""
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


def validation_problem(error: ValidationError, where: str) -> Problem:
    """Return the 400 that names every wrong field of a body or a query; their values stay out of it."""
    errors = []
    for one in error.errors(include_url=False, include_input=False, include_context=False):
        field = ".".join(str(part) for part in one["loc"]) or where
        errors.append({"field": field, "message": one["msg"].removeprefix("Value error, ")})
    first = errors[0]
    more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
    return Problem(400, f"{first['field']}: {first['message']}{more}", errors=errors)


def field_problem(status: int, field: str, message: str) -> Problem:
    """Return a problem about one field."""
    return Problem(status, f"{field}: {message}", errors=[{"field": field, "message": message}])


def unavailable_problem(what: str, retry_after: int = 2) -> Problem:
    """Return the 503 of a dependency that is down, with the seconds after which to try again."""
    return Problem(503, f"{what} is not available; try again shortly", headers={"Retry-After": str(retry_after)})
