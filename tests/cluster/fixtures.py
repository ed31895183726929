"""Fixtures: one shared installation for tests that leave it unchanged, and new installations for the others."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from uuid import uuid4

import pytest

from tests.cluster import cluster
from tests.cluster.cluster import Settings
from tests.cluster.gateway import gateway
from tests.cluster.installation import Installation

Install = Callable[..., Installation]
"""Takes more arguments for helm; returns an installation in a new namespace."""


@pytest.fixture(scope="session")
def cluster_settings() -> Settings:
    """The tests' settings; skips the test without a cluster."""
    found = cluster.read_settings()
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
    """A function that installs the chart; the installations are deleted when the test ends."""
    with ExitStack() as stack:
        yield lambda *arguments: _install(stack, cluster_settings, gateway_url, arguments)


@pytest.fixture(scope="session")
def installed_with_output(cluster_settings: Settings, gateway_url: str) -> Iterator[tuple[Installation, str]]:
    """The system, installed with the commands of knative/README.md, and the output of the commands."""
    with ExitStack() as stack:
        made = _new(stack, cluster_settings, gateway_url)
        yield made, made.install_as_documented()


@pytest.fixture(scope="session")
def installed(installed_with_output: tuple[Installation, str]) -> Installation:
    """The system on a development cluster, for tests that leave it unchanged."""
    return installed_with_output[0]


def _install(stack: ExitStack, settings: Settings, gateway_url: str, arguments: tuple[str, ...]) -> Installation:
    made = _new(stack, settings, gateway_url)
    made.install(*arguments)
    return made


def _new(stack: ExitStack, settings: Settings, gateway_url: str) -> Installation:
    """Return an installation in a new namespace, which the stack deletes."""
    made = Installation(f"todo-test-{uuid4().hex[:6]}", settings, gateway_url)
    stack.callback(made.remove)
    return made
