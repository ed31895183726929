"""Helm's commands for the chart: install or upgrade the release, and render what kn is to create."""

from pathlib import Path
from typing import Final

from knative.deploy.commands import repeat_flag
from knative.deploy.deploy_options import DeployOptions
from knative.deploy.deploy_target import DeployTarget

CHART: Final = Path(__file__).resolve().parents[1] / "chart"

_RENDERED: Final = ("templates/services.yaml", "templates/eventing.yaml")
"""The templates of the objects that kn can create."""

_KUBERNETES: Final = "1.30.0"
"""The oldest supported version. Without a cluster, Helm assumes the version that it was built with."""


def upgrade_release(target: DeployTarget, options: DeployOptions, *, knative: bool = True, adopt: bool = False) -> str:
    """Return the command that installs or upgrades the release.

    ``knative=False`` leaves the Services, Broker, Triggers and clocks to kn. ``adopt`` makes existing objects part of
    the release; without it Helm rejects them.
    """
    return target.command(
        *("helm", "upgrade", options.release, str(CHART), "--install", "--create-namespace"),
        *_values(options),
        *(() if knative else ("--set", "knative.create=false")),
        *(("--take-ownership",) if adopt else ()),
        *("--wait", "--timeout", f"{options.timeout}s"),
    )


def render_knative(target: DeployTarget, options: DeployOptions) -> str:
    """Return the command that prints the manifests of Knative's objects; does not contact the cluster."""
    return target.command(
        *("helm", "template", options.release, str(CHART), "--kube-version", _KUBERNETES),
        *repeat_flag("--show-only", _RENDERED),
        *_values(options),
        *("--set", "knative.create=true"),
    )


def _values(options: DeployOptions) -> list[str]:
    values = repeat_flag("--values", options.values) + repeat_flag("--set", options.set)
    if options.image:
        repository, _, tag = options.image.rpartition(":")
        # A string, because Helm would read a tag of digits as a number.
        values += ["--set-string", f"image.repository={repository},image.tag={tag}"]
    return values
