"""Fixtures that every kind of test may use, and what of them runs side by side."""

from pathlib import Path

import pytest
from hypothesis import settings

# How long an example takes is the machine's affair: no test judges it.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")

pytest.register_assert_rewrite("tests.cluster.installation", "tests.e2e.client", "tests.e2e.story", "tests.e2e.system")

pytest_plugins = ["tests.cluster.fixtures", "tests.database", "tests.functions", "tests.daprd"]

END_TO_END = Path(__file__).parent / "e2e"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep together what shares a system, which is all end to end, or a database, which is a module."""
    for item in items:
        shared = END_TO_END if END_TO_END in item.path.parents else item.path
        item.add_marker(pytest.mark.xdist_group(str(shared)))
