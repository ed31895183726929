"""Render the chart with ``helm``, as an operator does: with a values file and further settings."""

import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
import yaml

CHART = Path(__file__).parent.parent / "knative" / "chart"

VALUES = ("values.yaml", "values-minikube.yaml", "values-cloud.yaml")

NAMESPACE = "todo-here"
RELEASE = "todo"

BY_KAFKA = "global.eventBusUrl=dapr://pubsub/todo-events"

Object = dict[str, Any]


class HelmError(Exception):
    """``helm`` rejected the chart or a setting; the message is its output."""


@dataclass(frozen=True)
class Rendering:
    """The objects of a rendered chart."""

    objects: tuple[Object, ...]

    def of_kind(self, kind: str) -> dict[str, Object]:
        """Return the objects of a kind by name."""
        return {one["metadata"]["name"]: one for one in self.objects if one["kind"] == kind}

    def services(self) -> dict[str, Object]:
        """Return the Knative Services by name, without Kubernetes' own Services."""
        return {one["metadata"]["name"]: one for one in self.objects if one["apiVersion"] == "serving.knative.dev/v1"}

    def pods(self) -> Iterator[tuple[str, Object]]:
        """Yield the name and the specification of every pod and pod template."""
        for one in self.objects:
            name = f"{one['kind']} {one['metadata']['name']}"
            if one["kind"] == "Pod":
                yield name, one["spec"]
            elif "template" in one.get("spec", {}):
                yield name, one["spec"]["template"]["spec"]


@lru_cache
def render_chart(values: str = "values.yaml", *settings: str) -> Rendering:
    """Return the output of ``helm template``; skips the test without helm, raises :class:`HelmError`."""
    manifest = run_helm("template", RELEASE, str(CHART), "--namespace", NAMESPACE, *_value_options(values, settings))
    return Rendering(tuple(one for one in yaml.safe_load_all(manifest) if one))


def lint_chart(values: str) -> str:
    """Return the output of ``helm lint``; skips the test without helm, raises :class:`HelmError` for any finding."""
    return run_helm("lint", str(CHART), "--strict", *_value_options(values, ()))


def run_helm(*arguments: str) -> str:
    """Return the output of a ``helm`` command; skips the test without helm, raises :class:`HelmError`."""
    helm = shutil.which("helm")
    if helm is None:
        pytest.skip("helm is not on PATH")
    done = subprocess.run([helm, *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise HelmError(done.stderr + done.stdout)
    return done.stdout


def _value_options(values: str, settings: tuple[str, ...]) -> Iterator[str]:
    # Without a cluster, some builds of helm assume a very old version of Kubernetes.
    yield from ("--kube-version", "1.34.0", "--values", str(CHART / values))
    for setting in settings:
        yield from ("--set", setting)
