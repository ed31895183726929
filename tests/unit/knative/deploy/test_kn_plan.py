"""Tests of the plan for all functions by kn."""

from collections.abc import Sequence
from shlex import quote
from typing import Any

import pytest
import yaml

from knative.deploy.chart_commands import CHART
from knative.deploy.commands import DeployError, DeployPlan
from knative.deploy.kn_plan import plan_kn
from knative.deploy.kubernetes_objects import KubernetesObject
from tests.unit.knative.deploy.deploy_samples import (
    KN,
    TARGET,
    WAIT,
    WAIT_FOR_ROUTES,
    make_broker,
    make_clock,
    make_object,
    make_service,
    make_trigger,
    share_of_latest,
    share_of_revision,
    shorten,
)

ATTRIBUTES = {"type": "todo.TaskCreated", "reminders": "true"}
LABELS = "app.kubernetes.io/name=todo app.kubernetes.io/instance=todo --overwrite"


def _make_service(name: str, **metadata: Any) -> KubernetesObject:
    return make_object("Service", name, {"template": {}}, **metadata)


WANTED = [
    _make_service("tasks"),
    _make_service("schedule-reminders"),
    make_broker(),
    make_trigger("on-created", "tasks", ATTRIBUTES),
    make_clock(),
]
UPGRADE = (
    f"helm upgrade todo {quote(str(CHART))} --install --create-namespace --set knative.create=false"
    " --wait --timeout 60s"
)
APPLY = [
    UPGRADE,
    "kn service apply tasks --filename /dev/stdin --no-wait",
    "kn service apply schedule-reminders --filename /dev/stdin --no-wait",
]


def _plan(wanted: Sequence[KubernetesObject], found: Sequence[KubernetesObject]) -> DeployPlan:
    return plan_kn(TARGET, KN, wanted=wanted, found=found, released=[])


def _read_stdin(command: str) -> Any:
    first, *manifest, last = command.splitlines()
    assert (first.partition(" <<")[2], last) == ("'END'", "END")
    return yaml.safe_load("\n".join(manifest))


def test_an_empty_namespace_is_filled_in_order() -> None:
    """The chart comes first, then Services, then Eventing's objects, then what kn has no option for."""
    plan = _plan(WANTED, [])
    assert shorten(plan.commands) == [
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
            f" pingsources.sources.knative.dev/outbox-tick {LABELS}"
        ),
        WAIT,
    ]
    assert plan.summary == (
        "2 functions by kn, and the rest by the chart; changes to the Broker, Triggers and clocks: 5"
    )


def test_a_service_is_applied_as_the_chart_renders_it() -> None:
    """Kn reads the whole manifest from a here-document."""
    assert _read_stdin(_plan(WANTED, []).commands[1]) == WANTED[0].document


def test_a_second_run_applies_only_the_services() -> None:
    """Kn itself compares the Services."""
    plan = _plan(WANTED, WANTED)
    assert shorten(plan.commands) == [*APPLY, WAIT]
    assert plan.summary.endswith(": none to change")


def test_objects_of_an_interrupted_run_are_labelled() -> None:
    """The plan finds objects without labels by their names, and does not create them again."""
    found = [
        KubernetesObject({**one.document, "metadata": {**one.document["metadata"], "labels": {}}})
        for one in WANTED[2:4]
    ]
    assert shorten(_plan(WANTED[:4], found).commands) == [
        *APPLY,
        f"kubectl label brokers.eventing.knative.dev/default triggers.eventing.knative.dev/on-created {LABELS}",
        WAIT,
    ]


def test_surplus_objects_of_the_release_are_deleted() -> None:
    """Sources of events go before their sinks; objects of other releases stay."""
    theirs = {"app.kubernetes.io/instance": "other"}
    found = [
        *WANTED,
        _make_service("old"),
        make_trigger("to-old", "old", ATTRIBUTES),
        make_object("PingSource", "old-tick", {}),
        make_object("Broker", "old-broker", {}),
        _make_service("guest", labels=theirs),
        _make_service("stranger", labels=None),
    ]
    assert shorten(_plan(WANTED, found).commands) == [
        *APPLY,
        "kn trigger delete to-old",
        "kn source ping delete old-tick",
        "kn broker delete old-broker",
        "kn service delete old",
        WAIT,
    ]


def test_a_canary_ends_once_everything_is_ready() -> None:
    """The Service is applied with the present split: until everything is ready, the latest revision is the canary."""
    split = [share_of_revision("tasks-00001", 90), share_of_latest(10)]
    plan = _plan(WANTED, [make_service(split)])
    assert _read_stdin(plan.commands[1])["spec"]["traffic"] == split
    assert shorten(plan.commands)[-3:] == [
        WAIT,
        "kn service update tasks --traffic @latest=100 --no-wait",
        WAIT_FOR_ROUTES,
    ]


def test_functions_of_helm_are_rejected() -> None:
    """The chart without its Services would delete them, so the plan has no command."""
    with pytest.raises(DeployError, match=r"in namespace todo on context kind belong to Helm, .* helm uninstall todo"):
        plan_kn(TARGET, KN, wanted=WANTED, found=WANTED, released=WANTED)
