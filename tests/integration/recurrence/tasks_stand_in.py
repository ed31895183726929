"""A stand-in for the service tasks: the function itself, or prepared failures."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from http import HTTPStatus
from io import BytesIO
from typing import Any

from werkzeug.wrappers import Request, Response


@dataclass
class TasksStandIn:
    """A WSGI application in front of the function tasks. It records each request and can fail before or after it."""

    application: Callable[..., Any]
    """The function tasks."""
    failures: list[int] = field(default_factory=list)
    """The statuses of the next responses, without a call of the function."""
    lost_responses: int = 0
    """The number of next requests for which the function is called and its response is lost."""
    requests: list[dict[str, Any]] = field(default_factory=list)
    url: str = ""

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Handle one request."""
        request = Request(environ)
        body = request.get_data()
        environ["wsgi.input"] = BytesIO(body)  # the function reads the body again
        self.requests.append(
            {
                "path": request.path,
                "body": json.loads(body),
                "correlation": request.headers.get("X-Correlation-Id"),
            }
        )
        if self.failures:
            return Response(status=self.failures.pop(0))(environ, start_response)
        if self.lost_responses:
            self.lost_responses -= 1
            b"".join(self.application(environ, lambda *_: None))
            return Response(status=HTTPStatus.GATEWAY_TIMEOUT)(environ, start_response)
        answer: Iterable[bytes] = self.application(environ, start_response)
        return answer
