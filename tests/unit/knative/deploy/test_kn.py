"""All functions by kn."""

from collections.abc import Sequence
from shlex import quote
from typing import Any

import pytest
import yaml

from knative.deploy import kn
from knative.deploy.chart import CHART
from knative.deploy.deploy_error import DeployError
from knative.deploy.plan import Plan
from knative.deploy.resource import Resource
from tests.unit.knative.deploy.samples import (
    KN,
    TARGET,
    broker,
    clock,
    latest,
    pinned,
    resource,
    service,
    texts,
    trigger,
)

HEARD = {"type": "todo.TaskCreated", "reminders": "true"}
MARK = "app.kubernetes.io/name=todo app.kubernetes.io/instance=todo --overwrite"


def _service(name: str, **metadata: Any) -> Resource:
    return resource("Service", name, {"template": {}}, **metadata)


WANTED = [_service("tasks"), _service("schedule-reminders"), broker(), trigger("on-created", "tasks", HEARD), clock()]
UPGRADE = (
    f"helm upgrade todo {quote(str(CHART))} --install --create-namespace --set knative.create=false"
    " --wait --timeout 60s"
)
APPLY = [
    UPGRADE,
    "kn service apply tasks --filename /dev/stdin --no-wait",
    "kn service apply schedule-reminders --filename /dev/stdin --no-wait",
]


def _plan(wanted: Sequence[Resource], found: Sequence[Resource]) -> Plan:
    return kn.plan(TARGET, KN, wanted=wanted, found=found, released=[])


def test_an_empty_namespace() -> None:
    """The chart, then Services, then what leads events to them, then what kn has no words for."""
    plan = _plan(WANTED, [])
    assert texts(plan.first) == [
        *APPLY,
        (
            "kn broker create default --class Kafka --retry 5 --backoff-policy exponential --backoff-delay PT0.5S"
            " --dl-sink ksvc:keep-dead-letter"
        ),
        (
            "kn trigger create on-created --broker default --filter type=todo.TaskCreated --filter reminders=true"
            " --sink ksvc:tasks"
        ),
        "kn source ping create outbox-tick --schedule '* * * * *' --data '{}' --encoding text --sink ksvc:relay-outbox",
        (
            "kubectl patch pingsources.sources.knative.dev/outbox-tick --type merge"
            """ --patch '{"spec": {"contentType": "application/json"}}'"""
        ),
        (
            "kubectl label brokers.eventing.knative.dev/default triggers.eventing.knative.dev/on-created"
            f" pingsources.sources.knative.dev/outbox-tick {MARK}"
        ),
    ]
    assert plan.then == ()
    assert plan.says == (
        "2 functions by kn, and the rest by the chart; of the broker, the triggers and the clocks 3 to create"
    )


def test_a_service_is_what_the_chart_renders() -> None:
    """It is applied whole, so that it cannot say anything else."""
    command = _plan(WANTED, []).first[1]
    assert yaml.safe_load(command.stdin) == WANTED[0].document
    assert command.script == f"{command} <<'END'\n{command.stdin.rstrip()}\nEND"


def test_all_is_there() -> None:
    """Only the Services are applied again, which is kn's to compare."""
    plan = _plan(WANTED, WANTED)
    assert texts(plan.first) == APPLY
    assert plan.says.endswith("none to change")


def test_a_run_that_was_cut_short() -> None:
    """What it left without labels is ours by its name: it is marked, and not created again."""
    found = [Resource({**one.document, "metadata": {**one.document["metadata"], "labels": {}}}) for one in WANTED[2:4]]
    assert texts(_plan(WANTED[:4], found).first) == [
        *APPLY,
        f"kubectl label brokers.eventing.knative.dev/default triggers.eventing.knative.dev/on-created {MARK}",
    ]


def test_pruning() -> None:
    """What is ours and no longer wanted goes, and what led to it goes first; what is somebody else's stays."""
    theirs = {"app.kubernetes.io/instance": "other"}
    found = [
        *WANTED,
        _service("old"),
        trigger("to-old", "old", HEARD),
        resource("PingSource", "old-tick", {}),
        resource("Broker", "old-broker", {}),
        _service("guest", labels=theirs),
        _service("stranger", labels=None),
    ]
    plan = _plan(WANTED, found)
    assert texts(plan.first) == [
        *APPLY,
        "kn trigger delete to-old",
        "kn source ping delete old-tick",
        "kn broker delete old-broker",
        "kn service delete old",
    ]
    assert plan.says.endswith("; to delete: to-old, old-tick, old-broker, old")


def test_a_canary_under_way() -> None:
    """It keeps its share until everything is ready, as the latest revision until then is the canary; then it ends."""
    split = [pinned("tasks-00001", 90), latest(10)]
    plan = _plan(WANTED, [service(split)])
    assert yaml.safe_load(plan.first[1].stdin)["spec"]["traffic"] == split
    assert texts(plan.then) == [
        "kn service update tasks --traffic @latest=100 --no-wait",
        "kubectl wait services.serving.knative.dev/tasks --for condition=RoutesReady --timeout 60s",
    ]
    assert plan.says.endswith("back to its traffic: tasks")


def test_what_helm_has_made() -> None:
    """The chart without its Services would delete them: nothing is begun."""
    with pytest.raises(DeployError, match=r"in namespace todo on context kind are Helm's, .* helm uninstall todo$"):
        kn.plan(TARGET, KN, wanted=WANTED, found=WANTED, released=WANTED)
