"""A secret store that reads each secret once and caches it for some minutes."""

import threading
import time
from collections.abc import Callable

from functions.chassis.runtime.secret_store import SecretUnavailableError

CACHE_SECONDS = 300.0
"""Seconds until a cached secret is read again. Kubernetes throttles frequent readers, so reads must be rare."""


class CachedSecrets:
    """Caches the values that ``read(name)`` returns. ``monotonic`` returns seconds; tests replace it."""

    def __init__(self, read: Callable[[str], str], *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._read = read
        self._monotonic = monotonic
        self._cached: dict[str, tuple[str, float]] = {}
        self._lock = threading.Lock()

    def get(self, name: str) -> str:
        """Return the cached value, or read it. An expired value is still returned while the store is down."""
        cached = self._cached.get(name)
        if cached and cached[1] > self._monotonic():
            return cached[0]
        try:
            return self.refresh(name)
        except SecretUnavailableError:
            if cached:
                return cached[0]
            raise

    def refresh(self, name: str) -> str:
        """Read a value from the store and cache it."""
        with self._lock:
            value = self._read(name)
            self._cached[name] = (value, self._monotonic() + CACHE_SECONDS)
            return value
