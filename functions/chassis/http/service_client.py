"""Calling another function over HTTP, on behalf of the user whom the matter concerns."""

import json
from dataclasses import dataclass
from typing import Any

import urllib3

from functions.chassis.http.user_context import issue
from functions.chassis.instance import Instance
from functions.chassis.telemetry import context
from functions.chassis.telemetry.tracing import Kind, Span

SERVICE_KEY = "service-key"
BUSY = frozenset({408, 409, 425, 429})

_http = urllib3.PoolManager(maxsize=4, retries=False)


class ServiceUnavailableError(Exception):
    """Another function did not answer, or is busy: the same call may pass later. The message names it."""


@dataclass(frozen=True, slots=True)
class ServiceResponse:
    """What another function answered."""

    status: int
    headers: dict[str, str]
    json: Any


def invoke_service(
    instance: Instance,
    service: str,
    method: str,
    path: str,
    *,
    user: str,
    body: object = None,
    if_match: str | None = None,
    timeout: float = 15.0,
) -> ServiceResponse:
    """Call ``service`` for a user; headers of the reply are in lower case.

    Raises :class:`ServiceUnavailableError` for no answer within ``timeout`` seconds, a 5xx, and statuses that ask for
    another try.
    """
    url = instance.settings.url_of(service) + path
    encoded = None if body is None else json.dumps(body).encode()
    current = context.current()
    told = {"http.request.method": method, "peer.service": service}
    with instance.tracer.span(f"{method} {service}", Kind.CLIENT, parent=current.traceparent, attributes=told) as span:
        headers = {
            "Authorization": f"Bearer {_token(instance, user)}",
            "X-Correlation-Id": current.correlation_id,
            "traceparent": span.traceparent,
        }
        if if_match is not None:
            headers["If-Match"] = if_match
        if encoded is not None:
            headers["Content-Type"] = "application/json"
        try:
            answer = _http.request(method, url, body=encoded, headers=headers, timeout=timeout, redirect=False)
        except urllib3.exceptions.HTTPError as error:
            span.fail(type(error).__name__)
            raise ServiceUnavailableError(service) from error
        _tell(span, answer.status)
        if answer.status >= 500 or answer.status in BUSY:  # noqa: PLR2004 - RFC 9110, section 15.6
            raise ServiceUnavailableError(service)
    return ServiceResponse(
        answer.status, {name.lower(): value for name, value in answer.headers.items()}, _json(answer.data)
    )


def _token(instance: Instance, user: str) -> str:
    key = instance.secrets.get(SERVICE_KEY)
    return issue(user, service=instance.settings.service_name, key=key, now=instance.clock())


def _tell(span: Span, status: int) -> None:
    span.note({"http.response.status_code": status})
    if status >= 400:  # noqa: PLR2004 - RFC 9110, section 15.5
        span.fail(str(status))


def _json(data: bytes) -> Any:  # noqa: ANN401 - whatever JSON holds
    try:
        return json.loads(data) if data else None
    except ValueError:
        return None
