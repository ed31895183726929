"""Secrets: from Dapr's secret store, or in development from a local file."""

import json
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

KEEP_SECONDS = 300.0
"""How long a secret is kept before it is read again: a store may throttle its readers."""


class SecretUnavailableError(Exception):
    """A secret cannot be read: it is not there, or its store is down. The message names the secret only."""


class Secrets(Protocol):
    """Whatever keeps secrets."""

    def get(self, name: str) -> str:
        """Return a secret's value; raises :class:`SecretUnavailableError`."""
        ...

    def refresh(self, name: str) -> str:
        """Return a secret's value as it is in the store now."""
        ...


class KeptSecrets:
    """Secrets that are read once, and again after a while."""

    def __init__(self, read: Callable[[str], str], *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._read = read
        self._monotonic = monotonic
        self._kept: dict[str, tuple[str, float]] = {}
        self._lock = threading.Lock()

    def get(self, name: str) -> str:
        """Return the kept value, or read it. A value that cannot be read again is kept on."""
        kept = self._kept.get(name)
        if kept and kept[1] > self._monotonic():
            return kept[0]
        try:
            return self.refresh(name)
        except SecretUnavailableError:
            if kept:
                return kept[0]
            raise

    def refresh(self, name: str) -> str:
        """Read a value from the store and keep it."""
        with self._lock:
            value = self._read(name)
            self._kept[name] = (value, self._monotonic() + KEEP_SECONDS)
            return value


def open_secrets(url: str) -> Secrets:
    """Return the secrets at ``file:///…`` (a JSON object of strings, for development) or ``dapr://store``."""
    parts = urlsplit(url)
    if parts.scheme == "dapr":
        return KeptSecrets(lambda name: _from_dapr(parts.netloc, name))
    return KeptSecrets(lambda name: _from_file(Path(unquote(parts.path)), name))


def _from_file(path: Path, name: str) -> str:
    try:
        return str(json.loads(path.read_text(encoding="utf-8"))[name])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SecretUnavailableError(name) from error


def _from_dapr(store: str, name: str) -> str:
    from functions.chassis import dapr  # noqa: PLC0415 - the SDK's import costs a third of a second

    try:
        return dapr.get_secret(store, name)
    except dapr.DaprUnavailableError as error:
        raise SecretUnavailableError(name) from error
