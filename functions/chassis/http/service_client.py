"""Calls the HTTP functions of other domains, on behalf of a user."""

import json
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from functions.chassis.http.user_context import issue_token
from functions.chassis.instance import Instance
from functions.chassis.telemetry.context import current_context
from functions.chassis.telemetry.tracing import Span, SpanKind

if TYPE_CHECKING:
    import urllib3

SERVICE_KEY = "service-key"
"""The secret that holds the private key of functions."""

RETRYABLE_STATUSES = frozenset({408, 409, 425, 429})
"""Statuses below 500 that ask for another try."""


class ServiceUnavailableError(Exception):
    """Another function did not answer, or is busy: the same call may succeed later. The message is its name."""


@dataclass(frozen=True, slots=True)
class ServiceResponse:
    """The response of another function: header names are in lower case; ``json`` is None if the body is not JSON."""

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
    """Call ``service`` on behalf of ``user``, and return its response, which may be a 4xx.

    ``body`` is a JSON value; ``timeout`` is in seconds. Raises :class:`ServiceUnavailableError` if there is no response
    in time, for a 5xx, and for :data:`RETRYABLE_STATUSES`.

    Example: ``invoke_service(instance, "tasks", "GET", f"/tasks/{task_id}", user=event.attributes.userid)``.
    """
    from urllib3.exceptions import HTTPError  # noqa: PLC0415 - imported by the first call

    url = instance.settings.url_of(service) + path
    encoded = None if body is None else json.dumps(body).encode()
    context = current_context()
    about = {"http.request.method": method, "peer.service": service}
    with instance.tracer.span(
        f"{method} {service}", SpanKind.CLIENT, parent=context.traceparent, attributes=about
    ) as span:
        headers = {
            "Authorization": f"Bearer {_make_token(instance, user)}",
            "X-Correlation-Id": context.correlation_id,
            "traceparent": span.traceparent,
        }
        if if_match is not None:
            headers["If-Match"] = if_match
        if encoded is not None:
            headers["Content-Type"] = "application/json"
        try:
            response = _connections().request(
                method, url, body=encoded, headers=headers, timeout=timeout, redirect=False
            )
        except HTTPError as error:
            span.record_error(type(error).__name__)
            raise ServiceUnavailableError(service) from error
        _record_status(span, response.status)
        if response.status >= 500 or response.status in RETRYABLE_STATUSES:  # noqa: PLR2004 - RFC 9110, section 15.6
            raise ServiceUnavailableError(service)
    lower_case = {name.lower(): value for name, value in response.headers.items()}
    return ServiceResponse(response.status, lower_case, _parse_json(response.data))


@cache
def _connections() -> "urllib3.PoolManager":
    import urllib3  # noqa: PLC0415 - imported by the first call

    return urllib3.PoolManager(maxsize=4, retries=False)


def _make_token(instance: Instance, user: str) -> str:
    key = instance.secrets.get(SERVICE_KEY)
    return issue_token(user, service=instance.settings.service_name, key=key, now=instance.clock())


def _record_status(span: Span, status: int) -> None:
    span.set_attributes({"http.response.status_code": status})
    if status >= 400:  # noqa: PLR2004 - RFC 9110, section 15.5
        span.record_error(str(status))


def _parse_json(data: bytes) -> Any:  # noqa: ANN401 - any JSON value
    try:
        return json.loads(data) if data else None
    except ValueError:
        return None
