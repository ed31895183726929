"""Sample objects as ``kubectl get --output json`` prints them: recorded from Knative 1.23, and shortened."""

from collections.abc import Sequence
from typing import Any

from knative.deploy.deploy_options import parse_deploy_options
from knative.deploy.deploy_target import DeployTarget
from knative.deploy.kubernetes_objects import KINDS, KubernetesObject

TARGET = DeployTarget("kind", "todo")
LABELS = {"app.kubernetes.io/name": "todo", "app.kubernetes.io/instance": "todo"}
WHERE = "--context kind --namespace todo"
KN = parse_deploy_options(["tasks"], ["--kn", "--timeout", "60"])
HELM = parse_deploy_options(["tasks"], ["--helm", "--timeout", "60"])
WAIT = (
    "kubectl wait services.serving.knative.dev,brokers.eventing.knative.dev,triggers.eventing.knative.dev,"
    "pingsources.sources.knative.dev --selector app.kubernetes.io/instance=todo --for condition=Ready --timeout 60s"
)
WAIT_FOR_ROUTES = "kubectl wait services.serving.knative.dev/tasks --for condition=RoutesReady --timeout 60s"


def shorten(commands: Sequence[str]) -> list[str]:
    """Return commands without their here-documents, context and namespace. Every command must name the last two."""
    shown = [command.partition(" <<")[0].replace("--kube-context", "--context") for command in commands]
    assert all(command.endswith(f" {WHERE}") for command in shown)
    return [command.removesuffix(f" {WHERE}") for command in shown]


def make_object(kind: str, name: str, spec: dict[str, Any], **metadata: Any) -> KubernetesObject:
    """Return an object of any kind."""
    return KubernetesObject(make_document(kind, name, spec, **metadata))


def make_document(kind: str, name: str, spec: dict[str, Any], **metadata: Any) -> dict[str, Any]:
    """Return the document of an object of any kind."""
    group = KINDS.get(kind, "revisions.serving.knative.dev").partition(".")[2]
    head = {"apiVersion": f"{group}/v1", "kind": kind}
    return {**head, "metadata": {"name": name, "labels": LABELS, **metadata}, "spec": spec}


def make_reference(name: str, **more: str) -> dict[str, Any]:
    """Return a manifest's reference to a function; the cluster adds the namespace."""
    return {"ref": {"apiVersion": "serving.knative.dev/v1", "kind": "Service", "name": name, **more}}


def make_broker(
    *, cls: str = "Kafka", retry: int = 5, labels: dict[str, str] = LABELS, **spec: Any
) -> KubernetesObject:
    """Return a Broker."""
    delivery = {"retry": retry, "backoffPolicy": "exponential", "backoffDelay": "PT0.5S"}
    whole = {"delivery": {**delivery, "deadLetterSink": make_reference("keep-dead-letter")}, **spec}
    return make_object(
        "Broker", "default", whole, annotations={"eventing.knative.dev/broker.class": cls}, labels=labels
    )


def make_trigger(name: str, sink: str, attributes: dict[str, str], **spec: Any) -> KubernetesObject:
    """Return a Trigger."""
    whole = {"broker": "default", "filter": {"attributes": attributes}, "subscriber": make_reference(sink), **spec}
    return make_object("Trigger", name, whole)


def make_clock(schedule: str = "* * * * *", **spec: Any) -> KubernetesObject:
    """Return a PingSource."""
    sink = make_reference("relay-outbox")
    whole = {"schedule": schedule, "contentType": "application/json", "data": "{}", "sink": sink, **spec}
    return make_object("PingSource", "outbox-tick", whole)


def make_service(
    traffic: list[dict[str, Any]] | None = None,
    *,
    ready: str = "tasks-00002",
    created: str = "tasks-00002",
    image: str = "todo:2",
) -> KubernetesObject:
    """Return the Service of tasks with the given traffic."""
    spec = {
        "template": {"spec": {"containers": [{"image": image, "name": "user-container"}]}},
        "traffic": traffic or [{"latestRevision": True, "percent": 100}],
    }
    status = {"latestReadyRevisionName": ready, "latestCreatedRevisionName": created}
    return KubernetesObject({**make_document("Service", "tasks", spec), "status": status})


def make_revision(number: int, *, ready: str = "True", lost_traffic: str = "") -> KubernetesObject:
    """Return a revision of tasks; ``lost_traffic`` is the time of its last change of routing."""
    document = make_document(
        "Revision",
        f"tasks-{number:05}",
        {},
        labels={"serving.knative.dev/configurationGeneration": str(number), "serving.knative.dev/service": "tasks"},
        annotations={"serving.knative.dev/routingStateModified": lost_traffic} if lost_traffic else None,
    )
    return KubernetesObject({**document, "status": {"conditions": [{"type": "Ready", "status": ready}]}})


def share_of_revision(name: str, percent: int) -> dict[str, Any]:
    """Return the share of a named revision, as kn writes it."""
    return {"revisionName": name, "latestRevision": False, "percent": percent}


def share_of_latest(percent: int) -> dict[str, Any]:
    """Return the share of the latest revision."""
    return {"latestRevision": True, "percent": percent}
