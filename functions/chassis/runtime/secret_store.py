"""The port of the secret store: where a function reads its keys and passwords."""

from typing import Protocol


class SecretUnavailableError(Exception):
    """A secret cannot be read: it does not exist, or its store is down. The message holds the secret's name only."""


class SecretStore(Protocol):
    """Reads secrets by name."""

    def get(self, name: str) -> str:
        """Return a secret's value, perhaps a cached one; raises :class:`SecretUnavailableError`."""
        ...

    def refresh(self, name: str) -> str:
        """Return a secret's current value from the store; raises :class:`SecretUnavailableError`."""
        ...
