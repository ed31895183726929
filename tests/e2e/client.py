"""The users of a system, over HTTP, wherever it runs."""

import json
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeVar

import urllib3

PATIENCE = 150.0
"""How long anything may take before it counts as lost, in seconds: what a killed process was about to publish is sent
once its lease of 75 seconds has run out."""

T = TypeVar("T")


class Answer:
    """An HTTP answer, its headers in lower case."""

    def __init__(self, answer: urllib3.BaseHTTPResponse) -> None:
        self.status = answer.status
        self.headers = {name.lower(): value for name, value in answer.headers.items()}
        self.text = answer.data.decode()
        self.json: Any = json.loads(answer.data) if "json" in self.headers.get("content-type", "") else None


class Client(ABC):
    """Whoever calls a system, as any user it asks for. ``pause`` lies between two looks at what is waited for."""

    pause = 0.05

    def __init__(self) -> None:
        self._http = urllib3.PoolManager(maxsize=64, retries=False)

    @abstractmethod
    def token(self, user: str = "alice", *roles: str) -> str:
        """Return a token of the front end's."""

    @abstractmethod
    def address(self, path: str) -> tuple[str, dict[str, str]]:
        """Return the URL of a path, and the headers that lead there."""

    def call(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        user: str = "alice",
        roles: Sequence[str] = (),
        **headers: str,
    ) -> Answer:
        """Call the system as a user."""
        url, sent = self.address(path)
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        sent.setdefault("Authorization", f"Bearer {self.token(user, *roles)}")
        encoded = None
        if body is not None:
            sent["Content-Type"] = "application/json"
            encoded = json.dumps(body).encode()
        return Answer(self._http.request(method, url, body=encoded, headers=sent, timeout=PATIENCE))

    def insist(self, method: str, path: str, body: object = None, *, user: str, key: str) -> Answer:
        """Call the system again and again with one Idempotency-Key, until it does not put us off."""

        def attempt() -> Answer | None:
            try:
                answer = self.call(method, path, body, user=user, Idempotency_Key=key)
            except urllib3.exceptions.HTTPError:
                return None  # the connection broke off: nobody knows whether it was done
            return None if answer.status in {409, 502, 503, 504} else answer

        answer = self.eventually(attempt)
        assert answer is not None
        return answer

    def items(self, path: str, *, user: str = "alice", roles: Sequence[str] = ()) -> list[dict[str, Any]]:
        """Return all the items of a list, page by page; waits for a dependency that was killed just now."""
        found: list[dict[str, Any]] = []
        cursor = ""
        while True:
            page = f"{path}{'&' if '?' in path else '?'}limit=200{cursor}"
            answer = self.eventually(partial(self._unless_down, page, user, roles))
            assert answer is not None
            assert answer.status == 200, answer.text
            found += answer.json["items"]
            if answer.json["next"] is None:
                return found
            cursor = f"&cursor={answer.json['next']}"

    def audited(self, user: str | None = None) -> list[dict[str, Any]]:
        """Return every event in the audit log, or all about a user, in the order it was kept."""
        path = "/audit/entries" + (f"?userId={user}" if user else "")
        return [entry["event"] for entry in self.items(path, user="olga", roles=["operator"])]

    def eventually(self, look: Callable[[], T], *, within: float = PATIENCE) -> T:
        """Return what ``look`` finds as soon as it finds something true; fail where it never does."""
        return eventually(look, within=within, pause=self.pause)

    def _unless_down(self, path: str, user: str, roles: Sequence[str]) -> Answer | None:
        answer = self.call("GET", path, user=user, roles=roles)
        return None if answer.status == 503 else answer


def eventually(look: Callable[[], T], *, within: float = PATIENCE, pause: float = Client.pause) -> T:
    """Return what ``look`` finds as soon as it finds something true; fail where it never does."""
    deadline = time.monotonic() + within
    while not (found := look()):
        assert time.monotonic() < deadline, f"still {found!r} after {within} s"
        time.sleep(pause)
    return found
