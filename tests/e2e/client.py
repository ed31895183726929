"""An HTTP client of a running system, for the users of end-to-end tests."""

import json
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeVar

import urllib3

PATIENCE = 150.0
"""Seconds after which a test stops waiting. Events of a killed process are published when its lease of 75 seconds has
expired."""

T = TypeVar("T")


class ClientResponse:
    """An HTTP response. The names of its headers are in lower case."""

    def __init__(self, response: urllib3.BaseHTTPResponse) -> None:
        self.status = response.status
        self.headers = {name.lower(): value for name, value in response.headers.items()}
        self.text = response.data.decode()
        self.json: Any = json.loads(response.data) if "json" in self.headers.get("content-type", "") else None


class SystemClient(ABC):
    """Sends requests to a system as any user. ``pause`` is the time between two polls, in seconds."""

    pause = 0.05

    def __init__(self) -> None:
        self._http = urllib3.PoolManager(maxsize=64, retries=False)

    @abstractmethod
    def token(self, user: str = "alice", *roles: str) -> str:
        """Return a token of the front end for a user."""

    @abstractmethod
    def address(self, path: str) -> tuple[str, dict[str, str]]:
        """Return the URL of a path, and the headers that a request to it needs."""

    def call(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        user: str = "alice",
        roles: Sequence[str] = (),
        **headers: str,
    ) -> ClientResponse:
        """Send a request as a user and return the response. ``headers`` are in Python's spelling, as ``If_Match``."""
        url, sent = self.address(path)
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        sent.setdefault("Authorization", f"Bearer {self.token(user, *roles)}")
        encoded = None
        if body is not None:
            sent["Content-Type"] = "application/json"
            encoded = json.dumps(body).encode()
        return ClientResponse(self._http.request(method, url, body=encoded, headers=sent, timeout=PATIENCE))

    def call_until_handled(self, method: str, path: str, body: object = None, *, user: str, key: str) -> ClientResponse:
        """Repeat a request with one Idempotency-Key until the system handles it, and return that response."""

        def attempt() -> ClientResponse | None:
            try:
                response = self.call(method, path, body, user=user, Idempotency_Key=key)
            except urllib3.exceptions.HTTPError:
                return None  # the connection broke, so it is unknown whether the request had an effect
            return None if response.status in {409, 502, 503, 504} else response

        response = self.wait_for(attempt)
        assert response is not None
        return response

    def list_items(self, path: str, *, user: str = "alice", roles: Sequence[str] = ()) -> list[dict[str, Any]]:
        """Return the items of all pages of a list. Wait while a dependency is unavailable."""
        items: list[dict[str, Any]] = []
        cursor = ""
        while True:
            page = f"{path}{'&' if '?' in path else '?'}limit=200{cursor}"
            response = self.wait_for(partial(self._get_unless_unavailable, page, user, roles))
            assert response is not None
            assert response.status == 200, response.text
            items += response.json["items"]
            if response.json["next"] is None:
                return items
            cursor = f"&cursor={response.json['next']}"

    def list_audited_events(self, user: str | None = None) -> list[dict[str, Any]]:
        """Return all events of the audit log, or those of a user, in the log's order."""
        path = "/audit/entries" + (f"?userId={user}" if user else "")
        return [entry["event"] for entry in self.list_items(path, user="olga", roles=["operator"])]

    def wait_for(self, look: Callable[[], T], *, within: float = PATIENCE) -> T:
        """Call ``look`` until its result is true, and return that result. Fail after ``within`` seconds."""
        return wait_for(look, within=within, pause=self.pause)

    def _get_unless_unavailable(self, path: str, user: str, roles: Sequence[str]) -> ClientResponse | None:
        response = self.call("GET", path, user=user, roles=roles)
        return None if response.status == 503 else response


def wait_for(look: Callable[[], T], *, within: float = PATIENCE, pause: float = SystemClient.pause) -> T:
    """Call ``look`` until its result is true, and return that result. Fail after ``within`` seconds."""
    deadline = time.monotonic() + within
    while not (found := look()):
        assert time.monotonic() < deadline, f"still {found!r} after {within} s"
        time.sleep(pause)
    return found
