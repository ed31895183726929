"""Runs ``python -m knative.deploy`` with stand-ins for kubectl, kn and helm that print recorded output."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from knative.deploy.kubernetes_objects import KubernetesObject

ROOT = Path(__file__).parents[4]

KUBECONFIG = {
    "current-context": "kind",
    "contexts": [
        {"name": "kind", "context": {"cluster": "kind", "user": "admin", "namespace": "todo"}},
        {"name": "cloud", "context": {"cluster": "cloud", "user": "admin"}},
    ],
}

# A Python program that a shell starts: a #! line cannot hold the path of an interpreter with a space in it.
STAND_IN = """#!/bin/sh
"exec" "{python}" "$0" "$@"
import json, pathlib, sys
here = pathlib.Path(__file__).parent
words = [pathlib.Path(__file__).name, *sys.argv[1:]]
with (here / "calls").open("a") as calls:
    calls.write(" ".join(words) + "\\n")
for start, output in json.loads((here / "outputs.json").read_text()):
    if " ".join(words).startswith(start):
        print(output.get("err", ""), end="", file=sys.stderr)
        print(output.get("out", ""), end="")
        sys.exit(output.get("code", 0))
"""


class DeployCommand:
    """The command, and a folder of stand-ins."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._outputs: list[tuple[str, dict[str, Any]]] = []
        for name in ("kubectl", "kn", "helm"):
            program = folder / name
            program.write_text(STAND_IN.format(python=sys.executable))
            program.chmod(0o755)
        self.set_output("kubectl config view", out=json.dumps(KUBECONFIG))
        self.set_output("helm get manifest", err="walk.go: a link\nError: release: not found\n", code=1)

    def set_output(self, start: str, **output: Any) -> None:
        """Set the output and exit code of commands that start with these words; later settings come first."""
        self._outputs.insert(0, (start, output))

    def set_objects(self, kind: str, *objects: KubernetesObject) -> None:
        """Set the objects that ``kubectl get`` returns."""
        items = [one.document for one in objects]
        self.set_output(f"kubectl get {kind}", out=json.dumps({"kind": "List", "items": items}))

    def uninstall(self, name: str) -> None:
        """Remove a stand-in."""
        (self._folder / name).unlink()

    def __call__(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the command."""
        (self._folder / "outputs.json").write_text(json.dumps(self._outputs))
        (self._folder / "calls").write_text("")
        environment = {"PATH": f"{self._folder}", "PYTHONPATH": str(ROOT), "HOME": os.environ.get("HOME", "/")}
        command = [sys.executable, "-P", "-m", "knative.deploy", *arguments]
        return subprocess.run(command, check=False, capture_output=True, text=True, env=environment)

    @property
    def changes(self) -> list[str]:
        """The calls that change the cluster, or wait for a change."""
        calls = (self._folder / "calls").read_text().splitlines()
        reading = ("kubectl config", "kubectl get", "helm template", "helm get")
        return [call for call in calls if not call.startswith(reading)]
