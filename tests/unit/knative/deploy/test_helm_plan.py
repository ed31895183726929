"""Tests of the plan for all functions by the chart."""

from shlex import quote

from knative.deploy.chart_commands import CHART
from knative.deploy.commands import DeployPlan
from knative.deploy.helm_plan import plan_helm
from knative.deploy.kubernetes_objects import KubernetesObject
from tests.unit.knative.deploy.deploy_samples import (
    HELM,
    TARGET,
    WAIT,
    WAIT_FOR_ROUTES,
    make_broker,
    make_service,
    share_of_revision,
    shorten,
)

UPGRADE = f"helm upgrade todo {quote(str(CHART))} --install --create-namespace --wait --timeout 60s"
WANTED = [make_service(), make_broker()]


def _plan(found: list[KubernetesObject], released: list[KubernetesObject]) -> DeployPlan:
    return plan_helm(TARGET, HELM, wanted=WANTED, found=found, released=released)


def test_the_chart_creates_everything_in_an_empty_namespace() -> None:
    """One upgrade installs the release, and the plan waits for it."""
    plan = _plan([], [])
    assert shorten(plan.commands) == [UPGRADE, WAIT]
    assert plan.summary == "1 functions by the chart, as release todo"


def test_an_unchanged_cluster_needs_the_upgrade_only() -> None:
    """No image and no traffic differs from the chart."""
    assert shorten(_plan(WANTED, WANTED).commands) == [UPGRADE, WAIT]


def test_helm_changes_what_differs_between_two_releases() -> None:
    """A new image in the chart needs no command beside the upgrade."""
    before = [make_service(image="todo:1"), make_broker()]
    assert shorten(_plan(before, before).commands) == [UPGRADE, WAIT]


def test_the_release_adopts_what_kn_created() -> None:
    """Without ``--take-ownership`` Helm rejects objects that it did not create."""
    plan = _plan(WANTED, [])
    assert shorten(plan.commands) == [UPGRADE.replace(" --wait", " --take-ownership --wait"), WAIT]
    assert "the release adopts what kn created" in plan.summary


def test_traffic_returns_to_the_latest_revision_after_a_rollback() -> None:
    """Helm would leave the traffic with the old revision; it moves once the new revision is ready."""
    plan = _plan([make_service([share_of_revision("tasks-00001", 100)]), make_broker()], WANTED)
    assert shorten(plan.commands) == [
        UPGRADE,
        WAIT,
        (
            "kubectl patch services.serving.knative.dev/tasks --type merge"
            """ --patch '{"spec": {"traffic": [{"latestRevision": true, "percent": 100}]}}'"""
        ),
        WAIT_FOR_ROUTES,
    ]


def test_a_function_gets_its_image_back_after_a_roll() -> None:
    """Helm sees no difference between two releases with the same image, so the plan patches the function."""
    plan = _plan([make_service(image="todo:3"), make_broker()], WANTED)
    containers = '[{"image": "todo:2", "name": "user-container"}]'
    patch = f'{{"spec": {{"template": {{"spec": {{"containers": {containers}}}}}}}}}'
    roll = f"kubectl patch services.serving.knative.dev/tasks --type merge --patch '{patch}'"
    assert shorten(plan.commands) == [UPGRADE, roll, WAIT]
