"""A stand-in for a Dapr sidecar, and its ports in the environment, as Dapr's injector puts them there."""

from collections.abc import Iterator

import pytest

from tests.daprd import Daprd
from tests.functions import ManualClock


@pytest.fixture
def daprd(clock: ManualClock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Daprd]:
    """Start one with the test's clock."""
    started = Daprd(clock)
    monkeypatch.setenv("DAPR_HTTP_PORT", str(started.http_port))
    monkeypatch.setenv("DAPR_GRPC_PORT", str(started.grpc_port))
    yield started
    started.close()
