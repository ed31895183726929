"""Configures all tests: shared fixtures, Hypothesis, and the tests that must run in one process."""

from pathlib import Path

import pytest
from hypothesis import settings

# The duration of an example depends on the machine, so no test has a deadline.
settings.register_profile("no-deadline", deadline=None)
settings.load_profile("no-deadline")

pytest.register_assert_rewrite("tests.cluster.installation", "tests.e2e.client", "tests.e2e.story", "tests.e2e.system")

pytest_plugins = ["tests.cluster.fixtures", "tests.database", "tests.functions", "tests.daprd"]

END_TO_END = Path(__file__).parent / "e2e"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run tests in one process if they share a system (all of end to end) or a database (those of a module)."""
    for item in items:
        group = END_TO_END if END_TO_END in item.path.parents else item.path
        item.add_marker(pytest.mark.xdist_group(str(group)))
