"""Fixtures that every kind of test may use."""

import pytest
from hypothesis import settings

# How long an example takes is the machine's affair: no test judges it.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")

pytest.register_assert_rewrite("tests.cluster.installation", "tests.e2e.client", "tests.e2e.story", "tests.e2e.system")

pytest_plugins = ["tests.cluster.fixtures", "tests.database", "tests.functions", "tests.daprd"]
