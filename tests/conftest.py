"""Fixtures that every kind of test may use."""

import pytest

pytest.register_assert_rewrite("tests.cluster.installation", "tests.e2e.client", "tests.e2e.story", "tests.e2e.system")

pytest_plugins = ["tests.cluster.fixtures", "tests.database", "tests.functions", "tests.daprd"]
