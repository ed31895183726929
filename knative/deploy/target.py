"""Where a deployment goes. Every command names it, so that nobody's ``use-context`` in between leads it astray."""

import json
from dataclasses import dataclass

from knative.deploy.command import Command
from knative.deploy.deploy_error import DeployError
from knative.deploy.runner import Runner


@dataclass(frozen=True)
class Target:
    """A context of the kubeconfig, and a namespace there."""

    context: str
    namespace: str

    def __str__(self) -> str:
        return f"namespace {self.namespace} on context {self.context}"

    def kubectl(self, *arguments: str) -> Command:
        """Return a command of kubectl."""
        return Command(("kubectl", *arguments, "--context", self.context, "--namespace", self.namespace))

    def kn(self, *arguments: str, stdin: str = "") -> Command:
        """Return a command of kn."""
        return Command(("kn", *arguments, "--context", self.context, "--namespace", self.namespace), stdin)

    def helm(self, *arguments: str) -> Command:
        """Return a command of helm."""
        return Command(("helm", *arguments, "--kube-context", self.context, "--namespace", self.namespace))


def find_target(runner: Runner, context: str | None, namespace: str | None) -> Target:
    """Return what is named, or else what the kubeconfig says; asks no cluster. Raises :class:`DeployError`."""
    known = runner.read(Command(("kubectl", "config", "get-contexts", "--output", "name"))).split()
    config = json.loads(runner.read(Command(("kubectl", "config", "view", "--output", "json"))))
    chosen = context or config.get("current-context")
    if not chosen:
        raise DeployError("there is no current context: set KUBECONFIG, or name one with --context")
    if chosen not in known:
        raise DeployError(f"there is no context {chosen}: the kubeconfig has {', '.join(known) or 'none'}")
    entry = next(entry for entry in config["contexts"] if entry["name"] == chosen)
    return Target(chosen, namespace or entry["context"].get("namespace") or "default")
