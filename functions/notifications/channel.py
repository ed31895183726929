"""The channels that a user may choose from, as they are kept and shown."""

import re
from typing import Annotated, Final, Literal

from pydantic import ConfigDict, Field, StringConstraints
from pydantic.alias_generators import to_camel

from events.data import Value
from functions.notifications.signing_secret import MASK

_APPRISE: Final = re.compile(r"[a-z][a-z0-9]{0,31}://[!-~]+")
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


class AppriseChannel(Value):
    """A service by its Apprise URL, which holds its tokens: it is shown as ``tgram://…``, and sent back so it stays."""

    model_config = _STRICT

    type: Literal["apprise"] = "apprise"
    name: Annotated[str, StringConstraints(min_length=1, max_length=50, pattern=r"^[^\x00]*$")]
    url: Annotated[str, StringConstraints(max_length=2000)]


AnyChannel = InAppChannel | WebhookChannel | BindingChannel | AppriseChannel

Channel = Annotated[AnyChannel, Field(discriminator="type")]


def name_of(channel: AnyChannel) -> str:
    """Return what tells a user's channels apart."""
    match channel:
        case WebhookChannel():
            return f"{channel.type} {channel.url}"
        case BindingChannel() | AppriseChannel():
            return f"{channel.type} {channel.name}"
    return channel.type


def masked(channel: AnyChannel) -> AnyChannel:
    """Return a channel without what only its receiver should know."""
    match channel:
        case WebhookChannel():
            return channel.model_copy(update={"secret": MASK})
        case AppriseChannel():
            return channel.model_copy(update={"url": f"{channel.url.partition('://')[0]}://…"})
    return channel


def check_apprise_url(url: str) -> None:
    """Raise the ValueError of what is no Apprise URL, as far as its text tells."""
    if not _APPRISE.fullmatch(url):
        raise ValueError("must be an Apprise URL, like tgram://token/chat")
