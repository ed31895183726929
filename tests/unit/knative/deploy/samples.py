"""What ``kubectl get --output json`` prints, as recorded from Serving and Eventing 1.23, cut to what is read."""

from collections.abc import Sequence
from typing import Any

from knative.deploy.command import Command
from knative.deploy.options import parse
from knative.deploy.resource import KINDS, Resource
from knative.deploy.target import Target

TARGET = Target("kind", "todo")
LABELS = {"app.kubernetes.io/name": "todo", "app.kubernetes.io/instance": "todo"}
WHERE = "--context kind --namespace todo"
KN = parse(["tasks"], ["--kn", "--timeout", "60"])
HELM = parse(["tasks"], ["--helm", "--timeout", "60"])


def texts(commands: Sequence[Command]) -> list[str]:
    """Return commands as text, without the context and the namespace that each of them names."""
    said = [str(command).replace("--kube-context", "--context") for command in commands]
    assert all(text.endswith(f" {WHERE}") for text in said)
    return [text.removesuffix(f" {WHERE}") for text in said]


def resource(kind: str, name: str, spec: dict[str, Any], **metadata: Any) -> Resource:
    """Return any object."""
    group = KINDS.get(kind, "revisions.serving.knative.dev").partition(".")[2]
    head = {"apiVersion": f"{group}/v1", "kind": kind}
    return Resource({**head, "metadata": {"name": name, "labels": LABELS, **metadata}, "spec": spec})


def ref(name: str, **more: str) -> dict[str, Any]:
    """Return a reference to a function, as a manifest has it; the cluster adds the namespace."""
    return {"ref": {"apiVersion": "serving.knative.dev/v1", "kind": "Service", "name": name, **more}}


def broker(*, cls: str = "Kafka", retry: int = 5, labels: dict[str, str] = LABELS, **found: Any) -> Resource:
    """Return a Broker."""
    delivery = {"retry": retry, "backoffPolicy": "exponential", "backoffDelay": "PT0.5S"}
    spec = {"delivery": {**delivery, "deadLetterSink": ref("keep-dead-letter")}, **found}
    return resource("Broker", "default", spec, annotations={"eventing.knative.dev/broker.class": cls}, labels=labels)


def trigger(name: str, sink: str, attributes: dict[str, str], **found: Any) -> Resource:
    """Return a Trigger."""
    spec = {"broker": "default", "filter": {"attributes": attributes}, "subscriber": ref(sink), **found}
    return resource("Trigger", name, spec)


def clock(schedule: str = "* * * * *", **found: Any) -> Resource:
    """Return a PingSource."""
    spec = {"schedule": schedule, "contentType": "application/json", "data": "{}", "sink": ref("relay-outbox")}
    return resource("PingSource", "outbox-tick", {**spec, **found})


def service(
    traffic: list[dict[str, Any]] | None = None,
    *,
    ready: str = "tasks-00002",
    created: str = "tasks-00002",
    image: str = "todo:2",
) -> Resource:
    """Return the Service of tasks, with the traffic that is asked for."""
    spec = {
        "template": {"spec": {"containers": [{"image": image, "name": "user-container"}]}},
        "traffic": traffic or [{"latestRevision": True, "percent": 100}],
    }
    made = resource("Service", "tasks", spec)
    status = {"latestReadyRevisionName": ready, "latestCreatedRevisionName": created}
    return Resource({**made.document, "status": status})


def revision(number: int, *, ready: str = "True", lost_traffic: str = "") -> Resource:
    """Return a revision of tasks; ``lost_traffic`` is when its routing changed last."""
    made = resource(
        "Revision",
        f"tasks-{number:05}",
        {},
        labels={"serving.knative.dev/configurationGeneration": str(number), "serving.knative.dev/service": "tasks"},
        annotations={"serving.knative.dev/routingStateModified": lost_traffic} if lost_traffic else None,
    )
    return Resource({**made.document, "status": {"conditions": [{"type": "Ready", "status": ready}]}})


def pinned(name: str, percent: int) -> dict[str, Any]:
    """Return a share of a named revision, as kn writes it."""
    return {"revisionName": name, "latestRevision": False, "percent": percent}


def latest(percent: int) -> dict[str, Any]:
    """Return a share of whichever revision is the latest."""
    return {"latestRevision": True, "percent": percent}
