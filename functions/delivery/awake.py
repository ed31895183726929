"""Staying awake: an instance at work must look so to Knative, which counts requests.

An event's publisher waits for its answer, so the answer cannot wait for what falls due. Instead the function asks
itself, over its own address, and holds that request.
"""

import threading
from collections.abc import Callable
from typing import Final

import urllib3

from functions.chassis.telemetry.logs import get_logger

HELD_SECONDS: Final = 65.0
"""How long a held request may take: longer than a run, and than the instance's own time limit."""

log = get_logger(__name__)


class Awake:
    """One request at a time to the function's own address; ``instead`` does its work where it cannot be made."""

    def __init__(self, url: str, *, instead: Callable[[], object]) -> None:
        self._url = url
        self._instead = instead
        self._http = urllib3.PoolManager(maxsize=1, retries=False)
        self._lock = threading.Lock()
        self._wanted = False
        self._asking: threading.Thread | None = None

    def ask(self) -> None:
        """Have a held request made after this call; returns at once."""
        with self._lock:
            self._wanted = True
            if self._asking is None:
                self._asking = threading.Thread(target=self._ask, name="awake", daemon=True)
                self._asking.start()

    def wait(self) -> None:
        """Return when no request is held."""
        asking = self._asking
        if asking:
            asking.join()

    def _ask(self) -> None:
        while self._take_wish():
            try:
                self._hold()
            except Exception:
                log.exception("the outbox is left to the clock's next tick")

    def _take_wish(self) -> bool:
        with self._lock:
            wanted, self._wanted = self._wanted, False
            if not wanted:
                self._asking = None
            return wanted

    def _hold(self) -> None:
        try:
            # A connection kept from the last time may be gone by now, and a POST is not tried twice.
            headers = {"Connection": "close"}
            answer = self._http.request("POST", self._url, headers=headers, timeout=HELD_SECONDS, redirect=False)
        except urllib3.exceptions.HTTPError as error:
            log.warning("cannot reach my own address: %s", type(error).__name__)
        else:
            if answer.status < 300:  # noqa: PLR2004 - RFC 9110, section 15.3
                return
            log.warning("my own address answered %s", answer.status)
        self._instead()
