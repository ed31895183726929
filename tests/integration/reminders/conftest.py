"""Fixtures for the tests of reminders."""

import pytest

from tests.functions import FunctionUnderTest, Load


@pytest.fixture
def api(function: Load) -> FunctionUnderTest:
    """The HTTP function `reminders`."""
    return function("reminders")
