"""The channels that a user may choose from, as they are kept and shown."""

from typing import Annotated, Final, Literal

from pydantic import ConfigDict, Field, StringConstraints
from pydantic.alias_generators import to_camel

from events.data import Value

# What is kept was checked when it came in (see preferences.replaced): a stricter check must not make it unreadable.
_STRICT: Final = ConfigDict(extra="forbid", frozen=True, alias_generator=to_camel, populate_by_name=True)


class InAppChannel(Value):
    """The list of notifications that the front end shows."""

    model_config = _STRICT

    type: Literal["inApp"] = "inApp"


class WebhookChannel(Value):
    """An address that is posted to, signed per Standard Webhooks.

    ``secret`` is ``whsec_`` and base64 of 24 to 64 bytes. Where it is left out the channel keeps the one it has, or is
    given one, and only the answer to that shows it; ``whsec_…`` stands for it everywhere else, and sent back it means
    that the secret stays as it is.
    """

    model_config = _STRICT

    type: Literal["webhook"] = "webhook"
    url: Annotated[str, StringConstraints(max_length=2000, pattern=r"^[!-~]+$")]
    secret: str | None = None


class BindingChannel(Value):
    """An output binding of Dapr's, one of those that the operator lists. It is handed the notification as JSON."""

    model_config = _STRICT

    type: Literal["binding"] = "binding"
    name: Annotated[str, StringConstraints(max_length=63, pattern=r"^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$")]


AnyChannel = InAppChannel | WebhookChannel | BindingChannel

Channel = Annotated[AnyChannel, Field(discriminator="type")]


def name_of(channel: AnyChannel) -> str:
    """Return what tells a user's channels apart."""
    match channel:
        case WebhookChannel():
            return f"{channel.type} {channel.url}"
        case BindingChannel():
            return f"{channel.type} {channel.name}"
    return channel.type
