"""The traffic of a function: read its split, and move it with kn."""

from collections.abc import Mapping
from typing import Final

from knative.deploy.commands import DeployError, repeat_flag
from knative.deploy.deploy_target import DeployTarget
from knative.deploy.kubernetes_objects import KubernetesObject

LATEST: Final = "@latest"
"""kn's name for the newest revision that is ready."""


class Traffic:
    """The traffic of a Knative Service. During a canary, the split names one revision, and ``@latest`` for the rest.

    ``split`` has the percentage of each revision: ``{"tasks-00001": 90, "@latest": 10}``. ``canary_base`` is the
    revision that serves beside a canary, empty without a canary.
    """

    def __init__(self, service: KubernetesObject) -> None:
        self.name = service.name
        targets = service.spec.get("traffic") or [{"percent": 100}]
        self.split = {one.get("revisionName") or LATEST: one["percent"] for one in targets if one.get("percent")}
        self.follows_latest = self.split == {LATEST: 100}
        self.latest_ready = str(service.status.get("latestReadyRevisionName", ""))
        self.latest_created = str(service.status.get("latestCreatedRevisionName", ""))
        named = [name for name in self.split if name != LATEST]
        self.canary_base = named[0] if len(named) == 1 and LATEST in self.split else ""

    @property
    def stable(self) -> str:
        """The revision that serves, apart from a canary; raises :class:`DeployError` without exactly one."""
        if self.canary_base:
            return self.canary_base
        if len(self.split) > 1:
            split = " and ".join(f"{name}={percent}" for name, percent in self.split.items())
            raise DeployError(f"the traffic of {self.name} was split by hand, {split}: change the split with kn")
        [name] = self.split
        stable = self.latest_ready if name == LATEST else name
        if not stable:
            raise DeployError(f"{self.name} has no revision that is ready: deploy an image that starts, with --image")
        return stable


def traffic_flags(split: Mapping[str, int]) -> list[str]:
    """Return the options of ``kn service update`` for a split."""
    return repeat_flag("--traffic", (f"{name}={percent}" for name, percent in split.items()))


def move_traffic(target: DeployTarget, name: str, split: Mapping[str, int], seconds: int) -> list[str]:
    """Return the commands that give a function another split, and wait at most ``seconds`` for it."""
    update = target.command("kn", "service", "update", name, *traffic_flags(split), "--no-wait")
    return [update, wait_for_routes(target, name, seconds)]


def wait_for_routes(target: DeployTarget, name: str, seconds: int) -> str:
    """Return the command that waits for the routes only: the latest revision may never become ready."""
    waiting = ("--for", "condition=RoutesReady", "--timeout", f"{seconds}s")
    return target.command("kubectl", "wait", f"services.serving.knative.dev/{name}", *waiting)
