"""Fixtures for the tests of the audit log."""

import pytest

from tests.functions import Load
from tests.integration.audit.log_under_test import LogUnderTest


@pytest.fixture
def log(function: Load) -> LogUnderTest:
    """An empty log."""
    return LogUnderTest(function("append-audit"), function("audit"))
