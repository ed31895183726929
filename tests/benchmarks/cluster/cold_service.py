"""Deploys a copy of a function's Service that is public, with or without its sidecar, or with another module."""

import json
from typing import Any

from tests.cluster.cluster import kubectl, read_object
from tests.cluster.installation import Installation

WINDOW = "6s"
"""How long an instance stays after its last request; Knative accepts no shorter time."""


def copy_service(system: Installation, original: str, name: str, *, sidecar: bool, module: str | None = None) -> None:
    """Deploy a copy of ``original`` that scales to zero sooner; ``module`` is the source of a function ``hello``."""
    service = read_object(system.namespace, "ksvc", original)
    template = service["spec"]["template"]
    annotations: dict[str, str] = template["metadata"]["annotations"]
    kept = {key: value for key, value in annotations.items() if key.startswith("dapr.io/") and sidecar}
    if sidecar:
        kept |= {"dapr.io/enabled": "true", "dapr.io/app-id": name, "dapr.io/app-port": "8080"}
        kept["dapr.io/disable-builtin-k8s-secret-store"] = "true"  # it needs an API token that not all functions have
        kept |= {"dapr.io/metrics-port": "9092", "dapr.io/block-shutdown-duration": "1s"}
    template["metadata"] = {
        "labels": {"todo/benchmark": name},
        "annotations": {**kept, "autoscaling.knative.dev/window": WINDOW, "autoscaling.knative.dev/max-scale": "1"},
    }
    manifests: list[dict[str, Any]] = []
    if module:
        _replace_module(template["spec"], name)
        manifests.append(
            {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": {"hello.py": module}}
        )
    manifests.append(
        {
            "apiVersion": service["apiVersion"],
            "kind": "Service",
            "metadata": {"name": name},
            "spec": {"template": template},
        }
    )
    documents = "\n---\n".join(json.dumps(one) for one in manifests)
    kubectl(system.namespace, "apply", "--filename=-", stdin=documents)
    kubectl(system.namespace, "wait", f"ksvc/{name}", "--for=condition=Ready", "--timeout=5m", seconds=330)


def _replace_module(spec: dict[str, Any], name: str) -> None:
    [container] = spec["containers"]
    container["env"] = [
        {"name": "FUNCTION_SOURCE", "value": "/code/hello.py"},
        {"name": "FUNCTION_TARGET", "value": "hello"},
    ]
    container["readinessProbe"] = {"httpGet": {"path": "/"}}
    container.pop("livenessProbe", None)
    container["volumeMounts"] = [*container["volumeMounts"], {"name": "code", "mountPath": "/code"}]
    spec["volumes"] = [*spec["volumes"], {"name": "code", "configMap": {"name": name}}]
