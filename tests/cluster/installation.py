"""An installation of the chart in its own namespace, and the requests of its users through the gateway."""

import json
from base64 import b64decode
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from knative.function_list import load_function_list
from knative.user_token import make_user_token
from tests.cluster.cluster import CHART, Settings, kubectl, list_objects, read_object, run
from tests.cluster.readme import INSTALL, read_commands, run_command
from tests.e2e.client import SystemClient

RELEASE = "todo"
_OBSERVER = "observer"
_SQL = """
from sqlalchemy import create_engine, text
with create_engine({url!r}).begin() as connection:
    print(connection.scalar(text({statement!r})))
"""
_SERVICES = {path: function.name for function in load_function_list().functions for path in function.paths}


class Installation(SystemClient):
    """The release ``todo`` in a namespace."""

    pause = 0.5

    def __init__(self, namespace: str, settings: Settings, gateway: str) -> None:
        super().__init__()
        self.namespace = namespace
        self.settings = settings
        self.gateway = gateway
        self._key = ""
        self._hosts: dict[str, str] = {}

    def install_as_documented(self) -> str:
        """Install the chart with the commands of knative/README.md; return their output."""
        return "".join(run_command(each) for each in read_commands(INSTALL, self.settings, self.namespace))

    def install(self, *arguments: str) -> None:
        """Install or upgrade the chart, and wait until every function is ready."""
        repository, _, tag = self.settings.image.rpartition(":")
        values = [CHART / "values-minikube.yaml", *self.settings.values]
        run(
            *("helm", "upgrade", "--install", RELEASE, str(CHART), "--namespace", self.namespace, "--create-namespace"),
            *(f"--values={path}" for path in values),
            *("--set-string", f"image.repository={repository},image.tag={tag}", "--wait", "--timeout=10m", *arguments),
            seconds=660,
        )
        self.wait_until_ready()

    def wait_until_ready(self) -> None:
        """Wait until every function is ready, and every Trigger delivers."""
        # Until Knative observes the new generation, a Service reports the readiness of its previous revision.
        self.wait_for(lambda: all(map(is_observed, list_objects(self.namespace, "ksvc"))))
        kinds = "ksvc,broker,triggers.eventing.knative.dev,pingsource"
        kubectl(self.namespace, "wait", kinds, "--all", "--for=condition=Ready", "--timeout=10m", seconds=660)

    def remove(self) -> None:
        """Delete the installation and its namespace."""
        run("kubectl", "delete", "namespace", self.namespace, "--timeout=5m", seconds=330)

    def token(self, user: str = "alice", *roles: str) -> str:
        """Return a user's token, signed as the front end signs it."""
        self._key = self._key or self.secret("frontend-key", "frontend-key")
        return make_user_token(user, key=self._key, roles=["user", *roles], now=datetime.now(UTC))

    def address(self, path: str) -> tuple[str, dict[str, str]]:
        """Return the gateway's URL for a path, and the Host header of the service."""
        service = _SERVICES["/" + path.split("/")[1].partition("?")[0]]
        if service not in self._hosts:
            self._hosts[service] = str(urlsplit(read_object(self.namespace, "ksvc", service)["status"]["url"]).netloc)
        return self.gateway + path, {"Host": self._hosts[service]}

    def secret(self, name: str, key: str) -> str:
        """Return a value of a Kubernetes Secret."""
        return b64decode(read_object(self.namespace, "secret", name)["data"][key]).decode()

    def rewrite_secret(self, name: str, values: dict[str, str]) -> None:
        """Set values of a Kubernetes Secret."""
        kubectl(self.namespace, "patch", "secret", name, "--patch", json.dumps({"stringData": values}))

    def pods(self, *functions: str) -> list[dict[str, Any]]:
        """Return the pods of all or of some functions, without pods that are being deleted."""
        found = list_objects(self.namespace, "pods", "todo/function")
        return [
            pod
            for pod in found
            if "deletionTimestamp" not in pod["metadata"]
            and (not functions or pod["metadata"]["labels"]["todo/function"] in functions)
        ]

    def awake(self, service: str, path: str = "/health") -> str:
        """Return the name of a running pod of an HTTP function; a request starts one if necessary."""
        url, headers = self.address(f"/{service}")
        self.wait_for(lambda: self._http.request("GET", url.removesuffix(f"/{service}") + path, headers=headers))
        return str(self.wait_for(lambda: self.pods(service))[0]["metadata"]["name"])

    def execute(self, pod: str, container: str, code: str) -> str:
        """Run Python code in a container; return its output."""
        return kubectl(self.namespace, "exec", pod, "--container", container, "--", "python", "-c", code)

    def kill(self, pod: str, container: str) -> None:
        """Kill the first process of a container, from a debug container that shares its processes.

        Inside a container, the kernel delivers only signals that the first process handles. Go's runtime handles
        SIGQUIT, and exits.
        """
        killer = "import os, signal; os.kill(1, signal.SIGQUIT)"
        kubectl(
            self.namespace,
            *("debug", pod, f"--target={container}", f"--image={self.settings.image}", "--profile=restricted"),
            *("--image-pull-policy=IfNotPresent", "--attach", "--", "python", "-c", killer),
        )

    def sql(self, statement: str) -> str:
        """Run a statement as the database's administrator; return the first column of the first row as text."""
        code = _SQL.format(url=self.secret("todo-database", "admin-url"), statement=statement)
        if not list_objects(self.namespace, "pods", f"todo/test={_OBSERVER}"):
            kubectl(self.namespace, "apply", "--filename=-", stdin=json.dumps(_observer(self.settings.image)))
            kubectl(self.namespace, "wait", f"pod/{_OBSERVER}", "--for=condition=Ready", "--timeout=60s")
        return kubectl(self.namespace, "exec", "--stdin", _OBSERVER, "--", "python", "-", stdin=code).strip()


def _observer(image: str) -> dict[str, Any]:
    """Return a pod with the labels of the migrations' Job, so that it reaches the database."""
    labels = {"app.kubernetes.io/instance": RELEASE, "todo/job": "migrate", "todo/test": _OBSERVER}
    container = {"name": "python", "image": image, "command": ["sleep", "infinity"], "imagePullPolicy": "IfNotPresent"}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": _OBSERVER, "labels": labels},
        "spec": {"containers": [container], "terminationGracePeriodSeconds": 0, "automountServiceAccountToken": False},
    }


def is_observed(service: dict[str, Any]) -> bool:
    """Return whether Knative has observed the last change of a Service."""
    return bool(service.get("status", {}).get("observedGeneration") == service["metadata"]["generation"])


def running(pods: Sequence[dict[str, Any]]) -> list[str]:
    """Return the names of the functions of pods."""
    return sorted(pod["metadata"]["labels"]["todo/function"] for pod in pods)
