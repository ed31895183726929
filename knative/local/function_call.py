"""The HTTP request that the platform sends to a function, and the function's response or the reason there is none."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

Headers = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class FunctionRequest:
    """A request to a function. ``target`` is the path with the query, exactly as the client sent it."""

    method: str
    target: str
    headers: Headers
    body: bytes


@dataclass(frozen=True, slots=True)
class FunctionResponse:
    """A function's response to a request."""

    status: int
    headers: Headers = ()
    body: bytes = b""

    def header(self, name: str) -> str | None:
        """Return the first value of a header, or None if the response does not have it. Case does not matter."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


class NoResponseError(Exception):
    """A function did not respond. The message gives the reason, ``retry_after`` the seconds until the next attempt."""

    def __init__(self, message: str, *, retry_after: int = 1) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class ResponseTimeoutError(NoResponseError):
    """A function did not respond within its time limit."""


CallFunction = Callable[[str, FunctionRequest], Awaitable[FunctionResponse]]
"""Sends a request to the function of a name. Raises :class:`NoResponseError`."""
