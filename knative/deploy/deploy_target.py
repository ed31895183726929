"""The kubeconfig context and the namespace to deploy to."""

import json
import shlex
from dataclasses import dataclass

from knative.deploy.commands import DeployError, read_output


@dataclass(frozen=True)
class DeployTarget:
    """A context of the kubeconfig, and a namespace.

    Every command names both, so that a ``kubectl config use-context`` in another terminal cannot redirect a running
    deployment.
    """

    context: str
    namespace: str

    def __str__(self) -> str:
        return f"namespace {self.namespace} on context {self.context}"

    def command(self, program: str, *arguments: str) -> str:
        """Return a command of kubectl, kn or helm for this context and namespace."""
        context_flag = "--kube-context" if program == "helm" else "--context"
        return shlex.join((program, *arguments, context_flag, self.context, "--namespace", self.namespace))


def find_target(context: str | None, namespace: str | None) -> DeployTarget:
    """Return the given context and namespace; the kubeconfig supplies a missing one. Does not contact the cluster.

    Raises :class:`DeployError` where the kubeconfig does not have the context.
    """
    config = json.loads(read_output("kubectl config view --output json"))
    contexts = {entry["name"]: entry["context"] for entry in config.get("contexts") or []}
    chosen = context or config.get("current-context")
    if not chosen:
        raise DeployError("the kubeconfig has no current context: set KUBECONFIG, or add --context")
    if chosen not in contexts:
        raise DeployError(f"the kubeconfig has no context {chosen}: choose from {', '.join(contexts) or 'none'}")
    return DeployTarget(chosen, namespace or contexts[chosen].get("namespace") or "default")
