"""One installation for all tests that leave it as they found it; a namespace of its own for each that does not."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from uuid import uuid4

import pytest

from tests.cluster import cluster
from tests.cluster.cluster import Settings
from tests.cluster.gateway import gateway
from tests.cluster.installation import Installation

Install = Callable[..., Installation]
"""Takes further arguments for helm, returns an installation in a new namespace."""


@pytest.fixture(scope="session")
def cluster_settings() -> Settings:
    """How to use the cluster; where there is none, the reason."""
    found = cluster.settings()
    if isinstance(found, str):
        pytest.skip(found)
    return found


@pytest.fixture(scope="session")
def gateway_url(cluster_settings: Settings) -> Iterator[str]:
    """The URL of Knative's gateway."""
    with gateway(cluster_settings) as url:
        yield url


@pytest.fixture
def install(cluster_settings: Settings, gateway_url: str) -> Iterator[Install]:
    """Installs, and takes everything away when the test ends."""
    with ExitStack() as stack:
        yield lambda *arguments: _install(stack, cluster_settings, gateway_url, arguments)


@pytest.fixture(scope="session")
def installed_saying(cluster_settings: Settings, gateway_url: str) -> Iterator[tuple[Installation, str]]:
    """The system as a reader of knative/README.md installs it, and what that printed."""
    with ExitStack() as stack:
        made = _new(stack, cluster_settings, gateway_url)
        yield made, made.install_as_documented()


@pytest.fixture(scope="session")
def installed(installed_saying: tuple[Installation, str]) -> Installation:
    """The system on a development cluster, for every test that leaves it as it found it."""
    return installed_saying[0]


def _install(stack: ExitStack, settings: Settings, gateway_url: str, arguments: tuple[str, ...]) -> Installation:
    made = _new(stack, settings, gateway_url)
    made.install(*arguments)
    return made


def _new(stack: ExitStack, settings: Settings, gateway_url: str) -> Installation:
    """Return an installation that is yet to be made, and will be taken away."""
    made = Installation(f"todo-test-{uuid4().hex[:6]}", settings, gateway_url)
    stack.callback(made.remove)
    return made
