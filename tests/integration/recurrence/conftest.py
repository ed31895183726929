"""The reaction create-next-occurrence, and the function tasks that it reaches over real HTTP."""

from collections.abc import Iterator

import pytest

from tests.functions import FunctionUnderTest, Load
from tests.integration.recurrence.tasks_stand_in import TasksStandIn
from tests.services import listening


@pytest.fixture
def tasks(function: Load) -> FunctionUnderTest:
    """The function tasks."""
    return function("tasks")


@pytest.fixture
def service(tasks: FunctionUnderTest) -> Iterator[TasksStandIn]:
    """The service tasks, which listens on loopback."""
    service = TasksStandIn(tasks.client.application.wsgi_app)
    with listening("tasks", service) as service.url:
        yield service


@pytest.fixture
def reaction(function: Load, service: TasksStandIn) -> FunctionUnderTest:
    """The reaction, which reaches the service tasks."""
    return function("create-next-occurrence", SERVICES_URL=service.url)
