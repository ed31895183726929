"""A collector, reached by OTLP over HTTP: it may be slow, refuse or be gone, and nobody waits for it."""

import time
from collections.abc import Callable, Mapping
from typing import Final

import urllib3

from functions.chassis.telemetry.logs import get_logger

QUIET_SECONDS: Final = 60.0
"""A collector that is gone is spoken of once in this time."""

log = get_logger(__name__)


class Collector:
    """Takes encoded telemetry, or does not; nothing is tried twice. Used by one thread."""

    def __init__(
        self,
        endpoint: str,
        *,
        headers: Mapping[str, str],
        timeout: float,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._endpoint = endpoint.rstrip("/")
        self._headers = {"User-Agent": "todo-functions", **headers, "Content-Type": "application/x-protobuf"}
        self._timeout = timeout
        self._monotonic = monotonic
        self._http = urllib3.PoolManager(maxsize=1, retries=False)
        self._deadline = float("inf")
        self._quiet_until = float("-inf")

    def hurry(self, seconds: float) -> None:
        """Have everything over in so many seconds: what is sent later is not."""
        self._deadline = self._monotonic() + seconds

    def take(self, signal: str, body: bytes) -> bool:
        """Hand over an encoded request of a signal, ``traces`` or ``metrics``; False where it is lost."""
        seconds = min(self._timeout, self._deadline - self._monotonic())
        if seconds <= 0:
            return False
        try:
            answer = self._http.request(
                "POST",
                f"{self._endpoint}/v1/{signal}",
                body=body,
                headers=self._headers,
                timeout=urllib3.Timeout(total=seconds),
                redirect=False,
            )
        except urllib3.exceptions.HTTPError as error:
            return self._lose(signal, type(error).__name__)
        if not 200 <= answer.status < 300:  # noqa: PLR2004 - RFC 9110, section 15.3
            return self._lose(signal, f"it answered {answer.status}")
        return True

    def _lose(self, signal: str, reason: str) -> bool:
        now = self._monotonic()
        if now >= self._quiet_until:
            self._quiet_until = now + QUIET_SECONDS
            log.warning("the collector of telemetry does not take %s: %s", signal, reason)
        return False
