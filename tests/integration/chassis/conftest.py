"""A stand-in for a Dapr sidecar, one a run: the SDK reads its ports once."""

import os
from collections.abc import Iterator

import pytest

from tests.daprd import Daprd
from tests.functions import ManualClock


@pytest.fixture(scope="session")
def only_daprd() -> Iterator[Daprd]:
    """Start it before the SDK is imported, with its ports in the environment."""
    started = Daprd(ManualClock())
    ports = {"DAPR_HTTP_PORT": str(started.http_port), "DAPR_GRPC_PORT": str(started.grpc_port)}
    os.environ.update(ports)
    yield started
    for name in ports:
        del os.environ[name]
    started.close()


@pytest.fixture
def daprd(only_daprd: Daprd, clock: ManualClock) -> Daprd:
    """Hand it out as new, with the test's clock."""
    only_daprd.forget()
    only_daprd.clock = clock
    return only_daprd
