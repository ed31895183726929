"""Where a user wants to be told: the channels, in their order."""

import secrets
from base64 import b64encode
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, ConfigDict, Field, StringConstraints
from pydantic.alias_generators import to_camel
from sqlalchemy import Connection, select
from sqlalchemy.dialects.postgresql import insert

from events.data import Value
from functions.chassis.problem import Problem
from functions.notifications.tables import preferences

SECRET_BYTES = 32
MASKED = "whsec_…"


def _web_address(url: str) -> str:
    parts = urlsplit(url)  # its port raises what is wrong with it
    if (
        parts.port == 0
        or parts.scheme not in {"http", "https"}
        or not parts.hostname
        or parts.username
        or parts.password
    ):
        raise ValueError("must be an http or https address without a user name in it")
    return url


class InAppChannel(Value):
    """The list of notifications that the front end shows."""

    model_config = ConfigDict(extra="forbid", frozen=True, alias_generator=to_camel, populate_by_name=True)

    type: Literal["inApp"] = "inApp"


class WebhookChannel(Value):
    """An address that is posted to, signed per Standard Webhooks with a secret that is shown once, when it is made."""

    model_config = ConfigDict(extra="forbid", frozen=True, alias_generator=to_camel, populate_by_name=True)

    type: Literal["webhook"] = "webhook"
    url: Annotated[str, StringConstraints(max_length=2000, pattern=r"^[!-~]+$"), AfterValidator(_web_address)]
    secret: Annotated[str | None, StringConstraints(max_length=200, pattern=r"^whsec_[A-Za-z0-9+/=…]+$")] = None


Channel = Annotated[InAppChannel | WebhookChannel, Field(discriminator="type")]


class Preferences(Value):
    """A user's channels; in the app where they never said."""

    channels: Annotated[list[Channel], Field(max_length=5)] = Field(
        default_factory=lambda: list[Channel]([InAppChannel()])
    )
    version: int = 0

    def masked(self) -> "Preferences":
        """Return them without what only the receiver should know."""
        shown: list[Channel] = [
            channel.model_copy(update={"secret": MASKED}) if isinstance(channel, WebhookChannel) else channel
            for channel in self.channels
        ]
        return self.model_copy(update={"channels": shown})


def of_user(connection: Connection, user: str, *, lock: bool = False) -> Preferences:
    """Return what a user prefers."""
    wanted = select(preferences).where(preferences.c.user_id == user)
    row = connection.execute(wanted.with_for_update() if lock else wanted).mappings().first()
    return Preferences.model_validate(dict(row)) if row else Preferences()


def replaced(before: Preferences, channels: list[Any]) -> Preferences:
    """Return preferences with other channels: a webhook keeps its secret, or is given one.

    Raises the 400 of two channels of the same kind and address.
    """
    known = {channel.url: channel.secret for channel in before.channels if isinstance(channel, WebhookChannel)}
    kept: list[Channel] = []
    for number, channel in enumerate(channels):
        if isinstance(channel, WebhookChannel) and channel.secret in {None, MASKED}:
            made = f"whsec_{b64encode(secrets.token_bytes(SECRET_BYTES)).decode()}"
            channel = channel.model_copy(update={"secret": known.get(channel.url) or made})  # noqa: PLW2901
        if any(name_of(channel) == name_of(other) for other in kept):
            raise Problem(400, f"channels.{number}: is there twice")
        kept.append(channel)
    return Preferences(channels=kept, version=before.version + 1)


def name_of(channel: InAppChannel | WebhookChannel) -> str:
    """Return what tells a user's channels apart."""
    return channel.type if isinstance(channel, InAppChannel) else f"{channel.type} {channel.url}"


def save(connection: Connection, user: str, wanted: Preferences) -> None:
    """Store what a user prefers."""
    channels = [channel.model_dump(mode="json", by_alias=True) for channel in wanted.channels]
    row = {"user_id": user, "channels": channels, "version": wanted.version}
    statement = insert(preferences).values(row)
    changed = {name: statement.excluded[name] for name in ("channels", "version")}
    connection.execute(statement.on_conflict_do_update(index_elements=["user_id"], set_=changed))
