"""All functions by the chart."""

from shlex import quote

from knative.deploy import helm
from knative.deploy.chart import CHART
from knative.deploy.plan import Plan
from knative.deploy.resource import Resource
from tests.unit.knative.deploy.samples import HELM, TARGET, broker, pinned, service, texts

UPGRADE = f"helm upgrade todo {quote(str(CHART))} --install --create-namespace --wait --timeout 60s"
WANTED = [service(), broker()]


def _plan(found: list[Resource], released: list[Resource]) -> Plan:
    return helm.plan(TARGET, HELM, wanted=WANTED, found=found, released=released)


def test_an_empty_namespace() -> None:
    """The chart makes everything."""
    plan = _plan([], [])
    assert (texts(plan.first), plan.then) == ([UPGRADE], ())
    assert plan.says == "1 functions by the chart, as release todo"


def test_again() -> None:
    """Where nothing was moved, the upgrade is all there is."""
    plan = _plan(WANTED, WANTED)
    assert (texts(plan.first), plan.then) == ([UPGRADE], ())


def test_another_image() -> None:
    """What differs between two releases is Helm's to change."""
    before = [service(image="todo:1"), broker()]
    assert texts(_plan(before, before).first) == [UPGRADE]


def test_after_kn() -> None:
    """The release takes over what it would otherwise refuse to touch."""
    plan = _plan(WANTED, [])
    assert texts(plan.first) == [UPGRADE.replace(" --wait", " --take-ownership --wait")]
    assert "it takes over what kn has made" in plan.says


def test_after_a_rollback() -> None:
    """Helm would leave traffic with the old revision for ever: it goes to the new one as soon as that is ready."""
    plan = _plan([service([pinned("tasks-00001", 100)]), broker()], WANTED)
    assert texts(plan.first) == [UPGRADE]
    assert texts(plan.then) == [
        (
            "kubectl patch services.serving.knative.dev/tasks --type merge"
            """ --patch '{"spec": {"traffic": [{"latestRevision": true, "percent": 100}]}}'"""
        ),
        "kubectl wait services.serving.knative.dev/tasks --for condition=RoutesReady --timeout 60s",
    ]


def test_after_a_roll() -> None:
    """Helm sees no difference between two releases with one image: the function gets that image back."""
    plan = _plan([service(image="todo:3"), broker()], WANTED)
    containers = '[{"image": "todo:2", "name": "user-container"}]'
    patch = f'{{"spec": {{"template": {{"spec": {{"containers": {containers}}}}}}}}}'
    roll = f"kubectl patch services.serving.knative.dev/tasks --type merge --patch '{patch}'"
    assert (texts(plan.first), plan.then) == ([UPGRADE, roll], ())
