"""One function's revisions, and who has its traffic: a new one, a canary, and back."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from knative.deploy.command import Command
from knative.deploy.deploy_error import DeployError
from knative.deploy.resource import Resource
from knative.deploy.target import Target
from knative.deploy.traffic import LATEST, flags, follows_latest, send, shares

_GENERATION: Final = "serving.knative.dev/configurationGeneration"
_ROUTED: Final = "serving.knative.dev/routingStateModified"


@dataclass(frozen=True)
class Step:
    """What is done to a function: in words, and in commands."""

    says: str
    commands: tuple[Command, ...]


class Traffic:
    """A function's Service and revisions, and the steps that can be taken from there.

    A canary is a Service whose traffic names one revision, and the latest for the rest.
    """

    def __init__(self, target: Target, service: Resource, revisions: Sequence[Resource], *, seconds: int) -> None:
        self._target = target
        self._service = service
        self._shares = shares(service)
        self._revisions = {revision.name: revision for revision in revisions}
        self._seconds = seconds

    @property
    def name(self) -> str:
        """The function's name."""
        return self._service.name

    @property
    def image(self) -> str:
        """The image that was asked for last."""
        return str(self._service.spec["template"]["spec"]["containers"][0]["image"])

    def roll(self, image: str) -> Step:
        """Give all traffic to a new revision once it is ready."""
        says = f"a new revision of {self.name} with {image} gets all of its traffic, once it is ready"
        return Step(says, self._new_revision(image, f"{LATEST}=100"))

    def canary(self, percent: int, image: str | None) -> Step:
        """Give a share of the traffic to a new revision; or to the one that has a share already, without an image.

        Raises :class:`DeployError` where nobody could say which revision is to keep the rest.
        """
        stable = self._stable
        split = (f"{stable}={100 - percent}", f"{LATEST}={percent}")
        if self._pinned and image is None:
            self._require_ready_canary()
            says = f"{self._latest}, the canary of {self.name}, gets {percent} % of its traffic, and {stable} the rest"
            return Step(says, self._send(*split))
        image = image or self.image
        says = f"a new revision of {self.name} with {image} gets {percent} % of its traffic, and {stable} the rest"
        return Step(says, self._new_revision(image, *split))

    def promote(self) -> Step:
        """Give all traffic to the canary; raises :class:`DeployError` where there is none, or it is not ready."""
        if not self._pinned:
            raise DeployError(f"{self.name} has no canary to promote: all of its traffic goes to {self._stable}")
        self._require_ready_canary()
        says = f"{self._latest}, the canary of {self.name}, gets all of its traffic"
        return Step(says, self._send(f"{LATEST}=100"))

    def rollback(self) -> Step:
        """Give all traffic to the revision that had it before; raises :class:`DeployError` where there is none.

        With a canary, or with a new revision that never became ready, that is the one which still serves.
        """
        unfinished = self._pinned or (follows_latest(self._service) and self._latest_created != self._latest)
        to = self._stable if unfinished else self._before(self._stable)
        return Step(f"{to} gets all traffic of {self.name}", self._send(f"{to}=100"))

    @property
    def _latest(self) -> str:
        """The newest revision that became ready."""
        return str(self._service.status.get("latestReadyRevisionName", ""))

    @property
    def _latest_created(self) -> str:
        return str(self._service.status.get("latestCreatedRevisionName", ""))

    @property
    def _pinned(self) -> str:
        """The revision that keeps the rest beside a canary; empty where there is no canary."""
        named = [name for name, _ in self._shares if name]
        return named[0] if len(named) == 1 and len(self._shares) == 2 else ""  # noqa: PLR2004 - it, and the canary

    @property
    def _stable(self) -> str:
        """The revision with the traffic, or with what is not the canary's."""
        if self._pinned:
            return self._pinned
        if len(self._shares) > 1:
            split = " and ".join(f"{name or LATEST}={percent}" for name, percent in self._shares)
            raise DeployError(
                f"{self.name} has its traffic split by hand, {split}: say yourself where it goes, with kn"
            )
        stable = self._shares[0][0] or self._latest
        if not stable:
            raise DeployError(f"{self.name} has no revision that is ready, so there is none to keep or return to")
        return stable

    def _require_ready_canary(self) -> None:
        if self._latest_created != self._latest or self._latest == self._pinned:
            raise DeployError(
                f"the canary {self._latest_created} of {self.name} is not ready:"
                " mend it with another --image, or take it back with --rollback"
            )

    def _before(self, current: str) -> str:
        """Return the older revision that was sent traffic last, as Knative remembers when each lost it."""
        generation = _generation(self._revisions[current]) if current in self._revisions else 0
        older = [
            revision
            for revision in self._revisions.values()
            if _generation(revision) < generation and revision.condition("Ready").get("status") == "True"
        ]
        if not older:
            raise DeployError(f"{self.name} has no revision before {current}")
        return max(older, key=lambda one: (one.annotations.get(_ROUTED, ""), _generation(one))).name

    def _new_revision(self, image: str, *traffic: str) -> tuple[Command, ...]:
        # Without the lock, kn writes down no image of its own that the chart knows nothing of.
        update = ("service", "update", self.name, "--image", image, "--no-lock-to-digest")
        waiting = ("--wait-timeout", str(self._seconds))
        if follows_latest(self._service) or self._shares == [(self._latest, 100)]:
            return (self._target.kn(*update, *flags(traffic), *waiting),)
        # Until the new one is ready, the latest is another: a canary, or the one that a rollback has taken back.
        return (self._target.kn(*update, *waiting), *self._send(*traffic))

    def _send(self, *split: str) -> tuple[Command, ...]:
        return send(self._target, self.name, *split, seconds=self._seconds)


def _generation(revision: Resource) -> int:
    return int(revision.labels.get(_GENERATION, "0"))
