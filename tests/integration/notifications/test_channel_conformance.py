"""Tests that every channel has to pass."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

import pytest

from functions.chassis.runtime.dapr_sidecar import DaprUnavailableError
from functions.notifications.channels import find_channel_types
from functions.notifications.channels.apprise_url import AppriseChannel
from functions.notifications.channels.channel import Channel, SendResult
from functions.notifications.channels.dapr_binding import BindingChannel
from functions.notifications.channels.webhook import WebhookChannel
from tests.integration.notifications.notification_functions import StartReceiver
from tests.integration.notifications.webhook_receiver import WebhookReceiver
from tests.samples import a_notification

SECRET = "whsec_" + "A" * 32
TYPES = {channel_type.model_fields["type"].default for channel_type in find_channel_types()}
DEVELOPMENT = {"NODE_ENV": "development"}

Send = Callable[[], SendResult]


@dataclass
class ChannelCase:
    """Sends a notification through a channel that works, one with a receiver that is down, and a forbidden one.

    A channel without a receiver has the first one only. ``received`` returns the texts that arrived.
    """

    working: Send
    down: Send | None = None
    forbidden: Send | None = None
    received: Callable[[], list[str]] = list


def through(channel: Channel, **settings: str) -> Send:
    """Return a function that sends a notification through a channel."""
    return lambda: channel.send(a_notification(), now=datetime.now(UTC), settings=settings)


def webhook(start_receiver: StartReceiver) -> ChannelCase:
    """Return webhooks to a receiver, to one that is closed, and to one that is out of reach."""
    receiver, closed = start_receiver(), start_receiver()
    closed.close()

    def channel(receiver: WebhookReceiver) -> WebhookChannel:
        receiver.secret = SECRET
        return WebhookChannel(url=receiver.url, secret=SECRET)

    return ChannelCase(
        through(channel(receiver), **DEVELOPMENT),
        through(channel(closed), **DEVELOPMENT),
        through(channel(receiver)),
        lambda: [body.decode() for body in receiver.bodies],
    )


def binding(_: StartReceiver) -> ChannelCase:
    """Return a binding that Dapr invokes, one that fails, and one that is not listed."""
    received: list[str] = []

    def fail(*_: object) -> None:
        raise DaprUnavailableError("INTERNAL (error when invoking secret-queue)")

    def accept(_: str, data: bytes) -> None:
        received.append(data.decode())

    listed = {"NOTIFICATION_BINDINGS": "secret-queue"}
    send = partial(BindingChannel(name="secret-queue").send, a_notification(), now=datetime.now(UTC), settings=listed)
    statestore = BindingChannel(name="statestore")
    return ChannelCase(
        partial(send, invoke=accept),
        partial(send, invoke=fail),
        lambda: statestore.send(a_notification(), now=datetime.now(UTC), settings=listed, invoke=accept),
        lambda: received,
    )


def apprise(start_receiver: StartReceiver) -> ChannelCase:
    """Return a service that accepts, one that is closed, and one that is not allowed."""
    receiver, closed = start_receiver(), start_receiver()
    closed.close()
    receiver.accept_unsigned()
    working = AppriseChannel(name="mine", url=f"json://127.0.0.1:{receiver.port}/secret")
    down = AppriseChannel(name="mine", url=f"json://127.0.0.1:{closed.port}/secret")
    return ChannelCase(
        through(working, APPRISE_SCHEMES="json"),
        through(down, APPRISE_SCHEMES="json"),
        through(working),
        lambda: [body.decode() for body in receiver.bodies],
    )


def without_fields(channel_type: type[Channel]) -> Callable[[StartReceiver], ChannelCase]:
    """Return the case of a channel without fields for a user to fill in."""
    return lambda _: ChannelCase(through(channel_type.model_validate({})))


CASES: dict[str, Callable[[StartReceiver], ChannelCase]] = {
    "webhook": webhook,
    "binding": binding,
    "apprise": apprise,
    **{
        channel_type.model_fields["type"].default: without_fields(channel_type)
        for channel_type in find_channel_types()
        if set(channel_type.model_fields) == {"type"}
    },
}

every_channel = pytest.mark.parametrize("kind", sorted(CASES))


def test_every_channel_has_a_case() -> None:
    """A new channel has to pass these tests too. One with fields needs a case above."""
    assert set(CASES) == TYPES


@every_channel
def test_a_working_channel_delivers_once(start_receiver: StartReceiver, kind: str) -> None:
    """The result is confirmed, and has no reason."""
    case = CASES[kind](start_receiver)
    result = case.working()
    assert (result.delivered, result.reason) == (True, None)
    assert len(case.received()) <= 1


@every_channel
def test_a_receiver_that_is_down_is_a_temporary_failure(start_receiver: StartReceiver, kind: str) -> None:
    """No error is raised. The reason contains neither the address nor the message."""
    down = CASES[kind](start_receiver).down
    if down is None:
        return
    result = down()
    assert (result.delivered, result.is_temporary) == (False, True)
    for secret in ("127.0.0.1", "secret", "whsec_", "Water", "alice"):
        assert secret not in str(result.reason)
    assert result.reason


@every_channel
def test_a_forbidden_channel_is_a_final_failure(start_receiver: StartReceiver, kind: str) -> None:
    """The receiver gets no request if the operator does not allow it."""
    case = CASES[kind](start_receiver)
    if case.forbidden is None:
        return
    result = case.forbidden()
    assert (result.delivered, result.is_temporary, case.received()) == (False, False, [])
    assert result.reason


@every_channel
def test_a_repeat_looks_the_same_to_the_receiver(start_receiver: StartReceiver, kind: str) -> None:
    """A notification that is sent twice has the same text and the same id both times."""
    case = CASES[kind](start_receiver)
    for _ in range(2):
        case.working()
    assert len(set(case.received())) <= 1
    if kind != "apprise":  # it sends only a title and a body
        assert all(str(a_notification().id) in text for text in case.received())
