"""Tests that the API server accepts every rendering of the chart."""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any
from uuid import uuid4

import pytest
import yaml

from tests.cluster.cluster import CHART, Settings, kubectl, run

RENDERINGS = {
    "defaults": ("--set=database.adminSecret=todo-database-admin",),
    "minikube": (f"--values={CHART / 'values-minikube.yaml'}",),
    "cloud": (f"--values={CHART / 'values-cloud.yaml'}",),
    "by Kafka, observed": (
        f"--values={CHART / 'values-minikube.yaml'}",
        "--set-string=global.eventBusUrl=dapr://pubsub/todo-events",
        "--set-string=global.telemetry.otlpEndpoint=http://collector.observability:4318",
        "--set=monitoring.podMonitor.enabled=true,monitoring.rules.enabled=true,monitoring.dashboard.enabled=true",
    ),
}

OPTIONAL = frozenset({"PodMonitor", "PrometheusRule"})
"""Kinds of the Prometheus operator, which a cluster need not have."""


@pytest.fixture(scope="module")
def namespace(cluster_settings: Settings) -> Iterator[str]:  # noqa: ARG001 - skips without a cluster
    """An empty namespace."""
    name = f"todo-dry-{uuid4().hex[:6]}"
    with ExitStack() as stack:
        run("kubectl", "create", "namespace", name)
        stack.callback(run, "kubectl", "delete", "namespace", name, "--timeout=2m", seconds=150)
        yield name


@pytest.mark.parametrize("values", RENDERINGS.values(), ids=RENDERINGS)
def test_the_api_server_accepts_the_chart(namespace: str, values: tuple[str, ...]) -> None:
    """Each object passes its schema, admission and webhooks in a dry run."""
    rendered = run("helm", "template", "todo", str(CHART), "--namespace", namespace, "--kube-version=1.30.0", *values)
    documents: list[dict[str, Any]] = [one for one in yaml.safe_load_all(rendered) if one]
    accounts = [one for one in documents if one["kind"] == "ServiceAccount"]
    # Knative's webhook requires the ServiceAccount of a Service, so the accounts are created.
    kubectl(namespace, "apply", "--filename=-", stdin=yaml.safe_dump_all(accounts))
    known = set(run("kubectl", "api-resources", "--no-headers").split())
    tried = [one for one in documents if one["kind"] in known or one["kind"] not in OPTIONAL]
    kubectl(namespace, "apply", "--dry-run=server", "--filename=-", stdin=yaml.safe_dump_all(tried))
