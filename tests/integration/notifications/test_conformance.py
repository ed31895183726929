"""What holds for every channel, whatever is behind it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import get_args

import pytest

from functions.chassis.runtime.dapr_sidecar import DaprUnavailableError
from functions.notifications.channel import AnyChannel
from functions.notifications.channels import ChannelSender
from functions.notifications.channels.apprise_url import AppriseUrl
from functions.notifications.channels.binding import Binding
from functions.notifications.channels.inapp import InApp
from functions.notifications.channels.reach import ANYWHERE, Reach
from functions.notifications.channels.webhook import Webhook
from tests.integration.notifications.channels import Listen
from tests.integration.notifications.receiver import Receiver
from tests.samples import a_notification

SECRET = "whsec_" + "A" * 32
NAMED = {kind.model_fields["type"].default for kind in get_args(AnyChannel)}


@dataclass
class Case:
    """A channel that works, and where it can fail one whose receiver is down, and one that may not be used."""

    well: ChannelSender
    down: ChannelSender | None = None
    refused: ChannelSender | None = None
    received: Callable[[], list[str]] = list


def _webhook(receiver: Receiver, reach: Reach = ANYWHERE) -> Webhook:
    receiver.secret = SECRET
    return Webhook(receiver.url, SECRET, reach=reach)


def webhook(listen: Listen) -> Case:
    """One that posts to a receiver, to one that is gone, and to one out of reach."""
    receiver, gone = listen(), listen()
    gone.close()
    return Case(
        _webhook(receiver),
        _webhook(gone),
        _webhook(receiver, Reach()),
        lambda: [body.decode() for body in receiver.bodies],
    )


def binding(_: Listen) -> Case:
    """One that Dapr takes, one that it does not, and one that is not listed."""
    taken: list[str] = []

    def fail(*_: object) -> None:
        raise DaprUnavailableError("INTERNAL (error when invoking secret-queue)")

    def take(_: str, data: bytes) -> None:
        taken.append(data.decode())

    listed = frozenset({"secret-queue"})
    return Case(
        Binding("secret-queue", listed=listed, invoke=take),
        Binding("secret-queue", listed=listed, invoke=fail),
        Binding("statestore", listed=listed, invoke=take),
        lambda: taken,
    )


def apprise(listen: Listen) -> Case:
    """One that its service takes, one whose service is gone, and one of a service that is not allowed."""
    receiver, gone = listen(), listen()
    gone.close()
    receiver.take_unsigned()
    json = frozenset({"json"})
    return Case(
        AppriseUrl(f"json://127.0.0.1:{receiver.port}/secret", schemes=json),
        AppriseUrl(f"json://127.0.0.1:{gone.port}/secret", schemes=json),
        AppriseUrl(f"json://127.0.0.1:{receiver.port}/secret"),
        lambda: [body.decode() for body in receiver.bodies],
    )


CASES: dict[str, Callable[[Listen], Case]] = {
    "inApp": lambda _: Case(InApp()),
    "webhook": webhook,
    "binding": binding,
    "apprise": apprise,
}

every_channel = pytest.mark.parametrize("kind", sorted(CASES))


def test_every_channel_is_here() -> None:
    """A new channel is held to the same."""
    assert set(CASES) == NAMED


@every_channel
def test_what_works_is_delivered(listen: Listen, kind: str) -> None:
    """Confirmed, without a reason, and once."""
    case = CASES[kind](listen)
    outcome = case.well.send(a_notification(), now=datetime.now(UTC))
    assert (outcome.delivered, outcome.reason) == (True, None)
    assert len(case.received()) <= 1


@every_channel
def test_a_receiver_that_is_down_may_recover(listen: Listen, kind: str) -> None:
    """Nothing is raised; the reason is one for people, and holds nothing of the address or the message."""
    down = CASES[kind](listen).down
    if down is None:
        return
    outcome = down.send(a_notification(), now=datetime.now(UTC))
    assert (outcome.delivered, outcome.may_pass) == (False, True)
    for held in ("127.0.0.1", "secret", "whsec_", "Water", "alice"):
        assert held not in str(outcome.reason)
    assert outcome.reason


@every_channel
def test_what_the_operator_does_not_allow_is_refused_for_good(listen: Listen, kind: str) -> None:
    """Nothing leaves, and no other try is asked for."""
    case = CASES[kind](listen)
    if case.refused is None:
        return
    outcome = case.refused.send(a_notification(), now=datetime.now(UTC))
    assert (outcome.delivered, outcome.may_pass, case.received()) == (False, False, [])
    assert outcome.reason


@every_channel
def test_a_repeat_is_the_same_to_a_receiver(listen: Listen, kind: str) -> None:
    """Sent twice, as after a death before the commit, it is the same text with the same id."""
    case = CASES[kind](listen)
    for _ in range(2):
        case.well.send(a_notification(), now=datetime.now(UTC))
    assert len(set(case.received())) <= 1
    if kind != "apprise":  # which hands over a title and a body, and no more
        assert all(str(a_notification().id) in text for text in case.received())
