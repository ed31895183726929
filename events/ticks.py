"""What wakes the outbox's relay. Not audited: a clock's tick is no fact of the domain."""

from typing import ClassVar

from events.data import About, EventData
from events.fields import Instant

PING_TYPE = "dev.knative.sources.ping"


class OutboxDue(EventData):
    """Something in the outbox falls due before the next tick of the clock."""

    audited: ClassVar[bool] = False
    due_at: Instant

    def about(self) -> About:
        """Key all of them alike; they concern no task and no user."""
        return About(subject="outbox", partitionkey="outbox", userid="")


class PingTicked(EventData):
    """A Knative PingSource's tick, whose data is whatever the operator configured."""

    audited: ClassVar[bool] = False

    def about(self) -> About:
        """Say nothing: only Knative sends this one."""
        return About(subject="clock", partitionkey="clock", userid="")


PingTicked.type = PING_TYPE
