"""Knative's objects, read from the cluster, from Helm's release or from the rendered chart."""

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

import yaml

from knative.deploy.commands import DeployError, read_output
from knative.deploy.deploy_target import DeployTarget

INSTANCE_LABEL: Final = "app.kubernetes.io/instance"

KINDS: Final = {
    "Service": "services.serving.knative.dev",
    "Broker": "brokers.eventing.knative.dev",
    "Trigger": "triggers.eventing.knative.dev",
    "PingSource": "pingsources.sources.knative.dev",
}
"""The kinds that kn can create, with the full names for kubectl: Kubernetes has another Service."""


class KubernetesObject:
    """One object of Kubernetes: the document, and the parts of it that plans compare.

    ``key`` identifies the object within its namespace; ``path`` names the object for kubectl.
    """

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.document = document
        metadata = document["metadata"]
        self.kind: str = document["kind"]
        self.name: str = metadata["name"]
        self.key = (self.kind, self.name)
        self.path = f"{KINDS.get(self.kind, self.kind)}/{self.name}"
        self.labels: Mapping[str, str] = metadata.get("labels") or {}
        self.annotations: Mapping[str, str] = metadata.get("annotations") or {}
        self.spec: Mapping[str, Any] = document.get("spec") or {}
        self.status: Mapping[str, Any] = document.get("status") or {}
        conditions = self.status.get("conditions") or []
        self._ready: Mapping[str, str] = next((one for one in conditions if one["type"] == "Ready"), {})

    @property
    def is_ready(self) -> bool:
        """Whether the object's controller reports it as ready."""
        return self._ready.get("status") == "True"

    @property
    def reason(self) -> str:
        """Why the object is not ready, in one line."""
        reason = f"{self._ready.get('reason', '')} {self._ready.get('message', '')}"
        return " ".join(reason.split()) or "Knative gives no reason yet"


def parse_manifest(text: str) -> list[KubernetesObject]:
    """Return the objects of Knative in a stream of YAML documents."""
    return [
        KubernetesObject(document)
        for document in yaml.safe_load_all(text)
        if document and KINDS.get(document["kind"], "").endswith("." + document["apiVersion"].partition("/")[0])
    ]


def read_objects(target: DeployTarget, kinds: Iterable[str], *selectors: str) -> list[KubernetesObject]:
    """Return the objects of some kinds in the namespace; raises :class:`DeployError` without Knative or a cluster."""
    get = target.command("kubectl", "get", ",".join(kinds), *selectors, "--output", "json", "--request-timeout=20s")
    try:
        return [KubernetesObject(item) for item in json.loads(read_output(get))["items"]]
    except DeployError as error:
        if "doesn't have a resource type" in str(error):
            raise DeployError(f"Knative is not on {target.context}: install Serving and Eventing first") from None
        raise


def read_release(target: DeployTarget, release: str) -> list[KubernetesObject]:
    """Return the objects that belong to a Helm release; none if the release does not exist.

    Only the release's manifest lists them: ``--take-ownership`` adds no label to an object.
    """
    try:
        return parse_manifest(read_output(target.command("helm", "get", "manifest", release)))
    except DeployError as error:
        if "release: not found" in str(error):
            return []
        raise


def wait_until_ready(target: DeployTarget, release: str, seconds: int) -> str:
    """Return the command that waits until every object with a release's label is ready."""
    waiting = ("--for", "condition=Ready", "--timeout", f"{seconds}s")
    selector = ("--selector", f"{INSTANCE_LABEL}={release}")
    return target.command("kubectl", "wait", ",".join(KINDS.values()), *selector, *waiting)
