"""What was posted to a function that takes events it need not know."""

from typing import Any

from flask import Request

from events.document import document_from_request
from functions.chassis.http.problem import Problem


def posted_document(request: Request) -> dict[str, Any]:
    """Return what came in, of either mode, as the JSON object of structured mode; it may be no event at all."""
    if request.method != "POST" or request.path != "/":
        raise Problem(404 if request.path != "/" else 405, "an event is posted to /", headers={"Allow": "POST"})
    return document_from_request(dict(request.headers), request.get_data())
