"""Starts a function as the container image does, in a new Python process, and times its first response."""

import http.client
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from knative.local.free_ports import find_free_ports
from tests.benchmarks.harness.cpu_time import list_tree, read_memory, read_tree_cpu_seconds
from tests.benchmarks.harness.function_host import ROOT

PATIENCE = 30.0
REST_SECONDS = 0.5
"""Seconds after the first response until the memory is read."""


def measure_cold_start(
    environment: Mapping[str, str], *, method: str, path: str, headers: Mapping[str, str], body: bytes, log: Path
) -> dict[str, Any]:
    """Return the milliseconds and the CPU until the first response, and the memory of the worker afterwards.

    Raises AssertionError if the response is no success.
    """
    [port] = find_free_ports(1)
    began = time.perf_counter()
    with _run(environment, port, log) as process:
        status = _wait_for_response(port, process, method=method, path=path, headers=headers, body=body)
        elapsed = time.perf_counter() - began
        used = read_tree_cpu_seconds(process.pid)
        assert 200 <= status < 300, f"{status}: {log.read_text(encoding='utf-8')}"
        time.sleep(REST_SECONDS)
        worker = list_tree(process.pid)[-1]
        return {"ms": elapsed * 1e3, "cpu_ms": used * 1e3, **read_memory(worker)}


@contextmanager
def _run(environment: Mapping[str, str], port: int, log: Path) -> Iterator["subprocess.Popen[bytes]"]:
    variables = {
        "PATH": os.environ["PATH"],
        "HOME": str(log.parent),
        "PYTHONPATH": str(ROOT),
        "PYTHONSAFEPATH": "1",
        "PYTHONUNBUFFERED": "1",
        "WORKERS": "1",
        "HOST": "127.0.0.1",
        "PORT": str(port),
        **environment,
    }
    command = [str(Path(sys.executable).with_name("functions-framework"))]
    with log.open("ab") as output:
        process = subprocess.Popen(command, env=variables, cwd=ROOT, stdout=output, stderr=output)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_for_response(
    port: int, process: "subprocess.Popen[bytes]", *, method: str, path: str, headers: Mapping[str, str], body: bytes
) -> int:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        with suppress(ConnectionRefusedError):
            connection.request(method, path, body=body or None, headers=dict(headers))
            response = connection.getresponse()
            response.read()
            return response.status
        connection.close()
        time.sleep(0.002)
    return 0
