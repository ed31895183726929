"""What is said of the audit log itself."""

from typing import ClassVar

from events.data import About, EventData
from events.fields import Instant, UserId


class SubjectForgotten(EventData):
    """What the audit log held of a user's content can be read by nobody any more."""

    personal: ClassVar[bool] = False

    user_id: UserId
    forgotten_at: Instant
    by: UserId
    """The operator who asked for it."""

    def about(self) -> About:
        """Key by the user."""
        return About(subject=self.user_id, partitionkey=self.user_id, userid=self.user_id)
