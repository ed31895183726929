"""All functions by kn."""

from typing import Any

import yaml

from knative.deploy.kn import plan, summary
from knative.deploy.resource import Resource
from tests.unit.knative.deploy.samples import TARGET, broker, clock, resource, texts, trigger

HEARD = {"type": "todo.TaskCreated", "reminders": "true"}
MARK = "app.kubernetes.io/name=todo app.kubernetes.io/instance=todo --overwrite"


def _service(name: str, **metadata: Any) -> Resource:
    return resource("Service", name, {"template": {}}, **metadata)


WANTED = [_service("tasks"), _service("schedule-reminders"), broker(), trigger("on-created", "tasks", HEARD), clock()]
APPLY = [
    "kn service apply tasks --filename /dev/stdin --no-wait",
    "kn service apply schedule-reminders --filename /dev/stdin --no-wait",
]


def test_an_empty_namespace() -> None:
    """Services first, then what leads events to them, then what kn has no words for."""
    commands = plan(TARGET, WANTED, [], "todo")
    assert texts(commands) == [
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
    assert summary(WANTED, commands) == "2 functions to apply; of the broker, the triggers and the clocks 3 to create"


def test_a_service_is_what_the_chart_renders() -> None:
    """It is applied whole, so that it cannot say anything else."""
    command = plan(TARGET, WANTED, [], "todo")[0]
    assert yaml.safe_load(command.stdin) == WANTED[0].document
    assert command.script == f"{command} <<'END'\n{command.stdin.rstrip()}\nEND"


def test_all_is_there() -> None:
    """Only the Services are applied again, which is kn's to compare."""
    commands = plan(TARGET, WANTED, WANTED, "todo")
    assert texts(commands) == APPLY
    assert "none to change" in summary(WANTED, commands)


def test_a_run_that_was_cut_short() -> None:
    """What it left without labels is ours by its name: it is marked, and not created again."""
    found = [Resource({**one.document, "metadata": {**one.document["metadata"], "labels": {}}}) for one in WANTED[2:4]]
    assert texts(plan(TARGET, WANTED[:4], found, "todo")) == [
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
    commands = plan(TARGET, WANTED, found, "todo")
    assert texts(commands) == [
        *APPLY,
        "kn trigger delete to-old",
        "kn source ping delete old-tick",
        "kn broker delete old-broker",
        "kn service delete old",
    ]
    assert summary(WANTED, commands).endswith("; to delete: to-old, old-tick, old-broker, old")
