"""Tests of the plans for the revisions and the traffic of one function."""

from collections.abc import Sequence

import pytest

from knative.deploy.commands import DeployError, DeployPlan
from knative.deploy.deploy_options import parse_deploy_options
from knative.deploy.kubernetes_objects import KubernetesObject
from knative.deploy.rollout import plan_rollout
from tests.unit.knative.deploy.deploy_samples import (
    TARGET,
    WAIT_FOR_ROUTES,
    make_revision,
    make_service,
    share_of_latest,
    share_of_revision,
    shorten,
)

REVISIONS = [make_revision(1), make_revision(2)]
UPDATE = "kn service update tasks"
ROLLED_BACK = make_service([share_of_revision("tasks-00001", 100)])
CANARY_SPLIT = [share_of_revision("tasks-00001", 90), share_of_latest(10)]
CANARY = make_service(CANARY_SPLIT)


def _plan(
    arguments: str, service: KubernetesObject | None = None, revisions: Sequence[KubernetesObject] = REVISIONS
) -> DeployPlan:
    options = parse_deploy_options(["tasks"], ["tasks", "--timeout", "60", *arguments.split()])
    return plan_rollout(TARGET, options, service or make_service(), revisions)


def _commands(arguments: str, service: KubernetesObject | None = None) -> list[str]:
    return shorten(_plan(arguments, service).commands)


def test_a_roll_is_one_command() -> None:
    """The latest revision has all traffic, so kn moves the traffic once the new revision is ready."""
    assert _commands("--image todo:3") == [
        f"{UPDATE} --image todo:3 --no-lock-to-digest --traffic @latest=100 --wait-timeout 60"
    ]


def test_a_roll_after_a_rollback_moves_the_traffic_last() -> None:
    """The latest revision was rolled back, and receives no traffic while the new one starts."""
    assert _commands("--image todo:3", ROLLED_BACK) == [
        f"{UPDATE} --image todo:3 --no-lock-to-digest --wait-timeout 60",
        f"{UPDATE} --traffic @latest=100 --no-wait",
        WAIT_FOR_ROUTES,
    ]


def test_a_roll_repairs_a_function_that_never_became_ready() -> None:
    """A function without any ready revision accepts a new image."""
    assert len(_commands("--image todo:3", make_service(ready=""))) == 1


def test_a_canary_receives_its_share() -> None:
    """The revision that serves keeps the rest, and the summary names it."""
    plan = _plan("--canary 10 --image todo:3")
    assert plan.summary == (
        "a new revision of tasks with todo:3 receives 10 % of the traffic, and tasks-00002 the rest, once it is ready"
    )
    assert shorten(plan.commands) == [
        f"{UPDATE} --image todo:3 --no-lock-to-digest --traffic tasks-00002=90 --traffic @latest=10 --wait-timeout 60"
    ]


def test_a_first_canary_without_an_image_runs_the_present_one() -> None:
    """The new revision has the image that the function has."""
    assert "--image todo:2 " in _commands("--canary 10")[0]


def test_a_canary_after_a_rollback_moves_the_traffic_last() -> None:
    """The traffic stays with the older revision, and the one that was rolled back receives none."""
    assert _commands("--canary 10 --image todo:3", ROLLED_BACK)[:2] == [
        f"{UPDATE} --image todo:3 --no-lock-to-digest --wait-timeout 60",
        f"{UPDATE} --traffic tasks-00001=90 --traffic @latest=10 --no-wait",
    ]


def test_a_present_canary_receives_another_share() -> None:
    """Without an image the traffic moves, and no revision is created."""
    assert _commands("--canary 50", CANARY) == [
        f"{UPDATE} --traffic tasks-00001=50 --traffic @latest=50 --no-wait",
        WAIT_FOR_ROUTES,
    ]


def test_an_image_replaces_a_present_canary() -> None:
    """The old canary keeps its share until the new one is ready."""
    assert _commands("--canary 50 --image todo:3", CANARY)[:2] == [
        f"{UPDATE} --image todo:3 --no-lock-to-digest --wait-timeout 60",
        f"{UPDATE} --traffic tasks-00001=50 --traffic @latest=50 --no-wait",
    ]


def test_a_promotion_gives_the_canary_all_traffic() -> None:
    """The latest revision is the canary."""
    assert _commands("--promote", CANARY) == [f"{UPDATE} --traffic @latest=100 --no-wait", WAIT_FOR_ROUTES]


def test_a_promotion_without_a_canary_is_rejected() -> None:
    """The message names the revision that serves."""
    with pytest.raises(DeployError, match=r"^tasks has no canary to promote: tasks-00002 receives all traffic$"):
        _plan("--promote")


@pytest.mark.parametrize("arguments", ["--promote", "--canary 50"])
def test_a_canary_that_is_not_ready_receives_no_more_traffic(arguments: str) -> None:
    """The traffic would go to an older revision."""
    broken = make_service(CANARY_SPLIT, created="tasks-00003")
    with pytest.raises(DeployError, match=r"the canary tasks-00003 of tasks is not ready: .* --rollback"):
        _plan(arguments, broken)


@pytest.mark.parametrize(
    ("service", "previous"),
    [
        (make_service(), "tasks-00001"),
        (CANARY, "tasks-00001"),
        (make_service(CANARY_SPLIT, created="tasks-00003"), "tasks-00001"),
        (make_service(created="tasks-00003"), "tasks-00002"),
    ],
    ids=["a roll", "a canary", "a canary that is not ready", "a roll that is not ready"],
)
def test_a_rollback_returns_to_the_revision_that_served_before(service: KubernetesObject, previous: str) -> None:
    """Where the newer revision never became ready, that revision still serves."""
    plan = _plan("--rollback", service)
    assert plan.summary == f"{previous} receives all traffic of tasks"
    assert shorten(plan.commands) == [f"{UPDATE} --traffic {previous}=100 --no-wait", WAIT_FOR_ROUTES]


def test_a_second_rollback_finds_no_revision() -> None:
    """No revision is older than the first, and the one that was rolled back is newer."""
    with pytest.raises(DeployError, match=r"^tasks has no revision before tasks-00001$"):
        _plan("--rollback", ROLLED_BACK)


def test_a_rollback_skips_revisions_that_did_not_serve_last() -> None:
    """Revision 2 was rolled back earlier, and revision 3 is not ready."""
    revisions = [
        make_revision(1, lost_traffic="2026-03-02T12:30:00Z"),
        make_revision(2, lost_traffic="2026-03-02T12:10:00Z"),
        make_revision(3, ready="False", lost_traffic="2026-03-02T12:40:00Z"),
        make_revision(4),
    ]
    found = make_service(ready="tasks-00004", created="tasks-00004")
    assert _plan("--rollback", found, revisions).summary == "tasks-00001 receives all traffic of tasks"


def test_a_split_by_hand_is_rejected() -> None:
    """Between two named revisions, the one that keeps the rest is ambiguous."""
    split = make_service([share_of_revision("tasks-00001", 40), share_of_revision("tasks-00002", 60)])
    with pytest.raises(DeployError, match="split by hand, tasks-00001=40 and tasks-00002=60"):
        _plan("--canary 10", split)


def test_a_canary_needs_a_revision_that_is_ready() -> None:
    """Without a ready revision the rest of the traffic has no target."""
    with pytest.raises(DeployError, match="tasks has no revision that is ready"):
        _plan("--canary 10", make_service(ready="", created="tasks-00001"))
