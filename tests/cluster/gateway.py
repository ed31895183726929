"""The way into the cluster for a test that knows no address of Knative's gateway, or wants to go by it."""

import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from tests.cluster.cluster import Settings


@contextmanager
def gateway(settings: Settings) -> Iterator[str]:
    """Yield the gateway's URL: as it was given, or a forwarded port of Kourier's."""
    if settings.ingress:
        yield settings.ingress.rstrip("/")
        return
    with forwarded("kourier-system", "service/kourier", 80) as url:
        yield url


@contextmanager
def forwarded(namespace: str, target: str, port: int) -> Iterator[str]:
    """Yield the URL of a port of this machine that leads to one in the cluster."""
    command = ["kubectl", f"--namespace={namespace}", "port-forward", target, f":{port}", "--address=127.0.0.1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as forwarding:
        assert forwarding.stdout is not None
        try:
            found = re.search(r"127\.0\.0\.1:\d+", forwarding.stdout.readline())
            assert found, "kubectl port-forward said nothing of a port"
            yield f"http://{found[0]}"
        finally:
            forwarding.terminate()
