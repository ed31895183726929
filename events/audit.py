"""Events of the audit domain."""

from typing import ClassVar

from events.data import EventData, RoutingAttributes
from events.fields import Instant, UserId


class SubjectForgotten(EventData):
    """The content of a user's entries in the audit log became unreadable for everyone."""

    personal: ClassVar[bool] = False

    user_id: UserId
    forgotten_at: Instant
    by: UserId
    """The operator who requested it."""

    def routing_attributes(self) -> RoutingAttributes:
        """Return the user as subject and partition key."""
        return RoutingAttributes(subject=self.user_id, partitionkey=self.user_id, userid=self.user_id)
