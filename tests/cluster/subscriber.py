"""Deploy a function of the tests beside the chart's: the same image, with its module in a ConfigMap."""

import json
from pathlib import Path
from typing import Any

from tests.cluster.cluster import kubectl, read_object
from tests.cluster.installation import Installation, is_observed


def subscribe(installed: Installation, module: Path, event_type: str, **environ: str) -> None:
    """Deploy a module as a function that subscribes to a type of event, or change its environment."""
    target = module.stem
    name = target.replace("_", "-")
    manifests = [
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": name},
            "data": {module.name: module.read_text(encoding="utf-8")},
        },
        _service(installed, name, target, environ),
        {
            "apiVersion": "eventing.knative.dev/v1",
            "kind": "Trigger",
            "metadata": {"name": name},
            "spec": {
                "broker": "default",
                "filter": {"attributes": {"type": event_type}},
                "subscriber": {"ref": {"apiVersion": "serving.knative.dev/v1", "kind": "Service", "name": name}},
            },
        },
    ]
    documents = "\n---\n".join(json.dumps(one) for one in manifests)
    kubectl(installed.namespace, "apply", "--filename=-", stdin=documents)
    installed.wait_for(lambda: is_observed(read_object(installed.namespace, "ksvc", name)))
    kubectl(
        installed.namespace,
        "wait",
        f"ksvc/{name}",
        f"trigger/{name}",
        "--for=condition=Ready",
        "--timeout=3m",
        seconds=200,
    )


def unsubscribe(installed: Installation, module: Path) -> None:
    """Delete the function."""
    name = module.stem.replace("_", "-")
    kubectl(installed.namespace, "delete", f"trigger/{name}", f"ksvc/{name}", f"configmap/{name}")


def _service(installed: Installation, name: str, target: str, environ: dict[str, str]) -> dict[str, Any]:
    """Return notify-user's Service with another module and another name; the inbox stores the function's name."""
    service = read_object(installed.namespace, "ksvc", "notify-user")
    template = service["spec"]["template"]
    [container] = template["spec"]["containers"]
    variables = {"SERVICE_NAME": name, "FUNCTION_SOURCE": f"/code/{target}.py", "FUNCTION_TARGET": target, **environ}
    container["env"] = [one for one in container["env"] if one["name"] not in variables]
    container["env"] += [{"name": key, "value": value} for key, value in variables.items()]
    container["volumeMounts"] = [*container["volumeMounts"], {"name": "code", "mountPath": "/code"}]
    template["spec"]["volumes"] = [*template["spec"]["volumes"], {"name": "code", "configMap": {"name": name}}]
    template["metadata"].pop("name", None)
    return {
        "apiVersion": service["apiVersion"],
        "kind": "Service",
        "metadata": {"name": name, "labels": {"networking.knative.dev/visibility": "cluster-local"}},
        "spec": {"template": template},
    }
