"""Tests of the requests that wake functions."""

import threading
from collections.abc import Callable, Iterable
from typing import Any
from wsgiref.types import StartResponse

from functions.delivery.wake_requests import WakeRequests
from tests.services import serving


class SlowFunction:
    """A function that answers with ``status`` when ``answering`` is set, and records the paths of its requests."""

    def __init__(self, status: str) -> None:
        self._status = status
        self.answering = threading.Event()
        self.paths: list[str] = []

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        self.paths.append(environ["PATH_INFO"])
        self.answering.wait(30)
        start_response(self._status, [("Content-Length", "0")])
        return []


def wait_for_failure(url_of: Callable[[str], str], name: str) -> str:
    """Wake one function, and return the name that is reported as not woken."""
    failed, reported = list[str](), threading.Event()

    def report(function: str) -> None:
        failed.append(function)
        reported.set()

    WakeRequests(url_of, on_failure=report).send(name)
    assert reported.wait(30)
    return failed[0]


def test_a_function_has_one_open_request() -> None:
    """A second request is not sent while the first one waits for the function's start."""
    function = SlowFunction("204 No Content")
    with serving(function) as url:
        requests = WakeRequests(lambda name: f"{url}/{name}", on_failure=lambda _: None)
        for _ in range(3):
            requests.send("notify-user")
        function.answering.set()
        requests._threads.shutdown(wait=True)
    assert function.paths == ["/notify-user/warm"]


def test_an_error_is_reported() -> None:
    """An answer other than 2xx counts as a failure."""
    function = SlowFunction("503 Service Unavailable")
    function.answering.set()
    with serving(function) as url:
        assert wait_for_failure(lambda _: url, "notify-user") == "notify-user"


def test_a_missing_answer_is_reported() -> None:
    """A function that cannot be reached counts as a failure."""
    assert wait_for_failure(lambda _: "http://127.0.0.1:9", "send-notification") == "send-notification"
