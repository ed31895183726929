"""The cluster that KUBECONFIG names, through the commands that an operator uses."""

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CHART = Path(__file__).parents[2] / "knative" / "chart"


class CommandError(AssertionError):
    """A command failed; the message holds what it said."""


def run(*command: str, stdin: str | None = None, seconds: float = 120) -> str:
    """Run a command to its end and return what it printed."""
    done = subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=seconds, check=False)
    if done.returncode != 0:
        raise CommandError(f"{' '.join(command[:6])} … exited {done.returncode}: {done.stderr.strip()[-2000:]}")
    return done.stdout


@dataclass(frozen=True)
class Settings:
    """How the tests are to use the cluster; each field is an environment variable of that name after ``CLUSTER_``."""

    image: str
    """The functions' image, ``repository:tag``, where the cluster has it or can pull it."""

    values: tuple[Path, ...] = ()
    """Files of Helm values that this cluster needs, such as the images of its stores, separated by colons."""

    ingress: str | None = None
    """The URL of Knative's gateway; without it a port of Kourier's is forwarded."""

    kafka: str | None = None
    """``host:port`` of a Kafka that pods of the cluster reach."""


def settings() -> Settings | str:
    """Return the settings, or why there can be no test here."""
    for program in ("kubectl", "helm"):
        if shutil.which(program) is None:
            return f"{program} is not on PATH"
    try:
        run("kubectl", "get", "--raw", "/readyz", "--request-timeout=10s")
        run("kubectl", "get", "--raw", "/apis/serving.knative.dev/v1", "--request-timeout=10s")
    except (CommandError, subprocess.TimeoutExpired):
        return "KUBECONFIG names no cluster with Knative that answers"
    image = os.environ.get("CLUSTER_IMAGE", "")
    if ":" not in image:
        return "CLUSTER_IMAGE does not name the functions' image as repository:tag"
    values = tuple(Path(each) for each in os.environ.get("CLUSTER_VALUES", "").split(":") if each)
    return Settings(image, values, os.environ.get("CLUSTER_INGRESS"), os.environ.get("CLUSTER_KAFKA"))


def kubectl(namespace: str, *arguments: str, stdin: str | None = None, seconds: float = 120) -> str:
    """Run kubectl in a namespace."""
    return run("kubectl", "--namespace", namespace, *arguments, stdin=stdin, seconds=seconds)


def objects(namespace: str, kind: str, *selector: str) -> list[dict[str, Any]]:
    """Return the objects of a kind, all or those with a label ``name=value``."""
    chosen = ("--selector", ",".join(selector)) if selector else ()
    found: list[dict[str, Any]] = json.loads(kubectl(namespace, "get", kind, *chosen, "--output=json"))["items"]
    return found


def read(namespace: str, kind: str, name: str) -> dict[str, Any]:
    """Return one object."""
    found: dict[str, Any] = json.loads(kubectl(namespace, "get", kind, name, "--output=json"))
    return found
