"""What stands behind the service ``notifications``: the function itself, or an answer that it would not give."""

import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from werkzeug.wrappers import Request, Response

from tests.functions import FunctionUnderTest

PATIENCE = 60.0


@dataclass
class Notifications:
    """A WSGI application in the place of ``notifications``; ``answer`` is given instead of the real one's."""

    function: FunctionUnderTest
    url: str = ""
    answer: Response | None = None
    released: threading.Event = field(default_factory=threading.Event)
    asked: list[dict[str, list[str]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Answer whoever asks, until told otherwise."""
        self.released.set()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answer one request."""
        self.asked.append(Request(environ).args.to_dict(flat=False))
        self.released.wait(PATIENCE)
        application = self.answer or self.function.client.application.wsgi_app
        answer: Iterable[bytes] = application(environ, start_response)
        return answer

    def prefer(self, **preferences: Any) -> None:
        """Let alice prefer to be notified so; in the app unless other channels are named."""
        body = {"channels": [{"type": "inApp"}], **preferences}
        answer = self.function.call("PUT", "/notifications/alice/preferences", body)
        assert answer.status_code == 200, answer.text
