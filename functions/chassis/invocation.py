"""Calling another function over HTTP, on behalf of the user whom the matter concerns."""

import json
from dataclasses import dataclass
from typing import Any

import urllib3

from functions.chassis.instance import Instance
from functions.chassis.telemetry import context
from functions.chassis.user_context import issue

SERVICE_KEY = "service-key"
BUSY = frozenset({408, 409, 425, 429})

_http = urllib3.PoolManager(maxsize=4, retries=False)


class ServiceUnavailableError(Exception):
    """Another function did not answer, or is busy: the same call may pass later. The message names it."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What another function answered."""

    status: int
    headers: dict[str, str]
    json: Any


def call(
    instance: Instance,
    service: str,
    method: str,
    path: str,
    *,
    user: str,
    body: object = None,
    if_match: str | None = None,
    timeout: float = 15.0,
) -> Reply:
    """Call ``service`` for a user; headers of the reply are in lower case.

    Raises :class:`ServiceUnavailableError` for no answer within ``timeout`` seconds, a 5xx, and statuses that ask for
    another try.
    """
    current = context.current()
    own = instance.settings.service_name
    token = issue(user, service=own, key=instance.secrets.get(SERVICE_KEY), now=instance.clock())
    headers = {
        "Authorization": f"Bearer {token}",
        "X-Correlation-Id": current.correlation_id,
        "traceparent": current.traceparent,
    }
    if if_match is not None:
        headers["If-Match"] = if_match
    if body is not None:
        headers["Content-Type"] = "application/json"
    encoded = None if body is None else json.dumps(body).encode()
    url = instance.settings.url_of(service) + path
    try:
        answer = _http.request(method, url, body=encoded, headers=headers, timeout=timeout, redirect=False)
    except urllib3.exceptions.HTTPError as error:
        raise ServiceUnavailableError(service) from error
    if answer.status >= 500 or answer.status in BUSY:  # noqa: PLR2004 - RFC 9110, section 15.6
        raise ServiceUnavailableError(service)
    return Reply(answer.status, {name.lower(): value for name, value in answer.headers.items()}, _json(answer.data))


def _json(data: bytes) -> Any:  # noqa: ANN401 - whatever JSON holds
    try:
        return json.loads(data) if data else None
    except ValueError:
        return None
