"""What a cold start cannot be shorter than here: functions-framework, and nothing else."""

import functions_framework
from flask import Request


@functions_framework.http
def hello(request: Request) -> str:  # noqa: ARG001 - what the framework hands over
    """Greet."""
    return "hello"
