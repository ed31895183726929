"""Keeps an instance alive while it works, by a request that the instance sends to itself.

Knative may stop an instance that has no open request. The publisher of an event waits for the response, so that the
response cannot wait until the next event is due. The request of an instance to its own URL can.
"""

import threading
from collections.abc import Callable
from typing import Final

import urllib3

from functions.chassis.telemetry.logs import get_logger

TIMEOUT_SECONDS: Final = 65.0
"""Longer than a run of the relay, and than the instance's own time limit for a request."""

log = get_logger(__name__)


class SelfRequest:
    """Sends requests to the instance's own URL from a background thread, one at a time.

    ``url`` starts work that lasts as long as the request. ``fallback`` does this work without a request. It is called
    if the request fails.
    """

    def __init__(self, url: str, *, fallback: Callable[[], object]) -> None:
        self._url = url
        self._fallback = fallback
        self._http = urllib3.PoolManager(maxsize=1, retries=False)
        self._lock = threading.Lock()
        self._is_requested = False
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Send a request, or, if one is open, another one after it. Returns at once."""
        with self._lock:
            self._is_requested = True
            if self._thread is None:
                self._thread = threading.Thread(target=self._send_all, name="self-request", daemon=True)
                self._thread.start()

    def wait(self) -> None:
        """Return when no request is open."""
        thread = self._thread
        if thread:
            thread.join()

    def _send_all(self) -> None:
        while self._take_request():
            try:
                self._send()
            except Exception:
                log.exception("the run failed; the clock's next tick starts another")

    def _take_request(self) -> bool:
        with self._lock:
            is_requested, self._is_requested = self._is_requested, False
            if not is_requested:
                self._thread = None
            return is_requested

    def _send(self) -> None:
        try:
            # The server may have closed a pooled connection, and urllib3 does not retry a POST.
            headers = {"Connection": "close"}
            response = self._http.request("POST", self._url, headers=headers, timeout=TIMEOUT_SECONDS, redirect=False)
        except urllib3.exceptions.HTTPError as error:
            log.warning("the instance cannot reach its own URL: %s", type(error).__name__)
        else:
            if response.status < 300:  # noqa: PLR2004 - RFC 9110, section 15.3
                return
            log.warning("the instance's own URL answered %s", response.status)
        self._fallback()
