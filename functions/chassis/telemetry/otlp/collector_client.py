"""Sends encoded telemetry to an OpenTelemetry collector, which may be slow, reject requests or be down."""

import time
from collections.abc import Callable, Mapping
from typing import Final

import urllib3

from functions.chassis.telemetry.logs import get_logger

WARNING_INTERVAL_SECONDS: Final = 60.0
"""Failures are logged at most once in this time."""

log = get_logger(__name__)


class CollectorClient:
    """Posts OTLP requests to a collector, each one time only. For use by a single thread.

    ``endpoint`` is the base URL, ``timeout`` is in seconds, and ``monotonic`` returns seconds.
    """

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
        self._next_warning = float("-inf")

    def limit_time(self, seconds: float) -> None:
        """End every request within ``seconds`` from now, and send none after that."""
        self._deadline = self._monotonic() + seconds

    def send(self, signal: str, body: bytes) -> bool:
        """Send an encoded request for ``traces`` or ``metrics``. Return False if the collector did not accept it."""
        seconds = min(self._timeout, self._deadline - self._monotonic())
        if seconds <= 0:
            return False
        try:
            response = self._http.request(
                "POST",
                f"{self._endpoint}/v1/{signal}",
                body=body,
                headers=self._headers,
                timeout=urllib3.Timeout(total=seconds),
                redirect=False,
            )
        except urllib3.exceptions.HTTPError as error:
            self._warn(signal, type(error).__name__)
            return False
        if not 200 <= response.status < 300:  # noqa: PLR2004 - RFC 9110, section 15.3
            self._warn(signal, f"it answered {response.status}")
            return False
        return True

    def _warn(self, signal: str, reason: str) -> None:
        now = self._monotonic()
        if now >= self._next_warning:
            self._next_warning = now + WARNING_INTERVAL_SECONDS
            log.warning("the telemetry collector did not accept %s: %s", signal, reason)
