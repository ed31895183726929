"""A bare function on functions-framework: the shortest possible cold start."""

import functions_framework
from flask import Request


@functions_framework.http
def hello(request: Request) -> str:  # noqa: ARG001 - the framework passes it
    """Return a greeting."""
    return "hello"
