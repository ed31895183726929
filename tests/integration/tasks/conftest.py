"""The function under test, and the one that it asks."""

from collections.abc import Iterator

import pytest

from tests.functions import FunctionUnderTest, Load
from tests.integration.tasks.stand_in import Notifications
from tests.services import listening


@pytest.fixture
def tasks(function: Load) -> FunctionUnderTest:
    """The function tasks, which reaches nobody."""
    return function("tasks")


@pytest.fixture
def notifications(function: Load) -> Iterator[Notifications]:
    """The service notifications, listening on loopback."""
    service = Notifications(function("notifications"))
    with listening("notifications", service) as service.url:
        yield service
    service.released.set()


@pytest.fixture
def previews(function: Load, notifications: Notifications) -> FunctionUnderTest:
    """The function tasks, which finds notifications there."""
    return function("tasks", SERVICES_URL=notifications.url)
