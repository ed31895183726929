"""The chart as an operator renders it: by ``helm``, with one of its values files and further settings."""

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


class RefusedError(Exception):
    """``helm`` did not render; the message is what it said."""


@dataclass(frozen=True)
class Rendering:
    """The objects of one rendering."""

    objects: tuple[Object, ...]

    def of(self, kind: str) -> dict[str, Object]:
        """Return the objects of a kind by name."""
        return {one["metadata"]["name"]: one for one in self.objects if one["kind"] == kind}

    def services(self) -> dict[str, Object]:
        """Return the Knative Services by name; Kubernetes has a kind of that name as well."""
        return {one["metadata"]["name"]: one for one in self.objects if one["apiVersion"] == "serving.knative.dev/v1"}

    def pods(self) -> Iterator[tuple[str, Object]]:
        """Yield the name and the specification of every pod there will be."""
        for one in self.objects:
            name = f"{one['kind']} {one['metadata']['name']}"
            if one["kind"] == "Pod":
                yield name, one["spec"]
            elif "template" in one.get("spec", {}):
                yield name, one["spec"]["template"]["spec"]


@lru_cache
def render(values: str = "values.yaml", *settings: str) -> Rendering:
    """Return what ``helm template`` makes; skips the test where there is no helm, raises :class:`RefusedError`."""
    found = run("template", RELEASE, str(CHART), "--namespace", NAMESPACE, *_given(values, settings))
    return Rendering(tuple(one for one in yaml.safe_load_all(found) if one))


def lint(values: str) -> str:
    """Return what ``helm lint`` says where it finds nothing wrong; raises :class:`RefusedError`."""
    return run("lint", str(CHART), "--strict", *_given(values, ()))


def run(*arguments: str) -> str:
    """Return what a ``helm`` command prints; skips the test where there is no helm, raises :class:`RefusedError`."""
    helm = shutil.which("helm")
    if helm is None:
        pytest.skip("helm is not on PATH")
    done = subprocess.run([helm, *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RefusedError(done.stderr + done.stdout)
    return done.stdout


def _given(values: str, settings: tuple[str, ...]) -> Iterator[str]:
    # Some builds of helm take the cluster, which they are not asked to look at, for an ancient one.
    yield from ("--kube-version", "1.34.0", "--values", str(CHART / values))
    for setting in settings:
        yield from ("--set", setting)
