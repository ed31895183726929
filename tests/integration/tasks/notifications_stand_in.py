"""A stand-in for the service notifications: the function itself, or a prepared response."""

import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from werkzeug.wrappers import Request, Response

from tests.functions import FunctionUnderTest

HANG_SECONDS = 60.0


@dataclass
class NotificationsStandIn:
    """A WSGI application in front of the function notifications.

    It records the query of each request. While ``released`` is not set, requests hang. ``answer`` replaces the response
    of the function.
    """

    function: FunctionUnderTest
    url: str = ""
    answer: Response | None = None
    released: threading.Event = field(default_factory=threading.Event)
    queries: list[dict[str, list[str]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Let requests pass until a test clears ``released``."""
        self.released.set()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Handle one request."""
        self.queries.append(Request(environ).args.to_dict(flat=False))
        self.released.wait(HANG_SECONDS)
        application = self.answer or self.function.client.application.wsgi_app
        answer: Iterable[bytes] = application(environ, start_response)
        return answer

    def set_preferences(self, **preferences: Any) -> None:
        """Store alice's preferences, with the in-app channel as the default."""
        body = {"channels": [{"type": "inApp"}], **preferences}
        answer = self.function.call("PUT", "/notifications/alice/preferences", body)
        assert answer.status_code == 200, answer.text
