"""Forward ports of the cluster to this machine: of Knative's gateway, and of single pods."""

import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from tests.cluster.cluster import Settings


@contextmanager
def gateway(settings: Settings) -> Iterator[str]:
    """Yield the gateway's URL: the setting, or a forwarded port of Kourier."""
    if settings.ingress:
        yield settings.ingress.rstrip("/")
        return
    with forwarded("kourier-system", "service/kourier", 80) as url:
        yield url


@contextmanager
def forwarded(namespace: str, target: str, port: int) -> Iterator[str]:
    """Yield the local URL of a forwarded port of the cluster."""
    command = ["kubectl", f"--namespace={namespace}", "port-forward", target, f":{port}", "--address=127.0.0.1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as forwarding:
        assert forwarding.stdout is not None
        try:
            found = re.search(r"127\.0\.0\.1:\d+", forwarding.stdout.readline())
            assert found, "kubectl port-forward printed no port"
            yield f"http://{found[0]}"
        finally:
            forwarding.terminate()
