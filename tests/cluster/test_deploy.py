"""``scripts/deploy``: by kn it ends where the chart does, and one function goes forth and back."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from uuid import uuid4

import pytest

from tests.cluster.cluster import CHART, Settings, kubectl, objects, read, run
from tests.cluster.installation import Installation
from tests.cluster.readme import BY_KN, commands, run_command
from tests.cluster.state import differences, state_of
from tests.e2e.story import Story

DEPLOY = str(CHART.parents[1] / "scripts" / "deploy")
TRIGGERS = "triggers.eventing.knative.dev"
OTHER_FILTER = '{"spec": {"filter": {"attributes": {"type": "old"}}}}'

Deploy = Callable[..., str]


@pytest.fixture(scope="module")
def namespace() -> Iterator[str]:
    """A namespace of its own, for what kn makes."""
    with ExitStack() as stack:
        name = f"todo-kn-{uuid4().hex[:6]}"
        stack.callback(run, "kubectl", "delete", "namespace", name, "--ignore-not-found", "--timeout=5m", seconds=330)
        yield name


@pytest.fixture(scope="module")
def deploy(cluster_settings: Settings, namespace: str) -> Deploy:
    """The command, with the values that this cluster needs where all functions are meant."""
    if shutil.which("kn") is None:
        pytest.skip("kn is not on PATH")

    def deploy(*arguments: str) -> str:
        values = [CHART / "values-minikube.yaml", *cluster_settings.values]
        of_all = [f"--values={path}" for path in values] + [f"--image={cluster_settings.image}"]
        everything = {"--helm", "--kn"} & set(arguments)
        return run(DEPLOY, *arguments, "-n", namespace, *(of_all if everything else []), seconds=900)

    return deploy


@pytest.fixture(scope="module")
def by_kn(
    deploy: Deploy,  # noqa: ARG001 - without kn there is none
    namespace: str,
    cluster_settings: Settings,
    gateway_url: str,
) -> Installation:
    """The system as kn has made it, by the command in knative/README.md."""
    [command] = commands(BY_KN, cluster_settings, namespace)
    run_command(command)
    return Installation(namespace, cluster_settings, gateway_url)


def _generations(namespace: str) -> dict[str, int]:
    kinds = ("ksvc", "broker", TRIGGERS, "pingsource")
    found = [one for kind in kinds for one in objects(namespace, kind)]
    return {f"{one['kind']}/{one['metadata']['name']}": one["metadata"]["generation"] for one in found}


def _traffic(namespace: str, name: str = "tasks") -> dict[str, int]:
    return {one["revisionName"]: one["percent"] for one in read(namespace, "ksvc", name)["status"]["traffic"]}


def test_both_ways_end_in_the_same_state(installed: Installation, by_kn: Installation) -> None:
    """Whatever was asked for of the one is asked for of the other."""
    assert differences(state_of(installed.namespace), state_of(by_kn.namespace)) == []


def test_the_story_is_told_by_kn(by_kn: Installation) -> None:
    """A task reminds at its time, is completed, and comes again."""
    story = Story(by_kn, "kn-storyteller", remind_in=15)
    story.create_task()
    story.wait_for_notification()
    story.wait_for_delivery()
    story.complete_task()
    story.check_next_occurrence()
    story.check_audit_log()


def test_again_changes_nothing(by_kn: Installation, deploy: Deploy) -> None:
    """Nothing gets a new generation, and no function a new revision."""
    before = _generations(by_kn.namespace)
    assert "none to change" in deploy("--kn")
    assert _generations(by_kn.namespace) == before


def test_a_canary_and_back(by_kn: Installation, deploy: Deploy, cluster_settings: Settings) -> None:
    """A canary gets its share, then more, then all; a rollback gives it back to the revision before."""
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
def test_all_comes_back(way: str, installed: Installation, by_kn: Installation, deploy: Deploy) -> None:
    """A rollback, a filter by hand and a trigger that the list does not have end; by Helm as well, which takes over."""
    if way == "--kn":
        kubectl(by_kn.namespace, "patch", TRIGGERS, "append-audit-audited", "--type=merge", "--patch", OTHER_FILTER)
        run("kn", "trigger", "create", "of-old", "--filter", "type=old", "--sink", "ksvc:tasks", "-n", by_kn.namespace)
        kubectl(by_kn.namespace, "label", TRIGGERS, "of-old", "app.kubernetes.io/instance=todo")
    else:
        deploy("tasks", "--canary", "10")
    known = {one["metadata"]["uid"] for one in objects(by_kn.namespace, "ksvc")}
    deploy(way)
    assert differences(state_of(installed.namespace), state_of(by_kn.namespace)) == []
    assert {one["metadata"]["uid"] for one in objects(by_kn.namespace, "ksvc")} == known
    assert list(_traffic(by_kn.namespace).values()) == [100]
