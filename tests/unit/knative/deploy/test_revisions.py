"""One function's revisions and traffic."""

from typing import Any

import pytest

from knative.deploy.deploy_error import DeployError
from knative.deploy.revisions import Step, Traffic
from tests.unit.knative.deploy.samples import TARGET, latest, pinned, revision, service, texts

REVISIONS = [revision(1), revision(2)]
UPDATE = "kn service update tasks"
WAIT = "kubectl wait services.serving.knative.dev/tasks --for condition=RoutesReady --timeout 60s"


def _traffic(split: list[dict[str, Any]] | None = None, **found: str) -> Traffic:
    return Traffic(TARGET, service(split, **found), REVISIONS, seconds=60)


def _says(step: Step) -> list[str]:
    return texts(step.commands)


def test_a_roll() -> None:
    """The latest revision has all traffic, so the next can be sent it in the same command: it gets it once ready."""
    assert _says(_traffic().roll("todo:3")) == [
        f"{UPDATE} --image todo:3 --no-lock-to-digest --traffic @latest=100 --wait-timeout 60"
    ]


def test_a_roll_after_a_rollback() -> None:
    """The latest revision is the one that was taken back: it is sent nothing while the new one starts."""
    assert _says(_traffic([pinned("tasks-00001", 100)]).roll("todo:3")) == [
        f"{UPDATE} --image todo:3 --no-lock-to-digest --wait-timeout 60",
        f"{UPDATE} --traffic @latest=100 --no-wait",
        WAIT,
    ]


def test_a_roll_of_what_never_became_ready() -> None:
    """A function without any ready revision can be mended."""
    assert len(_traffic(ready="").roll("todo:3").commands) == 1


def test_a_canary() -> None:
    """The revision that has the traffic keeps the rest, and the sentence says so."""
    step = _traffic().canary(10, "todo:3")
    assert step.says == "a new revision of tasks with todo:3 gets 10 % of its traffic, and tasks-00002 the rest"
    assert _says(step) == [
        f"{UPDATE} --image todo:3 --no-lock-to-digest --traffic tasks-00002=90 --traffic @latest=10 --wait-timeout 60"
    ]


def test_a_canary_without_an_image() -> None:
    """Where none is under way it is a new revision of the image that the function has."""
    assert "--image todo:2 " in _says(_traffic().canary(10, None))[0]


def test_a_canary_after_a_rollback() -> None:
    """The rest stays where the rollback left it, and what was taken back gets no share meanwhile."""
    assert _says(_traffic([pinned("tasks-00001", 100)]).canary(10, "todo:3"))[:2] == [
        f"{UPDATE} --image todo:3 --no-lock-to-digest --wait-timeout 60",
        f"{UPDATE} --traffic tasks-00001=90 --traffic @latest=10 --no-wait",
    ]


UNDER_WAY = [pinned("tasks-00001", 90), latest(10)]


def test_another_share_for_a_canary() -> None:
    """A canary under way is given another share; no revision is made."""
    assert _says(_traffic(UNDER_WAY).canary(50, None)) == [
        f"{UPDATE} --traffic tasks-00001=50 --traffic @latest=50 --no-wait",
        WAIT,
    ]


def test_another_canary() -> None:
    """With an image it is replaced, and the old one keeps its own share until then."""
    assert _says(_traffic(UNDER_WAY).canary(50, "todo:3"))[:2] == [
        f"{UPDATE} --image todo:3 --no-lock-to-digest --wait-timeout 60",
        f"{UPDATE} --traffic tasks-00001=50 --traffic @latest=50 --no-wait",
    ]


def test_promote() -> None:
    """The canary gets everything."""
    assert _says(_traffic(UNDER_WAY).promote()) == [f"{UPDATE} --traffic @latest=100 --no-wait", WAIT]


def test_promote_nothing() -> None:
    """Without a canary there is nothing to promote, and the line says who serves."""
    with pytest.raises(DeployError, match=r"^tasks has no canary to promote: all of its traffic goes to tasks-00002$"):
        _traffic().promote()


def test_a_canary_that_is_not_ready() -> None:
    """It is neither promoted nor given a larger share: that would go to an older revision."""
    broken = _traffic(UNDER_WAY, created="tasks-00003")
    for step in (broken.promote, lambda: broken.canary(50, None)):
        with pytest.raises(DeployError, match=r"the canary tasks-00003 of tasks is not ready: .* --rollback"):
            step()


@pytest.mark.parametrize(
    ("traffic", "to"),
    [
        (_traffic(), "tasks-00001"),
        (_traffic(UNDER_WAY), "tasks-00001"),
        (_traffic(UNDER_WAY, created="tasks-00003"), "tasks-00001"),
        (_traffic(created="tasks-00003"), "tasks-00002"),
    ],
    ids=["a roll", "a canary", "a canary that is not ready", "a roll that is not ready"],
)
def test_rollback(traffic: Traffic, to: str) -> None:
    """Back to what had the traffic; where what came after never became ready, that is what still has it."""
    step = traffic.rollback()
    assert step.says == f"{to} gets all traffic of tasks"
    assert _says(step) == [f"{UPDATE} --traffic {to}=100 --no-wait", WAIT]


def test_rollback_twice() -> None:
    """What is before the first revision is nothing, and a revision that was taken back is not before an older one."""
    with pytest.raises(DeployError, match=r"^tasks has no revision before tasks-00001$"):
        _traffic([pinned("tasks-00001", 100)]).rollback()


def test_rollback_goes_where_the_traffic_was() -> None:
    """Not to the number before, where that one had been taken back as well; nor to one that is not ready."""
    revisions = [
        revision(1, lost_traffic="2026-03-02T12:30:00Z"),
        revision(2, lost_traffic="2026-03-02T12:10:00Z"),
        revision(3, ready="False", lost_traffic="2026-03-02T12:40:00Z"),
        revision(4),
    ]
    found = service(ready="tasks-00004", created="tasks-00004")
    assert Traffic(TARGET, found, revisions, seconds=60).rollback().says == "tasks-00001 gets all traffic of tasks"


def test_a_split_by_hand() -> None:
    """Between two named revisions nobody can say which is to keep the rest."""
    with pytest.raises(DeployError, match="split by hand, tasks-00001=40 and tasks-00002=60"):
        _traffic([pinned("tasks-00001", 40), pinned("tasks-00002", 60)]).canary(10, None)


def test_no_revision_at_all() -> None:
    """Without a ready revision there is none to keep the rest."""
    with pytest.raises(DeployError, match="tasks has no revision that is ready"):
        _traffic(ready="", created="tasks-00001").canary(10, None)
