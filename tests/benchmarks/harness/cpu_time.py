"""Reads the CPU time and the memory of processes and of all their descendants, dead ones included."""

import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

_TICKS: Final = os.sysconf("SC_CLK_TCK")
_PPID, _OWN_TIMES, _ALL_TIMES = 1, slice(11, 13), slice(11, 15)
"""Places in ``/proc/PID/stat`` after the name: the parent; user and system time; and both of dead children."""


def read_cpu_seconds(pid: int, *, dead_children: bool = True) -> float:
    """Return the CPU seconds of a process and of its children that have ended, or 0 if the process has ended."""
    fields = _read_stat(pid)
    times = fields[_ALL_TIMES if dead_children else _OWN_TIMES] if fields else []
    return sum(map(int, times)) / _TICKS


def read_tree_cpu_seconds(pid: int) -> float:
    """Return the CPU seconds of a process and of all its descendants, dead ones included.

    A dead descendant counts as soon as its parent has waited for it.
    """
    return sum(read_cpu_seconds(each) for each in list_tree(pid))


def list_tree(pid: int) -> list[int]:
    """Return a process and all its living descendants."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and (fields := _read_stat(int(entry.name))):
            children.setdefault(int(fields[_PPID]), []).append(int(entry.name))
    found = [pid]
    for each in found:
        found += children.get(each, [])
    return found


def read_memory(pid: int) -> dict[str, float]:
    """Return the resident (``rss``) and the proportional (``pss``) memory of a process in MB."""
    kilobytes = dict.fromkeys(("Rss", "Pss"), 0.0)
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines():
            name, _, value = line.partition(":")
            if name in kilobytes:
                kilobytes[name] = float(value.split()[0])
    return {name.lower(): value / 1024 for name, value in kilobytes.items()}


class CpuMeter:
    """The CPU seconds that groups of processes use from the construction on. Each process counts with descendants."""

    def __init__(self, groups: Mapping[str, Iterable[int]]) -> None:
        self._groups = {name: list(pids) for name, pids in groups.items()}
        self._began = self._read()

    def read(self) -> dict[str, float]:
        """Return the CPU seconds of each group so far."""
        return {name: used - self._began[name] for name, used in self._read().items()}

    def _read(self) -> dict[str, float]:
        return {name: sum(map(read_tree_cpu_seconds, pids)) for name, pids in self._groups.items()}


def _read_stat(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:
        return []
