"""Kubernetes objects, as the chart renders them and as the cluster has them."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import yaml

INSTANCE: Final = "app.kubernetes.io/instance"

KINDS: Final = {
    "Service": "services.serving.knative.dev",
    "Broker": "brokers.eventing.knative.dev",
    "Trigger": "triggers.eventing.knative.dev",
    "PingSource": "pingsources.sources.knative.dev",
}
"""What kn can make, by the names that kubectl knows beyond doubt: a Service is also something else."""


@dataclass(frozen=True)
class Resource:
    """One object, with the parts that decide something at hand."""

    document: Mapping[str, Any]

    @property
    def kind(self) -> str:
        """What it is."""
        return str(self.document["kind"])

    @property
    def name(self) -> str:
        """Its name."""
        return str(self.document["metadata"]["name"])

    @property
    def key(self) -> tuple[str, str]:
        """What no other in a namespace has."""
        return self.kind, self.name

    @property
    def labels(self) -> Mapping[str, str]:
        """Its labels."""
        return self.document["metadata"].get("labels") or {}

    @property
    def annotations(self) -> Mapping[str, str]:
        """Its annotations."""
        return self.document["metadata"].get("annotations") or {}

    @property
    def spec(self) -> Mapping[str, Any]:
        """What is asked for."""
        return self.document.get("spec") or {}

    @property
    def status(self) -> Mapping[str, Any]:
        """What has become of it."""
        return self.document.get("status") or {}

    @property
    def path(self) -> str:
        """Its name for kubectl."""
        return f"{KINDS[self.kind]}/{self.name}"

    def condition(self, kind: str) -> Mapping[str, str]:
        """Return a condition of its status; an empty one where it has none yet."""
        return next((one for one in self.status.get("conditions") or [] if one["type"] == kind), {})


def from_yaml(text: str) -> list[Resource]:
    """Return the objects in a stream of YAML documents."""
    return [Resource(document) for document in yaml.safe_load_all(text) if document]


def from_json(text: str) -> list[Resource]:
    """Return the objects in what ``kubectl get --output json`` prints: one, or a list."""
    document = json.loads(text)
    return [Resource(item) for item in (document["items"] if document["kind"] == "List" else [document])]


def of_knative(resources: Iterable[Resource]) -> list[Resource]:
    """Return those that kn can make, and no Service of another kind."""
    return [
        resource
        for resource in resources
        if resource.kind in KINDS
        and KINDS[resource.kind].endswith("." + str(resource.document["apiVersion"]).partition("/")[0])
    ]


def of_release(resources: Iterable[Resource], release: str) -> list[Resource]:
    """Return those with the label of a release, whoever made them."""
    return [resource for resource in resources if resource.labels.get(INSTANCE) == release]
