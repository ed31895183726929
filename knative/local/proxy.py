"""Passing a request on to a function and its answer back, and what is said where there is none."""

import json
from collections.abc import Iterable
from http import HTTPStatus
from typing import Final

from aiohttp import web
from multidict import CIMultiDict

from knative.local.exchange import Call, Headers, NoAnswerError, Request, TimedOutError

MAX_BODY: Final = 1_048_576
"""The largest body in bytes, as functions have it too."""

_HOP_BY_HOP: Final = frozenset(
    {
        *("connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"),
        *("proxy-authenticate", "proxy-authorization", "content-length"),  # the length is written anew
    }
)
"""What concerns one connection and not the request (RFC 9110, section 7.6.1)."""


async def read_request(request: web.Request, target: str) -> Request:
    """Return what a client sent, for a function; raises aiohttp's 413 where the body is too large."""
    body = await request.read()
    return Request(request.method, target, end_to_end(request.headers.items()), body)


async def forward(name: str, request: Request, call: Call) -> web.Response:
    """Return a function's answer, or a problem where it gives none."""
    try:
        answer = await call(name, request)
    except TimedOutError as error:
        return problem(HTTPStatus.GATEWAY_TIMEOUT, f"{name}: {error}")
    except NoAnswerError as error:
        return problem(HTTPStatus.SERVICE_UNAVAILABLE, f"{name}: {error}", retry_after=error.retry_after)
    headers = CIMultiDict(end_to_end(answer.headers))
    return web.Response(status=answer.status, headers=headers, body=answer.body)


def problem(status: HTTPStatus, detail: str, *, retry_after: int | None = None) -> web.Response:
    """Return problem details (RFC 9457)."""
    body = {"type": "about:blank", "title": status.phrase, "status": status.value, "detail": detail}
    headers = {"Retry-After": str(retry_after)} if retry_after is not None else {}
    return web.Response(status=status, headers=headers, text=json.dumps(body), content_type="application/problem+json")


def too_large() -> web.Response:
    """Return the refusal of a body above :data:`MAX_BODY`."""
    return problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"the body is larger than {MAX_BODY} bytes")


def end_to_end(headers: Iterable[tuple[str, str]]) -> Headers:
    """Return headers without those that are for one connection only, among them what ``Connection`` names."""
    pairs = list(headers)
    named = {
        option.strip().lower() for name, value in pairs if name.lower() == "connection" for option in value.split(",")
    }
    return [(name, value) for name, value in pairs if name.lower() not in _HOP_BY_HOP | named]
