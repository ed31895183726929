"""Tries an installation out as a user would: a task, its reminder, its notification.

What ``helm test`` runs. It needs SERVICES_URL (``http://{service}.…``) and FRONTEND_KEY (the front end's private JWK).
"""

import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import uuid4

import urllib3

from knative.token import token

AHEAD: Final = timedelta(seconds=10)
"""How far away the reminder is."""

PATIENCE: Final = timedelta(seconds=120)
"""How long its notification may take: every function on the way may have to start."""

_http = urllib3.PoolManager(retries=urllib3.Retry(5, backoff_factor=1.0, status_forcelist=[502, 503, 504]))


class FailedError(Exception):
    """The installation did not do what it promises; the message says what was wrong."""


@dataclass(frozen=True)
class Caller:
    """A user of this try only, who is new and leaves nothing open behind."""

    services_url: str
    token: str
    user: str

    def call(self, service: str, method: str, path: str, *, expect: int, body: object = None) -> Any:  # noqa: ANN401
        """Return the JSON of an answer; raises :class:`FailedError` for another status than expected."""
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        if method == "POST":
            headers["Idempotency-Key"] = str(uuid4())
        try:
            answer = _http.request(
                method,
                self.services_url.format(service=service) + path,
                headers=headers,
                body=None if body is None else json.dumps(body),
                timeout=60.0,
            )
        except urllib3.exceptions.HTTPError as error:
            raise FailedError(f"{method} {path}: {error}") from None
        if answer.status != expect:
            raise FailedError(f"{method} {path} answered {answer.status}: {answer.data.decode(errors='replace')}")
        return json.loads(answer.data) if answer.data else None


def try_out(caller: Caller, *, now: Callable[[], datetime], sleep: Callable[[float], None]) -> str:
    """Create a task, wait for the notification of its reminder, complete the task; return a line that says so.

    Raises :class:`FailedError`, also where the notification came before its time.
    """
    at = now() + AHEAD
    task = caller.call(
        "tasks", "POST", "/tasks", expect=201, body={"title": "try-out", "reminders": [{"at": at.isoformat()}]}
    )
    notification = _await_notification(caller, at, now=now, sleep=sleep)
    caller.call("tasks", "POST", f"/tasks/{task['id']}/complete", expect=200)
    late = datetime.fromisoformat(notification["createdAt"]) - at
    if late < timedelta(0):
        raise FailedError(f"the reminder came {-late.total_seconds():.3f} s before its time")
    return f"a task was taken, and its reminder came {late.total_seconds():.1f} s after its time"


def _await_notification(
    caller: Caller, at: datetime, *, now: Callable[[], datetime], sleep: Callable[[float], None]
) -> Any:  # noqa: ANN401 - JSON
    while now() < at + PATIENCE:
        found = caller.call("notifications", "GET", f"/notifications/{caller.user}", expect=200)["items"]
        if found:
            return found[0]
        sleep(1.0)
    raise FailedError(f"no notification came within {PATIENCE.total_seconds():.0f} s of the reminder's time")


def main() -> None:
    """Try out the installation that the environment names."""
    user = f"try-out-{uuid4()}"
    try:
        key, services_url = os.environ["FRONTEND_KEY"], os.environ["SERVICES_URL"]
    except KeyError as error:
        sys.exit(f"try-out: {error.args[0]} is not set")
    caller = Caller(services_url, token(user, key=key, now=datetime.now(UTC)), user)
    try:
        print(try_out(caller, now=lambda: datetime.now(UTC), sleep=time.sleep))
    except FailedError as error:
        sys.exit(f"try-out: {error}")


if __name__ == "__main__":
    main()
