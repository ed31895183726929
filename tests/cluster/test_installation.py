"""Tests of a new installation: it is ready, ``helm test`` passes, and an idle system scales to zero."""

import time
from datetime import UTC, datetime, timedelta

from functions.chassis.messaging.outbox import WAKE_AHEAD
from knative.function_list import load_function_list
from tests.cluster.cluster import list_objects
from tests.cluster.installation import Installation, running
from tests.cluster.readme import LOOK, read_commands, run_command
from tests.e2e.story import Story

IDLE_SECONDS = 120
"""The seconds after which a system without requests is idle."""

CLOCKS = {clock.sink for clock in load_function_list().clocks}
KEPT = {function.name for function in load_function_list().functions if function.scale.min > 0}


def test_every_function_is_ready(installed: Installation) -> None:
    """Each function of the list has one Knative Service, which is ready."""
    states = {
        service["metadata"]["name"]: condition["status"]
        for service in list_objects(installed.namespace, "ksvc")
        for condition in service["status"]["conditions"]
        if condition["type"] == "Ready"
    }
    assert states == {function.name: "True" for function in load_function_list().functions}


def test_every_trigger_broker_and_clock_is_ready(installed: Installation) -> None:
    """The number of Triggers equals the list's."""
    for kind in ("broker", "triggers.eventing.knative.dev", "pingsource"):
        for found in list_objects(installed.namespace, kind):
            ready = [one["status"] for one in found["status"]["conditions"] if one["type"] == "Ready"]
            assert ready == ["True"], f"{kind} {found['metadata']['name']}: {found['status']['conditions']}"
    triggers = list_objects(installed.namespace, "triggers.eventing.knative.dev")
    assert len(triggers) == sum(len(function.triggers) for function in load_function_list().functions)


def test_helm_test_passes(installed_with_output: tuple[Installation, str]) -> None:
    """The documented ``helm test`` creates a task and receives its reminder."""
    _, output = installed_with_output
    assert "Phase:          Succeeded" in output
    assert "its reminder came" in output


def test_the_readme_shows_every_function(installed: Installation) -> None:
    """The commands after the installation print the front end's key and all functions."""
    look = "\n".join(read_commands(LOOK, installed.settings, installed.namespace))
    shown = run_command(f'{look}\n[[ "$KEY" == *\'"kid"\'* ]]')
    assert all(function.name in shown for function in load_function_list().functions)


def test_an_idle_system_runs_only_the_relay(installed: Installation) -> None:
    """After two idle minutes only the clock's sink starts, until it wakes the functions of the next reminder.

    The reminder is neither early nor lost.
    """
    story = Story(installed, "sleeper", remind_in=IDLE_SECONDS + 120)
    story.create_task()
    story.wait_for_reminder(story.task)
    time.sleep(IDLE_SECONDS)
    seen = set()
    at_rest = False
    while datetime.now(UTC) < story.remind_at - WAKE_AHEAD - timedelta(seconds=5):  # then the relay wakes functions
        awake = set(running(installed.pods()))
        seen |= awake
        at_rest |= awake == KEPT
        time.sleep(1)
    assert seen <= CLOCKS | KEPT
    assert at_rest
    created_at = datetime.fromisoformat(story.wait_for_notification()["createdAt"])
    assert created_at >= story.remind_at
