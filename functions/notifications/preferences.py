"""Where a user wants to be told, and when not: the channels, in their order, and quiet hours."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field
from sqlalchemy import Connection, select, update
from sqlalchemy.dialects.postgresql import insert

from events.data import Value
from functions.chassis.http.problem import field_problem
from functions.notifications.channel import (
    AnyChannel,
    AppriseChannel,
    Channel,
    InAppChannel,
    WebhookChannel,
    check_apprise_url,
    masked,
    name_of,
)
from functions.notifications.quiet_hours import QuietHours, end_of_quiet
from functions.notifications.signing_secret import MASK, check_secret, new_secret
from functions.notifications.tables import preferences
from functions.notifications.web_address import check_web_address

Kind = Literal["reminder", "message"]

Muted = Annotated[list[Kind], Field(max_length=2, description="the kinds that are not to be told at all")]

Mode = Annotated[
    Literal["all", "first"], Field(description="through all the channels, or in their order until one of them works")
]


Digest = Annotated[bool, Field(description="what the quiet hours deferred comes as one, but for the app's own list")]


class Preferences(Value):
    """What a user prefers; in the app, and at any time, where they never said."""

    channels: Annotated[list[Channel], Field(max_length=5)] = Field(
        default_factory=lambda: list[Channel]([InAppChannel()])
    )
    mode: Mode = "all"
    muted: Muted = Field(default_factory=list)
    quiet_hours: QuietHours | None = None
    digest: Digest = False
    version: int = 0

    def masked(self, *, shown: frozenset[str] = frozenset()) -> "Preferences":
        """Return them without what only the receiver should know, but for the webhooks at the URLs ``shown``."""
        channels: list[Channel] = [
            channel if isinstance(channel, WebhookChannel) and channel.url in shown else masked(channel)
            for channel in self.channels
        ]
        return self.model_copy(update={"channels": channels})

    def silence(self, kind: str) -> str | None:
        """Return why nothing of a kind is told at all; None where it is, through whichever channel."""
        if kind in self.muted:
            return muted(kind)
        return None if self.channels else "the preferences name no channel"

    def quiet_until(self, moment: datetime) -> datetime | None:
        """Return the end of the quiet hours that a moment lies in; None where it lies in none."""
        return end_of_quiet(self.quiet_hours, moment) if self.quiet_hours else None

    def named(self, name: str) -> AnyChannel | None:
        """Return the channel of a name; None where the user has none of it."""
        return next((channel for channel in self.channels if name_of(channel) == name), None)


def muted(kind: str) -> str:
    """Return the reason why something of a kind that its user has opted out of is not told."""
    return f"{kind}s are muted in the preferences"


def of_user(connection: Connection, user: str) -> Preferences:
    """Return what a user prefers."""
    row = connection.execute(select(preferences).where(preferences.c.user_id == user)).mappings().first()
    return Preferences.model_validate(dict(row)) if row else Preferences()


def to_replace(connection: Connection, user: str) -> Preferences:
    """Return what a user prefers, and let others who want to replace it wait, the first time too."""
    statement = insert(preferences).values({"user_id": user, **_row(Preferences())})
    connection.execute(statement.on_conflict_do_nothing())
    connection.execute(select(preferences.c.user_id).where(preferences.c.user_id == user).with_for_update())
    return of_user(connection, user)


def replaced(before: Preferences, wanted: Preferences) -> Preferences:
    """Return other preferences in place of those before: a webhook keeps its secret, or is given one.

    Raises the 400 of a channel that is there twice, and of an address or a secret that cannot be.
    """
    kept: list[Channel] = []
    for number, channel in enumerate(wanted.channels):
        if any(name_of(channel) == name_of(other) for other in kept):
            raise field_problem(400, f"channels.{number}", "is there twice")
        if isinstance(channel, WebhookChannel):
            _check(f"channels.{number}.url", channel.url, check_web_address)
            secret = _secret(f"channels.{number}.secret", channel, before.named(name_of(channel)))
            channel = channel.model_copy(update={"secret": secret})  # noqa: PLW2901 - the same, complete
        if isinstance(channel, AppriseChannel):
            channel = _apprise(f"channels.{number}.url", channel, before.named(name_of(channel)))  # noqa: PLW2901
        kept.append(channel)
    return wanted.model_copy(update={"channels": kept, "version": before.version + 1})


def save(connection: Connection, user: str, wanted: Preferences) -> None:
    """Store what a user prefers from now on, after :func:`to_replace`."""
    connection.execute(update(preferences).where(preferences.c.user_id == user).values(_row(wanted)))


def _secret(field: str, wanted: WebhookChannel, known: AnyChannel | None) -> str:
    """Return the secret that a webhook has from now on; ``known`` is what it was before."""
    before = known.secret if isinstance(known, WebhookChannel) else None
    if wanted.secret is None:
        return before or new_secret()
    if wanted.secret == MASK:
        if before is None:
            raise field_problem(
                400, field, "stands for a secret that this channel has not; leave it out to be given one"
            )
        return before
    _check(field, wanted.secret, check_secret)
    return wanted.secret


def _apprise(field: str, wanted: AppriseChannel, known: AnyChannel | None) -> AnyChannel:
    """Return the channel there is from now on; ``known`` is what it was before."""
    if known is not None and masked(known) == wanted:
        return known
    _check(field, wanted.url, check_apprise_url)
    return wanted


def _check(field: str, text: str, check: Callable[[str], None]) -> None:
    try:
        check(text)
    except ValueError as error:
        raise field_problem(400, field, str(error)) from None


def _row(wanted: Preferences) -> dict[str, object]:
    return {
        "channels": [channel.model_dump(mode="json", by_alias=True) for channel in wanted.channels],
        "quiet_hours": wanted.quiet_hours.model_dump(mode="json", by_alias=True) if wanted.quiet_hours else None,
        "mode": wanted.mode,
        "muted": wanted.muted,
        "digest": wanted.digest,
        "version": wanted.version,
    }
