"""Reads a posted event as a JSON document, for functions that accept events of every type, valid or not."""

from typing import Any

from flask import Request

from events.document import document_from_request
from functions.chassis.http.problem import Problem


def read_posted_document(request: Request) -> dict[str, Any]:
    """Return the event of a request, in binary or structured mode, as the JSON object of structured mode.

    The document may be an invalid event. Raises a :class:`Problem`: 404 for a path other than ``/``, and 405 for a
    method other than POST.
    """
    if request.method != "POST" or request.path != "/":
        raise Problem(404 if request.path != "/" else 405, "post events to /", headers={"Allow": "POST"})
    return document_from_request(dict(request.headers), request.get_data())
