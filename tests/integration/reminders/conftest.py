"""Fixtures of the reminders' tests."""

import pytest

from tests.functions import FunctionUnderTest, Load


@pytest.fixture
def api(function: Load) -> FunctionUnderTest:
    """The HTTP function reminders."""
    return function("reminders")
