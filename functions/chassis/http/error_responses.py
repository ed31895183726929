"""Answers every error of a request with a problem."""

from http import HTTPStatus
from uuid import uuid4

from flask import Response
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from functions.chassis.http.problem import Problem, unavailable_problem
from functions.chassis.runtime.database import DatabaseUnavailableError
from functions.chassis.runtime.secret_store import SecretUnavailableError
from functions.chassis.telemetry.logs import get_logger

MAX_BODY = 1_048_576
"""The largest request body in bytes, for events and for clients' requests."""

log = get_logger(__name__)


def respond_to_error(error: Exception) -> Response:
    """Return the response to a request that raised an error. An unexpected error is logged."""
    if isinstance(error, Problem):
        return error.to_flask_response()
    if isinstance(error, DatabaseUnavailableError):
        return unavailable_problem("the database").to_flask_response()
    if isinstance(error, SecretUnavailableError):
        return unavailable_problem("the secret store").to_flask_response()
    if isinstance(error, HTTPException):
        return _respond_to_flask_error(error)
    return _respond_to_defect(error)


def _respond_to_flask_error(error: HTTPException) -> Response:
    """Return the problem for an error that Flask or Werkzeug raised, such as 404, 405 or 413."""
    status = error.code or 500
    allowed = {"Allow": ", ".join(sorted(error.valid_methods or ()))} if isinstance(error, MethodNotAllowed) else {}
    details = {
        404: "this path does not exist",
        405: "this path does not accept this method",
        413: f"the body is larger than {MAX_BODY} bytes",
    }
    return Problem(status, details.get(status, HTTPStatus(status).phrase.lower()), headers=allowed).to_flask_response()


def _respond_to_defect(error: Exception) -> Response:
    """Log an unexpected error, and return a problem without internals; its reference finds the log line."""
    reference = str(uuid4())
    log.error("a request failed", exc_info=error, extra={"reference": reference})
    return Problem(500, f"an internal error occurred; quote {reference} when you report it").to_flask_response()
