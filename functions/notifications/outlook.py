"""When what falls due at some moment would be sent, as its user prefers it by now. Pure."""

from collections.abc import Iterable
from datetime import datetime

from pydantic import Field

from events.data import Value
from functions.notifications.preferences import Preferences


class Sending(Value):
    """What falls due ``at`` a moment would be sent then, or at the end of the quiet hours that this lies in."""

    at: datetime
    send_at: datetime


class Outlook(Value):
    """When each would be sent, in the order asked for; or why nothing of its kind would be."""

    items: list[Sending]
    silence: str | None = Field(default=None, description="why nothing of the kind is sent at all: items is empty then")


def outlook(wanted: Preferences, kind: str, moments: Iterable[datetime]) -> Outlook:
    """Return when what falls due at these moments would be sent."""
    silence = wanted.silence(kind)
    if silence is not None:
        return Outlook(items=[], silence=silence)
    return Outlook(items=[Sending(at=moment, send_at=wanted.quiet_until(moment) or moment) for moment in moments])
