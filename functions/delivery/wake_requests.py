"""Sends the requests that start and prepare functions, with bounded threads and time."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import urllib3

from functions.chassis.telemetry.logs import get_logger

WARM_PATH: Final = "/warm"
"""The path that prepares an instance for its first event."""

WAKE_THREADS: Final = 8
WAKE_SECONDS: Final = 20.0
"""Time limit of one request, which waits for a cold start. The first one after an installation took 18 seconds."""

log = get_logger(__name__)


class WakeRequests:
    """Sends one request at a time to each function, in the background.

    ``url_of`` returns the base URL of a function. ``on_failure`` is called with the name of a function that did not
    answer, or answered with an error.
    """

    def __init__(self, url_of: Callable[[str], str], *, on_failure: Callable[[str], None]) -> None:
        self._url_of = url_of
        self._on_failure = on_failure
        self._threads = ThreadPoolExecutor(WAKE_THREADS, thread_name_prefix="wake")
        self._http = urllib3.PoolManager(maxsize=WAKE_THREADS, retries=False)
        self._lock = threading.Lock()
        self._open: set[str] = set()

    def send(self, function: str) -> None:
        """Send a request, unless one to this function is open. Returns at once."""
        with self._lock:
            if function in self._open:
                return
            self._open.add(function)
        self._threads.submit(self._send, function, self._url_of(function) + WARM_PATH)

    def _send(self, function: str, url: str) -> None:
        failure = None
        try:
            response = self._http.request("GET", url, timeout=WAKE_SECONDS, redirect=False)
            if response.status >= 300:  # noqa: PLR2004 - RFC 9110, section 15.4
                failure = f"it answered {response.status}"
        except urllib3.exceptions.HTTPError as error:
            failure = type(error).__name__
        with self._lock:
            self._open.discard(function)
        if failure:
            log.info("%s was not woken: %s; its first event starts it", function, failure)
            self._on_failure(function)
