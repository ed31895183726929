"""What stands behind the service ``tasks``: the function itself, or answers that it would rather not give."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from http import HTTPStatus
from io import BytesIO
from typing import Any

from werkzeug.wrappers import Request, Response


@dataclass
class Tasks:
    """A WSGI application in the place of ``tasks``; ``behind`` is the real one, ``statuses`` are given before it."""

    behind: Callable[..., Any]
    statuses: list[int] = field(default_factory=list)
    asked: list[dict[str, Any]] = field(default_factory=list)
    lost: int = 0
    """How many answers of the real one get lost on their way back, its work done."""
    url: str = ""

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answer one request."""
        request = Request(environ)
        body = request.get_data()
        environ["wsgi.input"] = BytesIO(body)  # for whoever is behind, as it was read here
        self.asked.append(
            {
                "path": request.path,
                "body": json.loads(body),
                "correlation": request.headers.get("X-Correlation-Id"),
            }
        )
        if self.statuses:
            return Response(status=self.statuses.pop(0))(environ, start_response)
        if self.lost:
            self.lost -= 1
            b"".join(self.behind(environ, lambda *_: None))
            return Response(status=HTTPStatus.GATEWAY_TIMEOUT)(environ, start_response)
        answer: Iterable[bytes] = self.behind(environ, start_response)
        return answer
