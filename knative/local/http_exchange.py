"""Write an HTTP/1.1 request to a function, and read the function's response (RFC 9112).

A general HTTP client costs three times the CPU of this module, because it builds URLs, cookies, redirects and timers
that a request over a unix socket does not need.
"""

import asyncio
from typing import Final

from knative.local.function_call import FunctionRequest, FunctionResponse, Headers

_CODEC: Final = ("utf-8", "surrogateescape")
"""How aiohttp decodes headers. Every byte of a header is forwarded unchanged."""

_BODILESS_METHODS: Final = frozenset({"GET", "HEAD"})
_BODILESS_STATUSES: Final = frozenset({204, 304})


class BrokenResponseError(Exception):
    """The connection ended before the whole response, or the response is not HTTP."""


def encode_request(request: FunctionRequest) -> bytes:
    """Return a request as it is sent. Raises ValueError for a line break in the target or in a header."""
    lines = [f"{request.method} {request.target} HTTP/1.1"]
    lines += [f"{name}: {value}" for name, value in request.headers]
    if request.body or request.method not in _BODILESS_METHODS:
        lines.append(f"Content-Length: {len(request.body)}")
    head = "\r\n".join(lines)
    if not head.count("\r") == head.count("\n") == len(lines) - 1:
        raise ValueError("a header must not contain a line break")
    return (head + "\r\n\r\n").encode(*_CODEC) + request.body


async def read_response(stream: asyncio.StreamReader, method: str) -> tuple[FunctionResponse, bool]:
    """Return the response to a request, and whether its connection can be used for another request.

    Raises :class:`BrokenResponseError`.
    """
    try:
        status, headers = await _read_head(stream)
        while status < 200:  # noqa: PLR2004 - RFC 9110, section 15.2: "100 Continue" precedes the response
            status, headers = await _read_head(stream)
        body, is_delimited = await _read_body(stream, method, status, headers)
    except (EOFError, OSError, ValueError, asyncio.LimitOverrunError) as error:
        raise BrokenResponseError(type(error).__name__) from None
    response = FunctionResponse(status, headers, body)
    return response, is_delimited and (response.header("connection") or "").lower() != "close"


async def _read_head(stream: asyncio.StreamReader) -> tuple[int, Headers]:
    head = await stream.readuntil(b"\r\n\r\n")
    status_line, *lines = head[:-4].decode(*_CODEC).split("\r\n")
    version, status, *_ = status_line.split(" ", 2)
    if version != "HTTP/1.1":
        raise ValueError("another version of HTTP has other rules for the end of a response")
    headers = []
    for line in lines:
        name, _, value = line.partition(":")
        headers.append((name, value.strip()))
    return int(status), headers


async def _read_body(stream: asyncio.StreamReader, method: str, status: int, headers: Headers) -> tuple[bytes, bool]:
    """Return the body, and whether its end is known without the end of the connection."""
    fields = {name.lower(): value for name, value in headers}
    if method == "HEAD" or status in _BODILESS_STATUSES:
        return b"", True
    if fields.get("transfer-encoding", "").lower() == "chunked":
        return await _read_chunks(stream), True
    if "content-length" in fields:
        return await stream.readexactly(int(fields["content-length"])), True
    return await stream.read(), False


async def _read_chunks(stream: asyncio.StreamReader) -> bytes:
    chunks = []
    while size := int((await stream.readuntil(b"\r\n")).partition(b";")[0], 16):
        chunks.append(await stream.readexactly(size))
        await stream.readexactly(2)
    while await stream.readuntil(b"\r\n") != b"\r\n":
        pass  # trailers
    return b"".join(chunks)
