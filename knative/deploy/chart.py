"""The chart's commands. Where kn makes the functions, the chart makes all that kn has no words for."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from knative.deploy.command import Command
from knative.deploy.options import Options
from knative.deploy.target import Target

CHART: Final = Path(__file__).resolve().parents[1] / "chart"

SHOWN: Final = ("templates/services.yaml", "templates/eventing.yaml")
"""The templates of what kn can make."""

_KUBERNETES: Final = "1.30.0"
"""What the chart needs at least; without a cluster, helm would go by whatever version it was built with."""


def upgrade(target: Target, options: Options, *, knative: bool = True, adopt: bool = False) -> Command:
    """Return the command that installs or upgrades the release.

    Without ``knative`` it makes neither Services nor what leads events to them. With ``adopt`` it takes over what is
    there under a name of its own, which otherwise it refuses.
    """
    return target.helm(
        *("upgrade", options.release, str(CHART), "--install", "--create-namespace"),
        *_settings(options),
        *(() if knative else ("--set", "knative.create=false")),
        *(("--take-ownership",) if adopt else ()),
        *("--wait", "--timeout", f"{options.seconds}s"),
    )


def render(target: Target, options: Options) -> Command:
    """Return the command that prints what kn is to make; it asks no cluster."""
    shown = [argument for template in SHOWN for argument in ("--show-only", template)]
    return target.helm(
        "template",
        options.release,
        str(CHART),
        *shown,
        "--kube-version",
        _KUBERNETES,
        *_settings(options),
        "--set",
        "knative.create=true",
    )


def _settings(options: Options) -> Sequence[str]:
    settings = [argument for path in options.values for argument in ("--values", str(path))]
    settings += [argument for setting in options.settings for argument in ("--set", setting)]
    if options.image:  # as strings: a tag of digits only is no number
        settings += ["--set-string", f"image.repository={options.image.repository},image.tag={options.image.tag}"]
    return settings
