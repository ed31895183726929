"""A user's preferences: the channels in their order, quiet hours, muted kinds, and whether to send digests."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Final, Literal

from pydantic import Field

from events.data import Value
from functions.chassis.http.problem import field_problem
from functions.chassis.http.request_models import Body
from functions.chassis.runtime.database import Connection
from functions.chassis.runtime.statement import Statement, insert_rows, quote_columns, update_on_conflict
from functions.chassis.runtime.transaction import Transaction
from functions.notifications.channels import AnyChannel
from functions.notifications.channels.channel import Channel, ChannelFieldError
from functions.notifications.channels.in_app import InAppChannel
from functions.notifications.quiet_hours import QuietHours, find_quiet_end

NotificationKind = Literal["reminder", "message"]

ChannelList = Annotated[list[AnyChannel], Field(max_length=5)]

MutedKinds = Annotated[list[NotificationKind], Field(max_length=2, description="kinds that are not sent at all")]

ChannelMode = Annotated[
    Literal["all", "first"], Field(description="send through all channels, or in their order until one works")
]

DigestChoice = Annotated[
    bool, Field(description="send what the quiet hours deferred as one notification, except in the app")
]


_COLUMNS: Final = ("channels", "mode", "muted", "quiet_hours", "digest", "version")
_SELECT: Final = f"SELECT {quote_columns(_COLUMNS)} FROM notifications.preferences WHERE user_id = :user_id"  # noqa: S608
_FIND = Statement(_SELECT)
_FIND_LOCKED = Statement(f"{_SELECT} FOR UPDATE")
_INSERT_ROWS: Final = insert_rows("notifications.preferences", ("user_id", *_COLUMNS))
_INSERT = Statement(f"{_INSERT_ROWS} ON CONFLICT DO NOTHING")
_STORE = Statement(_INSERT_ROWS + update_on_conflict(("user_id",), _COLUMNS))


class Preferences(Value):
    """A user's preferences. The default is the app alone, at any time."""

    channels: ChannelList = Field(default_factory=lambda: list[Channel]([InAppChannel()]))
    mode: ChannelMode = "all"
    muted: MutedKinds = Field(default_factory=list)
    quiet_hours: QuietHours | None = None
    digest: DigestChoice = False
    version: int = 0

    def mask_secrets(self) -> "Preferences":
        """Return the preferences without the secrets of their channels."""
        return self.model_copy(update={"channels": [channel.mask_secrets() for channel in self.channels]})

    def reveal_new_secrets(self, requested: list[Channel]) -> "Preferences":
        """Return the preferences for the response to the request with these channels: only new secrets are shown."""
        pairs = zip(self.channels, requested, strict=True)
        return self.model_copy(update={"channels": [stored.reveal_new_secret(asked) for stored, asked in pairs]})

    def explain_silence(self, kind: str) -> str | None:
        """Return why notifications of a kind are not sent at all, or None if they are."""
        if kind in self.muted:
            return explain_muting(kind)
        return None if self.channels else "the preferences name no channel"

    def find_quiet_end(self, moment: datetime) -> datetime | None:
        """Return the end of the quiet hours at a moment, or None if it is not quiet then."""
        return find_quiet_end(self.quiet_hours, moment) if self.quiet_hours else None

    def find_channel(self, identity: str) -> Channel | None:
        """Return the channel with an identity, or None."""
        return next((channel for channel in self.channels if channel.identity == identity), None)


class PreferencesBody(Body):
    """All preferences of a user. An empty list of channels means that the user gets no notifications.

    Notifications in the quiet hours are deferred to their end. A reminder fails at once instead if its ``maxLateness``
    ends before that, or if its kind is muted.
    """

    channels: ChannelList
    mode: ChannelMode = "all"
    muted: MutedKinds = Field(default_factory=list)
    quiet_hours: QuietHours | None = None
    digest: DigestChoice = False

    def to_preferences(self) -> Preferences:
        """Return the body as preferences."""
        return Preferences(**{name: getattr(self, name) for name in type(self).model_fields})


class Sending(Value):
    """A moment at which something falls due, and the moment at which its notification would be sent."""

    at: datetime
    send_at: datetime


class Outlook(Value):
    """When notifications would be sent, in the order of the request; or why none would be sent."""

    items: list[Sending]
    silence: str | None = Field(default=None, description="why the kind is not sent at all; items is empty then")


def predict_sending(preferences: Preferences, kind: str, moments: Iterable[datetime]) -> Outlook:
    """Return when notifications of a kind that fall due at these moments would be sent."""
    silence = preferences.explain_silence(kind)
    if silence is not None:
        return Outlook(items=[], silence=silence)
    return Outlook(
        items=[Sending(at=moment, send_at=preferences.find_quiet_end(moment) or moment) for moment in moments]
    )


def explain_muting(kind: str) -> str:
    """Return the reason for not sending a kind that the user muted."""
    return f"{kind}s are muted in the preferences"


def complete_preferences(before: Preferences, wanted: Preferences) -> Preferences:
    """Return the preferences to store in place of those before: checked, and with the secrets of their channels.

    Raises the 400 of a channel that is listed twice, or that has a field with a value that cannot be stored.
    """
    channels: list[Channel] = []
    for number, channel in enumerate(wanted.channels):
        if any(channel.identity == other.identity for other in channels):
            raise field_problem(400, f"channels.{number}", "is listed twice; list each channel once")
        try:
            channels.append(channel.complete(before.find_channel(channel.identity)))
        except ChannelFieldError as error:
            raise field_problem(400, f"channels.{number}.{error.field}", str(error)) from None
    return wanted.model_copy(update={"channels": channels, "version": before.version + 1})


def load_preferences(connection: Connection, user_id: str) -> Preferences:
    """Return a user's preferences, or the default ones."""
    row = connection.fetch_first(_FIND, user_id=user_id)
    return Preferences.model_validate(row) if row else Preferences()


def lock_preferences(transaction: Transaction, user_id: str) -> Preferences:
    """Return a user's preferences, and make other transactions that lock them wait, even before the first write."""
    transaction.enqueue(_INSERT, rows=[_to_row(user_id, Preferences())])
    row = transaction.fetch_first(_FIND_LOCKED, user_id=user_id)
    return Preferences.model_validate(row)


def store_preferences(transaction: Transaction, user_id: str, preferences: Preferences) -> None:
    """Store a user's preferences after :func:`lock_preferences`."""
    transaction.enqueue(_STORE, rows=[_to_row(user_id, preferences)])


def _to_row(user_id: str, preferences: Preferences) -> dict[str, object]:
    quiet_hours = preferences.quiet_hours
    return {
        "user_id": user_id,
        "channels": [channel.model_dump(mode="json", by_alias=True) for channel in preferences.channels],
        "quiet_hours": quiet_hours.model_dump(mode="json", by_alias=True) if quiet_hours else None,
        "mode": preferences.mode,
        "muted": preferences.muted,
        "digest": preferences.digest,
        "version": preferences.version,
    }
