"""Fixtures: receivers of webhooks, and the functions of the domain."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from tests.functions import FunctionUnderTest, Load, ManualClock
from tests.integration.notifications.notification_functions import NotificationFunctions, StartReceiver
from tests.integration.notifications.webhook_receiver import WebhookReceiver


@pytest.fixture
def start_receiver(clock: ManualClock) -> Iterator[StartReceiver]:
    """Start receivers with given statuses. The clock shows the real time, because signatures contain it."""
    clock.now = datetime.now(UTC)
    started: list[WebhookReceiver] = []

    def start(*answers: int, **headers: str) -> WebhookReceiver:
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        started.append(WebhookReceiver(answers, headers=names))
        return started[-1]

    yield start
    for receiver in started:
        receiver.close()


@pytest.fixture
def notifications(function: Load) -> NotificationFunctions:
    """Load the functions of the domain."""
    return NotificationFunctions(function)


@pytest.fixture
def api(function: Load) -> FunctionUnderTest:
    """Load the HTTP function."""
    return function("notifications")
