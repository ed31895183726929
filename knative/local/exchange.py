"""A request to a function, and its answer or the lack of one."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

Headers = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Request:
    """What is sent to a function; ``target`` is path and query as they were written."""

    method: str
    target: str
    headers: Headers
    body: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """What a function answered."""

    status: int
    headers: Headers = ()
    body: bytes = b""

    def header(self, name: str) -> str | None:
        """Return a header's value whatever its case; None where it is missing."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


class NoAnswerError(Exception):
    """A function did not answer; the message says why. ``retry_after`` is when it may, in seconds."""

    def __init__(self, message: str, *, retry_after: int = 1) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class TimedOutError(NoAnswerError):
    """A function did not answer within its time limit."""


Call = Callable[[str, Request], Awaitable[Answer]]
"""Sends a request to the function of a name; raises :class:`NoAnswerError`."""
