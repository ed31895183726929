"""One running system for all end-to-end tests that do not disturb each other."""

from collections.abc import Iterator

import pytest

from tests.e2e.system import System, run_system


@pytest.fixture(scope="session")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """The system as a user starts it. Each test has its own users."""
    with run_system(tmp_path_factory.mktemp("e2e") / "data folder") as system:
        yield system
