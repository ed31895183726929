"""The base class of every channel, and the result of sending a notification through one."""

from abc import abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar, Final, Self

from pydantic import ConfigDict

from events.data import Value
from events.notification import Notification

_PAYLOAD_FIELDS: Final = {"id", "kind", "title", "body", "task_id", "reminder_id", "remind_at"}


@dataclass(frozen=True, slots=True)
class SendResult:
    """Whether a channel confirmed the notification, and if not, why.

    ``reason`` is shown to the user and is part of events: it contains neither the address, nor a secret, nor the
    message. ``is_temporary`` means that another attempt may succeed. ``retry_after`` is the delay that the receiver
    asked for.
    """

    delivered: bool
    reason: str | None = None
    is_temporary: bool = False
    retry_after: timedelta | None = None

    @classmethod
    def final_failure(cls, reason: str) -> "SendResult":
        """Return the result of an attempt that no other attempt can improve."""
        return cls(delivered=False, reason=reason)

    @classmethod
    def temporary_failure(cls, reason: str, *, retry_after: timedelta | None = None) -> "SendResult":
        """Return the result of an attempt after which another one may succeed."""
        return cls(delivered=False, reason=reason, is_temporary=True, retry_after=retry_after)


class ChannelFieldError(ValueError):
    """A field of a channel has a value that cannot be stored; the message explains it without repeating the value."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class Channel(Value):
    """A way to reach a user, as the user's preferences store it.

    A subclass declares ``type`` with a default, the fields that a user fills in, and :meth:`send`. The name in ``type``
    is the one in JSON, in metrics and in the database. Everything else has a default here. A complete channel::

        class PagerChannel(Channel):
            type: Literal["pager"] = "pager"
            number: str

            def send(self, notification, *, now, settings):
                return SendResult(delivered=page(self.number, notification.title))
    """

    model_config = ConfigDict(extra="forbid")

    type: str

    is_delivered_by_storing: ClassVar[bool] = False
    """True if storing the notification delivers it. The transaction that requests a notification then delivers it, and
    :meth:`send` is called only after quiet hours or as a fallback. Such a channel needs no digest, and works when a
    user has removed it from the preferences in the meantime."""

    @property
    def identity(self) -> str:
        """The text that distinguishes the channels of one user. Ids of notifications derive from it."""
        return self.type

    @property
    def host(self) -> str | None:
        """The host or service that attempts depend on; None if there is none. Each host has a circuit breaker.

        Like :meth:`send`, it raises no error for any channel that can be stored.
        """
        return None

    @classmethod
    def check_settings(cls, settings: Mapping[str, str]) -> None:
        """Raise SettingsError if an environment variable of this channel has a value that cannot be used."""

    def complete(self, previous: Self | None) -> Self:
        """Return the channel to store when a user replaces the preferences.

        ``previous`` is the stored channel with the same identity. A channel may take values from it that the user did
        not send. Raises ChannelFieldError. Do not check in the model instead: preferences that were stored before a
        check existed must stay readable.
        """
        del previous
        return self

    def mask_secrets(self) -> Self:
        """Return the channel without the values that only its receiver should know."""
        return self

    def reveal_new_secret(self, requested: Self) -> Self:
        """Return the stored channel for the response to the request that stored it.

        ``requested`` is the channel in that request. The response is the only one that shows a secret created for it.
        """
        del requested
        return self.mask_secrets()

    def to_address(self) -> dict[str, Any]:
        """Return the JSON object that is stored with each notification, without secrets."""
        return self.mask_secrets().model_dump(mode="json", by_alias=True)

    @abstractmethod
    def send(self, notification: Notification, *, now: datetime, settings: Mapping[str, str]) -> SendResult:
        """Send a notification and return the result, within about ten seconds and without raising.

        ``settings`` are the function's environment variables. A notification may be sent twice, if the instance stops
        before it commits: the receiver recognizes a repeat by the notification's id.
        """


def describe_notification(notification: Notification) -> dict[str, object]:
    """Return the JSON object that receivers get, as Standard Webhooks defines it.

    It is the same at every attempt. ``timestamp`` is the time at which the notification was requested.
    """
    data = notification.model_dump(mode="json", by_alias=True, include=_PAYLOAD_FIELDS, exclude_none=True)
    return {
        "type": f"notification.{notification.kind}",
        "timestamp": notification.created_at.isoformat(),
        "data": data,
    }


def check_field(field: str, value: str, check: Callable[[str], None]) -> None:
    """Call ``check`` with a field's value, and raise its ValueError as a ChannelFieldError of that field."""
    try:
        check(value)
    except ValueError as error:
        raise ChannelFieldError(field, str(error)) from None


def read_list(settings: Mapping[str, str], variable: str) -> frozenset[str]:
    """Return the entries of an environment variable that holds a list separated by commas."""
    return frozenset(filter(None, (part.strip() for part in settings.get(variable, "").split(","))))
