"""Measures the first response of a function that scaled to zero, beside a bare function on the same cluster."""

import os
import statistics
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.benchmarks.cluster.cold_service import copy_service
from tests.cluster.cluster import list_objects, read_object
from tests.cluster.fixtures import Install
from tests.cluster.installation import Installation

pytestmark = pytest.mark.benchmark

ROUNDS = int(os.environ.get("CLUSTER_ROUNDS", "5"))
HELLO = Path(__file__).with_name("hello.py").read_text(encoding="utf-8")


def test_cold_start(install: Install) -> None:
    """Print each function's fastest, median and slowest first response, and the ratio of its median to hello's."""
    system = install()
    copy_service(system, "schedule-reminders", "cold-hello", sidecar=False, module=HELLO)
    for original in ("schedule-reminders", "tasks"):
        copy_service(system, original, f"cold-{original}", sidecar=False)
        copy_service(system, original, f"cold-{original}-dapr", sidecar=True)
    names = [one["metadata"]["name"] for one in list_objects(system.namespace, "ksvc")]
    taken: dict[str, list[float]] = {name: [] for name in names if name.startswith("cold-")}
    for _ in range(ROUNDS):
        for name, found in taken.items():
            system.wait_for(lambda name=name: not list_objects(system.namespace, "pods", f"todo/benchmark={name}"))  # type: ignore[misc] # a lambda's default
            found.append(first_answer(system, name))
    hello = statistics.median(taken["cold-hello"])
    for name, found in taken.items():
        middle = statistics.median(found)
        print(f"{name}: {min(found):.2f} {middle:.2f} {max(found):.2f} s, {middle / hello:.2f} of hello")  # noqa: T201 - a benchmark prints


def first_answer(system: Installation, name: str) -> float:
    """Return the seconds until the response to one request."""
    host = urlsplit(read_object(system.namespace, "ksvc", name)["status"]["url"]).netloc
    path = "/" if name == "cold-hello" else "/ready"
    began = time.perf_counter()
    answer = system._http.request("GET", system.gateway + path, headers={"Host": host}, timeout=120)
    taken = time.perf_counter() - began
    assert answer.status == 200, answer.data
    return taken
