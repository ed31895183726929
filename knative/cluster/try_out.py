"""Try an installation out as a user would: create a task, wait for its reminder's notification, complete the task.

``helm test`` runs this. SERVICES_URL (``http://{service}.…``) is the address of the services, and FRONTEND_KEY the
front end's private JWK.
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

from knative.user_token import make_user_token

REMIND_IN: Final = timedelta(seconds=10)
"""The time from now to the reminder."""

PATIENCE: Final = timedelta(seconds=120)
"""How late the notification may be: every function on its way may have to start."""

_http = urllib3.PoolManager(retries=urllib3.Retry(5, backoff_factor=1.0, status_forcelist=[502, 503, 504]))


class TryOutError(Exception):
    """The installation does not work. The message names the request or the step that failed."""


@dataclass(frozen=True)
class TryOutUser:
    """A new user for one try-out, and the user's requests."""

    services_url: str
    token: str
    user: str

    def request(self, service: str, method: str, path: str, *, expect: int, body: object = None) -> Any:  # noqa: ANN401 - JSON
        """Return the JSON of a response; raises :class:`TryOutError` for a status other than ``expect``."""
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        if method == "POST":
            headers["Idempotency-Key"] = str(uuid4())
        try:
            response = _http.request(
                method,
                self.services_url.format(service=service) + path,
                headers=headers,
                body=None if body is None else json.dumps(body),
                timeout=60.0,
            )
        except urllib3.exceptions.HTTPError as error:
            raise TryOutError(f"{method} {path}: {error}") from None
        if response.status != expect:
            raise TryOutError(f"{method} {path} answered {response.status}: {response.data.decode(errors='replace')}")
        return json.loads(response.data) if response.data else None


def try_out(user: TryOutUser, *, now: Callable[[], datetime], sleep: Callable[[float], None]) -> str:
    """Create a task, wait for the notification of its reminder, complete the task; return one line for the log.

    Raises :class:`TryOutError`, also for a notification before the reminder's time.
    """
    at = now() + REMIND_IN
    body = {"title": "try-out", "reminders": [{"at": at.isoformat()}]}
    task = user.request("tasks", "POST", "/tasks", expect=201, body=body)
    notification = _wait_for_notification(user, at, now=now, sleep=sleep)
    user.request("tasks", "POST", f"/tasks/{task['id']}/complete", expect=200)
    late = datetime.fromisoformat(notification["createdAt"]) - at
    if late < timedelta(0):
        raise TryOutError(f"the reminder came {-late.total_seconds():.3f} s before its time")
    return f"the task was created, and its reminder came {late.total_seconds():.1f} s after its time"


def _wait_for_notification(
    user: TryOutUser, at: datetime, *, now: Callable[[], datetime], sleep: Callable[[float], None]
) -> Any:  # noqa: ANN401 - JSON
    while now() < at + PATIENCE:
        notifications = user.request("notifications", "GET", f"/notifications/{user.user}", expect=200)["items"]
        if notifications:
            return notifications[0]
        sleep(1.0)
    raise TryOutError(f"no notification came within {PATIENCE.total_seconds():.0f} s of the reminder's time")


def main() -> None:
    """Try out the installation that the environment names."""
    name = f"try-out-{uuid4()}"
    try:
        key, services_url = os.environ["FRONTEND_KEY"], os.environ["SERVICES_URL"]
    except KeyError as error:
        sys.exit(f"try-out: {error.args[0]} is not set")
    user = TryOutUser(services_url, make_user_token(name, key=key, now=datetime.now(UTC)), name)
    try:
        print(try_out(user, now=lambda: datetime.now(UTC), sleep=time.sleep))
    except TryOutError as error:
        sys.exit(f"try-out: {error}")


if __name__ == "__main__":
    main()
