"""What `helm install` ends with, and how the system sleeps."""

import time
from datetime import UTC, datetime, timedelta

from knative.functions import load
from tests.cluster.cluster import objects
from tests.cluster.installation import Installation, running
from tests.cluster.readme import LOOK, commands, run_command
from tests.e2e.story import Story

IDLE_SECONDS = 120
"""How long after its last request the system is at rest."""

CLOCKS = {clock.sink for clock in load().clocks}
KEPT = {function.name for function in load().functions if function.scale.min > 0}


def test_every_function_is_ready(installed: Installation) -> None:
    """One Knative Service for each function of the list, and each is Ready."""
    states = {
        service["metadata"]["name"]: condition["status"]
        for service in objects(installed.namespace, "ksvc")
        for condition in service["status"]["conditions"]
        if condition["type"] == "Ready"
    }
    assert states == {function.name: "True" for function in load().functions}


def test_every_trigger_broker_and_clock_is_ready(installed: Installation) -> None:
    """Events are on their way to whom the list names."""
    for kind in ("broker", "triggers.eventing.knative.dev", "pingsource"):
        for found in objects(installed.namespace, kind):
            ready = [one["status"] for one in found["status"]["conditions"] if one["type"] == "Ready"]
            assert ready == ["True"], f"{kind} {found['metadata']['name']}: {found['status']['conditions']}"
    triggers = objects(installed.namespace, "triggers.eventing.knative.dev")
    assert len(triggers) == sum(len(function.triggers) for function in load().functions)


def test_helm_test_passes(installed_saying: tuple[Installation, str]) -> None:
    """An operator's own try, as documented: a task, and its reminder."""
    _, said = installed_saying
    assert "Phase:          Succeeded" in said
    assert "its reminder came" in said


def test_the_readmes_look_around_works(installed: Installation) -> None:
    """What a reader runs next shows every function."""
    look = "\n".join(commands(LOOK, installed.settings, installed.namespace))
    shown = run_command(f'{look}\n[[ "$KEY" == *\'"kid"\'* ]]')
    assert all(function.name in shown for function in load().functions)


def test_an_idle_system_is_asleep_until_something_is_due(installed: Installation) -> None:
    """After two idle minutes only the clock's sink wakes, and the next reminder is neither early nor lost."""
    story = Story(installed, "sleeper", remind_in=IDLE_SECONDS + 90)
    story.create_task()
    story.wait_for_reminder(story.task)
    time.sleep(IDLE_SECONDS)
    seen = set()
    at_rest = False
    while datetime.now(UTC) < story.remind_at - timedelta(seconds=5):
        awake = set(running(installed.pods()))
        seen |= awake
        at_rest |= awake == KEPT
        time.sleep(1)
    assert seen <= CLOCKS | KEPT
    assert at_rest
    created_at = datetime.fromisoformat(story.wait_for_notification()["createdAt"])
    assert created_at >= story.remind_at
