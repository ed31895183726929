"""The function under test."""

import pytest

from tests.functions import FunctionUnderTest, Load


@pytest.fixture
def tasks(function: Load) -> FunctionUnderTest:
    """The function tasks."""
    return function("tasks")
