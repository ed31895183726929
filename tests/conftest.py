"""Fixtures that every kind of test may use."""

import pytest

pytest.register_assert_rewrite("tests.e2e.client", "tests.e2e.story", "tests.e2e.system")

pytest_plugins = ["tests.database", "tests.functions"]
