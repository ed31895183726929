"""Run kubectl and helm on the cluster that KUBECONFIG names, and read the tests' settings."""

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CHART = Path(__file__).parents[2] / "knative" / "chart"


class CommandError(AssertionError):
    """A command failed; the message has its error output."""


def run(*command: str, stdin: str | None = None, seconds: float = 120) -> str:
    """Run a command; return its output, or raise :class:`CommandError`."""
    done = subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=seconds, check=False)
    if done.returncode != 0:
        raise CommandError(f"{' '.join(command[:6])} … exited {done.returncode}: {done.stderr.strip()[-2000:]}")
    return done.stdout


@dataclass(frozen=True)
class Settings:
    """The tests' settings. The field ``image`` is the environment variable ``CLUSTER_IMAGE``, and so on."""

    image: str
    """The functions' image as ``repository:tag``, which the cluster has or can pull."""

    values: tuple[Path, ...] = ()
    """Files of Helm values that this cluster needs, such as the images of its stores; separated by colons."""

    ingress: str | None = None
    """The URL of Knative's gateway; without it, the tests forward a port of Kourier."""

    kafka: str | None = None
    """``host:port`` of a Kafka that pods can reach."""


def read_settings() -> Settings | str:
    """Return the settings, or the reason to skip all tests."""
    for program in ("kubectl", "helm"):
        if shutil.which(program) is None:
            return f"{program} is not on PATH"
    try:
        run("kubectl", "get", "--raw", "/readyz", "--request-timeout=10s")
        run("kubectl", "get", "--raw", "/apis/serving.knative.dev/v1", "--request-timeout=10s")
    except (CommandError, subprocess.TimeoutExpired):
        return "KUBECONFIG names no cluster with Knative, or the cluster does not answer"
    image = os.environ.get("CLUSTER_IMAGE", "")
    if ":" not in image:
        return "CLUSTER_IMAGE does not name the functions' image as repository:tag"
    values = tuple(Path(each) for each in os.environ.get("CLUSTER_VALUES", "").split(":") if each)
    return Settings(image, values, os.environ.get("CLUSTER_INGRESS"), os.environ.get("CLUSTER_KAFKA"))


def kubectl(namespace: str, *arguments: str, stdin: str | None = None, seconds: float = 120) -> str:
    """Run kubectl in a namespace."""
    return run("kubectl", "--namespace", namespace, *arguments, stdin=stdin, seconds=seconds)


def list_objects(namespace: str, kind: str, *selector: str) -> list[dict[str, Any]]:
    """Return the objects of a kind, all or those with the labels ``name=value``."""
    chosen = ("--selector", ",".join(selector)) if selector else ()
    found: list[dict[str, Any]] = json.loads(kubectl(namespace, "get", kind, *chosen, "--output=json"))["items"]
    return found


def read_object(namespace: str, kind: str, name: str) -> dict[str, Any]:
    """Return one object."""
    found: dict[str, Any] = json.loads(kubectl(namespace, "get", kind, name, "--output=json"))
    return found
