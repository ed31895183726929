"""CPU time and memory of processes and their descendants."""

import os
import subprocess
import sys

import pytest

from tests.benchmarks.harness.cpu_time import CpuMeter, list_tree, read_cpu_seconds, read_memory

pytestmark = pytest.mark.skipif(not os.path.exists("/proc/self/stat"), reason="this system has no /proc")  # noqa: PTH110

WASTE = "while __import__('time').process_time() < 0.1: pass"


def test_a_dead_child_counts() -> None:
    """A process that has ended is counted with its parent."""
    meter = CpuMeter({"this": [os.getpid()]})
    before = read_cpu_seconds(os.getpid(), dead_children=False)
    subprocess.run([sys.executable, "-c", WASTE], check=True)
    own = read_cpu_seconds(os.getpid(), dead_children=False) - before
    assert meter.read()["this"] >= own + 0.09


def test_a_living_child_counts() -> None:
    """A process that still runs is found below its parent."""
    meter = CpuMeter({"this": [os.getpid()]})
    with subprocess.Popen([sys.executable, "-c", f"{WASTE}\nprint(flush=True); input()"], stdin=-1, stdout=-1) as child:
        assert child.stdout
        child.stdout.readline()
        assert child.pid in list_tree(os.getpid())
        assert meter.read()["this"] >= 0.09
        assert read_memory(child.pid)["rss"] > 1
        child.communicate(b"\n")
    assert read_cpu_seconds(child.pid) == 0
    assert read_memory(child.pid) == {"rss": 0, "pss": 0}
