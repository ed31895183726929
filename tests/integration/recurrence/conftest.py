"""The function tasks, over real HTTP, and the reaction that asks it."""

from collections.abc import Iterator

import pytest

from tests.functions import FunctionUnderTest, Load
from tests.integration.recurrence.stand_in import Tasks
from tests.services import listening


@pytest.fixture
def tasks(function: Load) -> FunctionUnderTest:
    """The function tasks."""
    return function("tasks")


@pytest.fixture
def service(tasks: FunctionUnderTest) -> Iterator[Tasks]:
    """The service tasks, listening on loopback."""
    service = Tasks(tasks.client.application.wsgi_app)
    with listening("tasks", service) as service.url:
        yield service


@pytest.fixture
def reaction(function: Load, service: Tasks) -> FunctionUnderTest:
    """The reaction, which finds tasks there."""
    return function("create-next-occurrence", SERVICES_URL=service.url)
