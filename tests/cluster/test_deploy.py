"""Tests of ``scripts/deploy``: kn and the chart end in the same state, and one function's traffic moves and returns."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from uuid import uuid4

import pytest

from tests.cluster.cluster import CHART, Settings, kubectl, list_objects, read_object, run
from tests.cluster.installation import Installation
from tests.cluster.installation_state import list_differences, read_state
from tests.cluster.readme import BY_KN, read_commands, run_command
from tests.e2e.story import Story

DEPLOY = str(CHART.parents[1] / "scripts" / "deploy")
TRIGGERS = "triggers.eventing.knative.dev"
OTHER_FILTER = '{"spec": {"filter": {"attributes": {"type": "old"}}}}'

Deploy = Callable[..., str]


@pytest.fixture(scope="module")
def namespace() -> Iterator[str]:
    """A new namespace for the deployment with kn."""
    with ExitStack() as stack:
        name = f"todo-kn-{uuid4().hex[:6]}"
        stack.callback(run, "kubectl", "delete", "namespace", name, "--ignore-not-found", "--timeout=5m", seconds=330)
        yield name


@pytest.fixture(scope="module")
def deploy(cluster_settings: Settings, namespace: str) -> Deploy:
    """The command, with this cluster's values in a deployment of all functions."""
    if shutil.which("kn") is None:
        pytest.skip("kn is not on PATH")

    def deploy(*arguments: str) -> str:
        values = [CHART / "values-minikube.yaml", *cluster_settings.values]
        values_for_all = [f"--values={path}" for path in values] + [f"--image={cluster_settings.image}"]
        everything = {"--helm", "--kn"} & set(arguments)
        return run(DEPLOY, *arguments, "-n", namespace, *(values_for_all if everything else []), seconds=900)

    return deploy


@pytest.fixture(scope="module")
def by_kn(
    deploy: Deploy,  # noqa: ARG001 - skips without kn
    namespace: str,
    cluster_settings: Settings,
    gateway_url: str,
) -> Installation:
    """The system, deployed with kn by the command of knative/README.md."""
    [command] = read_commands(BY_KN, cluster_settings, namespace)
    run_command(command)
    return Installation(namespace, cluster_settings, gateway_url)


def _generations(namespace: str) -> dict[str, int]:
    kinds = ("ksvc", "broker", TRIGGERS, "pingsource")
    found = [one for kind in kinds for one in list_objects(namespace, kind)]
    return {f"{one['kind']}/{one['metadata']['name']}": one["metadata"]["generation"] for one in found}


def _traffic(namespace: str, name: str = "tasks") -> dict[str, int]:
    return {one["revisionName"]: one["percent"] for one in read_object(namespace, "ksvc", name)["status"]["traffic"]}


def test_both_ways_end_in_the_same_state(installed: Installation, by_kn: Installation) -> None:
    """All objects of both installations are equal."""
    assert list_differences(read_state(installed.namespace), read_state(by_kn.namespace)) == []


def test_the_story_works_with_kn(by_kn: Installation) -> None:
    """A task's reminder is delivered in time, the task is completed, and its next occurrence is created."""
    story = Story(by_kn, "kn-storyteller", remind_in=15)
    story.create_task()
    story.wait_for_notification()
    story.wait_for_delivery()
    story.complete_task()
    story.check_next_occurrence()
    story.check_audit_log()


def test_a_second_deployment_changes_nothing(by_kn: Installation, deploy: Deploy) -> None:
    """No object gets a new generation, and no function a new revision."""
    before = _generations(by_kn.namespace)
    assert "none to change" in deploy("--kn")
    assert _generations(by_kn.namespace) == before


def test_a_canary_is_promoted_and_rolled_back(by_kn: Installation, deploy: Deploy, cluster_settings: Settings) -> None:
    """The canary receives 10 %, then 50 %, then all traffic; the rollback returns it to the previous revision."""
    (first,) = _traffic(by_kn.namespace)
    deploy("tasks", "--canary", "10", f"--image={cluster_settings.image}")
    shares = _traffic(by_kn.namespace)
    (second,) = shares.keys() - {first}
    assert shares == {first: 90, second: 10}
    deploy("tasks", "--canary", "50")
    assert _traffic(by_kn.namespace) == {first: 50, second: 50}
    deploy("tasks", "--promote")
    assert _traffic(by_kn.namespace) == {second: 100}
    deploy("tasks", "--rollback")
    assert _traffic(by_kn.namespace) == {first: 100}


@pytest.mark.parametrize("way", ["--kn", "--helm"])
def test_a_deployment_restores_all_objects(
    way: str, installed: Installation, by_kn: Installation, deploy: Deploy
) -> None:
    """It undoes a rollback, a changed filter and an additional Trigger; Helm adopts the objects of kn."""
    if way == "--kn":
        kubectl(by_kn.namespace, "patch", TRIGGERS, "append-audit-audited", "--type=merge", "--patch", OTHER_FILTER)
        run("kn", "trigger", "create", "of-old", "--filter", "type=old", "--sink", "ksvc:tasks", "-n", by_kn.namespace)
        kubectl(by_kn.namespace, "label", TRIGGERS, "of-old", "app.kubernetes.io/instance=todo")
    else:
        deploy("tasks", "--canary", "10")
    known = {one["metadata"]["uid"] for one in list_objects(by_kn.namespace, "ksvc")}
    deploy(way)
    assert list_differences(read_state(installed.namespace), read_state(by_kn.namespace)) == []
    assert {one["metadata"]["uid"] for one in list_objects(by_kn.namespace, "ksvc")} == known
    assert list(_traffic(by_kn.namespace).values()) == [100]
