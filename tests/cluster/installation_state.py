"""Compare two installations: the objects in their namespaces, without names and times of the deployer."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from tests.cluster.cluster import list_objects

KINDS = (
    "services.serving.knative.dev",
    "brokers.eventing.knative.dev",
    "triggers.eventing.knative.dev",
    "pingsources.sources.knative.dev",
    "components.dapr.io",
    "configurations.dapr.io",
    "httpendpoints.dapr.io",
    "resiliencies.dapr.io",
    "subscriptions.dapr.io",
    "serviceaccounts",
    "roles.rbac.authorization.k8s.io",
    "rolebindings.rbac.authorization.k8s.io",
    "networkpolicies.networking.k8s.io",
    "secrets",
    "services",
    "deployments.apps",
    "statefulsets.apps",
)

_NOT_OURS = re.compile(
    r"^(kubectl\.kubernetes\.io|meta\.helm\.sh|client\.knative\.dev|deployment\.kubernetes\.io)/"
    r"|^serving\.knative\.dev/(creator|lastModifier)$|^app\.kubernetes\.io/managed-by$"
)
"""Labels and annotations with which Helm, kn and Kubernetes mark the objects that they change."""

State = dict[str, Any]


def read_state(namespace: str) -> State:
    """Return the objects of an installation by kind and name."""
    return {
        f"{kind}/{one['metadata']['name']}": remove_noise(one, namespace)
        for kind in KINDS
        for one in select_ours(list_objects(namespace, kind))
    }


def select_ours(found: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return the objects of the deployment, without those of controllers and those of every namespace."""
    return [
        one
        for one in found
        if "ownerReferences" not in one["metadata"]
        and not one.get("type", "").startswith("helm.sh/")
        and (one.get("kind"), one["metadata"]["name"]) != ("ServiceAccount", "default")
    ]


def remove_noise(one: Mapping[str, Any], namespace: str) -> State:
    """Return an object without its status, and without the labels and annotations of the deployer.

    The namespace becomes the same word in both installations. A Secret is reduced to its keys.
    """
    metadata = {key: _own_entries(one["metadata"].get(key)) for key in ("labels", "annotations")}
    parts = {key: part for key, part in one.items() if key not in {"metadata", "status", "apiVersion", "kind"}}
    if one.get("kind") == "Secret":
        parts["data"] = sorted(parts.get("data", {}))
    if one.get("kind") == "Service" and "clusterIP" in parts.get("spec", {}):
        parts["spec"] = {key: part for key, part in parts["spec"].items() if key not in {"clusterIP", "clusterIPs"}}
    cleaned: State = _clean({**metadata, **parts}, re.compile(rf"(?<![\w-]){re.escape(namespace)}(?![\w-])"))
    return cleaned


def _own_entries(found: Mapping[str, str] | None) -> dict[str, str]:
    return {name: value for name, value in (found or {}).items() if not _NOT_OURS.search(name)}


def _clean(value: Any, namespace: re.Pattern[str]) -> Any:
    if isinstance(value, dict):
        cleaned = {key: _clean(part, namespace) for key, part in value.items()}
        if {"labels", "annotations"} & cleaned.keys():  # a template
            cleaned |= {
                key: _own_entries(cleaned[key])
                for key in ("labels", "annotations")
                if isinstance(cleaned.get(key), dict)
            }
        if cleaned.get("namespace") == "NAMESPACE":  # a reference without a namespace means its own
            del cleaned["namespace"]
        return cleaned
    if isinstance(value, list):
        return [_clean(part, namespace) for part in value]
    return namespace.sub("NAMESPACE", value) if isinstance(value, str) else value


def list_differences(first: State, second: State) -> list[str]:
    """Return one line with the path and both values for each difference between two states."""
    lines = [f"{key}: only in the {'first' if key in first else 'second'}" for key in first.keys() ^ second.keys()]
    for key in first.keys() & second.keys():
        lines += _compare(key, first[key], second[key])
    return sorted(lines)


def _compare(place: str, first: Any, second: Any) -> list[str]:
    if isinstance(first, dict) and isinstance(second, dict):
        return [
            line
            for key in sorted(first.keys() | second.keys())
            for line in _compare(f"{place}.{key}", first.get(key), second.get(key))
        ]
    if isinstance(first, list) and isinstance(second, list) and len(first) == len(second):
        return [
            line
            for index, pair in enumerate(zip(first, second, strict=True))
            for line in _compare(f"{place}[{index}]", *pair)
        ]
    return [] if first == second else [f"{place}: {first!r} and {second!r}"]
