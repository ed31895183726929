"""One system for all tests that leave it as they found it."""

from collections.abc import Iterator

import pytest

from tests.e2e.system import System, running


@pytest.fixture(scope="session")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """Run the system as it ships; each test uses users of its own."""
    with running(tmp_path_factory.mktemp("e2e") / "data folder") as started:
        yield started
