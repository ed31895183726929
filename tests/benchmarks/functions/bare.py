"""A function that does nothing: the cost of functions-framework, Flask and gunicorn alone."""

import functions_framework
from flask import Request, Response


@functions_framework.http
def bare(request: Request) -> Response:  # noqa: ARG001 - the framework passes it
    """Answer 202 without a body."""
    return Response(status=202)
