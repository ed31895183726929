"""Run the commands of knative/README.md, with the namespace and the values of this cluster."""

import re
import subprocess

from tests.cluster.cluster import CHART, Settings

ROOT = CHART.parents[1]

_BLOCK = re.compile(r"```sh\n(.*?)```", re.DOTALL)
_VALUES = "--values knative/chart/values-minikube.yaml"

INSTALL = "helm upgrade --install"
LOOK = "KEY="
BY_KN = "scripts/deploy --kn"
CANARY = "scripts/deploy tasks"
BY_HELM = "scripts/deploy --helm"
UPGRADE = "helm upgrade todo"


def read_blocks() -> list[list[str]]:
    """Return the commands of each ``sh`` block. A backslash continues a command on the next line."""
    text = (ROOT / "knative" / "README.md").read_text(encoding="utf-8")
    return [re.sub(r"\s*\\\n\s*", " ", block).splitlines() for block in _BLOCK.findall(text)]


def read_commands(start: str, settings: Settings, namespace: str) -> list[str]:
    """Return the commands of the block that starts with these words, for a namespace of this cluster."""
    [block] = [one for one in read_blocks() if one[0].startswith(start)]
    return [_adapt(command, settings, namespace) for command in block]


def run_command(command: str, seconds: float = 900) -> str:
    """Run a command in the root of the repository; return its output, or fail the test."""
    shell = ["bash", "-euo", "pipefail", "-c", command]
    done = subprocess.run(shell, cwd=ROOT, capture_output=True, text=True, timeout=seconds, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return done.stdout


def _adapt(command: str, settings: Settings, namespace: str) -> str:
    more = "".join(f" --values '{path}'" for path in settings.values)
    if command.startswith("scripts/deploy"):
        more += f" --image {settings.image}"
    else:
        repository, _, tag = settings.image.rpartition(":")
        more += f" --set-string image.repository={repository},image.tag={tag}"
    return re.sub(r"--namespace todo(-kn)?\b", f"--namespace {namespace}", command.replace(_VALUES, _VALUES + more))
