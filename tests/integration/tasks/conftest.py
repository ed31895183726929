"""The function tasks, alone or together with the service notifications."""

from collections.abc import Iterator

import pytest

from tests.functions import FunctionUnderTest, Load
from tests.integration.tasks.notifications_stand_in import NotificationsStandIn
from tests.services import listening


@pytest.fixture
def tasks(function: Load) -> FunctionUnderTest:
    """The function tasks, which reaches no other service."""
    return function("tasks")


@pytest.fixture
def notifications(function: Load) -> Iterator[NotificationsStandIn]:
    """The service notifications, which listens on loopback."""
    service = NotificationsStandIn(function("notifications"))
    with listening("notifications", service) as service.url:
        yield service
    service.released.set()


@pytest.fixture
def previews(function: Load, notifications: NotificationsStandIn) -> FunctionUnderTest:
    """The function tasks, which reaches the service notifications."""
    return function("tasks", SERVICES_URL=notifications.url)
