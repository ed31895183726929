"""Run an OpenTelemetry collector beside an installation, and read what it received."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.cluster.cluster import kubectl
from tests.cluster.collector import PORT
from tests.cluster.installation import Installation

NAME = "collector"
_PROGRAM = Path(__file__).with_name("collector.py")


@contextmanager
def collecting(installed: Installation) -> Iterator[str]:
    """Run a collector during the block; yields its URL."""
    documents = "\n---\n".join(json.dumps(one) for one in _manifests(installed.settings.image))
    kubectl(installed.namespace, "apply", "--filename=-", stdin=documents)
    kubectl(installed.namespace, "wait", f"pod/{NAME}", "--for=condition=Ready", "--timeout=60s")
    try:
        yield f"http://{NAME}.{installed.namespace}.svc.cluster.local:{PORT}"
    finally:
        kubectl(installed.namespace, "delete", f"pod/{NAME}", f"service/{NAME}", f"configmap/{NAME}")


def list_collected(installed: Installation) -> list[dict[str, Any]]:
    """Return all spans and metrics so far, in the order of arrival."""
    return [json.loads(line) for line in kubectl(installed.namespace, "logs", NAME).splitlines()]


def _manifests(image: str) -> Iterator[dict[str, Any]]:
    yield {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": NAME},
        "data": {_PROGRAM.name: _PROGRAM.read_text(encoding="utf-8")},
    }
    container = {
        "name": NAME,
        "image": image,
        "imagePullPolicy": "IfNotPresent",
        "command": ["python", f"/code/{_PROGRAM.name}"],
        "readinessProbe": {"tcpSocket": {"port": PORT}, "periodSeconds": 1},
        "volumeMounts": [{"name": "code", "mountPath": "/code"}],
    }
    yield {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": NAME, "labels": {"todo/test": NAME}},
        "spec": {
            "containers": [container],
            "volumes": [{"name": "code", "configMap": {"name": NAME}}],
            "terminationGracePeriodSeconds": 0,
            "automountServiceAccountToken": False,
        },
    }
    yield {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": NAME},
        "spec": {"selector": {"todo/test": NAME}, "ports": [{"port": PORT}]},
    }
