"""Events that start the relay of the outbox. They are not audited, because they state no fact of a domain."""

from typing import ClassVar

from events.data import EventData, RoutingAttributes
from events.fields import Instant

PING_TYPE = "dev.knative.sources.ping"


class OutboxDue(EventData):
    """An event in the outbox is due before the next tick of the clock."""

    audited: ClassVar[bool] = False
    due_at: Instant

    def routing_attributes(self) -> RoutingAttributes:
        """Return the same key for all of these events. They belong to no task and no user."""
        return RoutingAttributes(subject="outbox", partitionkey="outbox", userid="")


class PingTicked(EventData):
    """A Knative PingSource ticked. The operator configures the data of the event, and functions ignore it."""

    audited: ClassVar[bool] = False

    def routing_attributes(self) -> RoutingAttributes:
        """Return attributes for tests; only Knative emits this event."""
        return RoutingAttributes(subject="clock", partitionkey="clock", userid="")


PingTicked.type = PING_TYPE
