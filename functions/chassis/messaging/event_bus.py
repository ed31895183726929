"""The port of the event bus: where a function publishes its events."""

from typing import Protocol

from events.envelope import Envelope


class BusUnavailableError(Exception):
    """The bus did not accept an event; another try may succeed. The message holds the bus's answer."""


class EventBus(Protocol):
    """Accepts events for delivery. ``system`` is the name of the bus in a trace."""

    system: str

    def publish(self, event: Envelope, *, timeout: float) -> None:
        """Publish an event within ``timeout`` seconds, or raise :class:`BusUnavailableError`."""
        ...
