"""Forward HTTP requests to functions, and return their responses or problem details (RFC 9457)."""

import json
from collections.abc import Iterable
from http import HTTPStatus
from typing import Final

from aiohttp import web
from multidict import CIMultiDict

from knative.local.function_call import CallFunction, FunctionRequest, Headers, NoResponseError, ResponseTimeoutError

MAX_BODY: Final = 1_048_576
"""The largest request body in bytes. Functions have the same limit."""

_HOP_BY_HOP: Final = frozenset(
    {
        *("connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"),
        *("proxy-authenticate", "proxy-authorization"),
        "content-length",  # aiohttp sets it
    }
)
"""Headers that belong to one connection and are not forwarded (RFC 9110, section 7.6.1)."""


async def to_function_request(request: web.Request, target: str) -> FunctionRequest:
    """Return a client's request as a function receives it. Raises aiohttp's 413 if the body is too large."""
    body = await request.read()
    return FunctionRequest(request.method, target, remove_hop_by_hop(request.headers.items()), body)


async def forward_request(name: str, request: FunctionRequest, call: CallFunction) -> web.Response:
    """Return a function's response, or 503 or 504 if it does not respond."""
    try:
        response = await call(name, request)
    except ResponseTimeoutError as error:
        return problem_response(HTTPStatus.GATEWAY_TIMEOUT, f"{name}: {error}")
    except NoResponseError as error:
        return problem_response(HTTPStatus.SERVICE_UNAVAILABLE, f"{name}: {error}", retry_after=error.retry_after)
    headers = CIMultiDict(remove_hop_by_hop(response.headers))
    return web.Response(status=response.status, headers=headers, body=response.body)


def problem_response(status: HTTPStatus, detail: str, *, retry_after: int | None = None) -> web.Response:
    """Return problem details. ``retry_after`` is in seconds."""
    body = {"type": "about:blank", "title": status.phrase, "status": status.value, "detail": detail}
    headers = {"Retry-After": str(retry_after)} if retry_after is not None else {}
    return web.Response(status=status, headers=headers, text=json.dumps(body), content_type="application/problem+json")


def body_too_large_response() -> web.Response:
    """Return 413 for a body above :data:`MAX_BODY`."""
    return problem_response(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"the body is larger than {MAX_BODY} bytes")


def remove_hop_by_hop(headers: Iterable[tuple[str, str]]) -> Headers:
    """Return the headers without those of one connection, including the headers that ``Connection`` lists."""
    pairs = list(headers)
    listed = {
        option.strip().lower() for name, value in pairs if name.lower() == "connection" for option in value.split(",")
    }
    return [(name, value) for name, value in pairs if name.lower() not in _HOP_BY_HOP | listed]
