"""Receivers, and the domain's functions."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from tests.functions import FunctionUnderTest, Load, ManualClock
from tests.integration.notifications.channels import Channels, Listen
from tests.integration.notifications.receiver import Receiver


@pytest.fixture
def listen(clock: ManualClock) -> Iterator[Listen]:
    """Start receivers that answer as told; the clock shows the real time, as signatures are of their time."""
    clock.now = datetime.now(UTC)
    started: list[Receiver] = []

    def start(*answers: int, **headers: str) -> Receiver:
        started.append(Receiver(answers, headers={name.replace("_", "-"): value for name, value in headers.items()}))
        return started[-1]

    yield start
    for receiver in started:
        receiver.close()


@pytest.fixture
def channels(function: Load) -> Channels:
    """Load notify-user, send-notification and the HTTP function."""
    return Channels(function)


@pytest.fixture
def api(function: Load) -> FunctionUnderTest:
    """Load the HTTP function."""
    return function("notifications")
