"""Measure with a watch how long the pods of functions exist."""

import json
import subprocess
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import IO, Any


@dataclass
class PodTime:
    """The function, the start and the end of each pod so far, by the pod's name."""

    function: dict[str, str] = field(default_factory=dict)
    began: dict[str, datetime] = field(default_factory=dict)
    ended: dict[str, datetime] = field(default_factory=dict)

    def record(self, kind: str, pod: dict[str, Any], now: datetime) -> None:
        """Record an event of the watch."""
        name = pod["metadata"]["name"]
        self.function[name] = pod["metadata"]["labels"]["todo/function"]
        self.began.setdefault(name, now)
        if kind == "DELETED":
            self.ended[name] = now

    def seconds(self, until: datetime) -> Counter[str]:
        """Return the pod-seconds of each function."""
        found: Counter[str] = Counter()
        for name, began in self.began.items():
            found[self.function[name]] += round((self.ended.get(name, until) - began).total_seconds())
        return found

    def starts(self) -> Counter[str]:
        """Return the number of pods of each function."""
        return Counter(self.function.values())


@contextmanager
def watching(namespace: str) -> Iterator[PodTime]:
    """Watch the pods of a namespace's functions during the block. A pod counts from its creation to its deletion."""
    seen = PodTime()
    command = ["kubectl", "--namespace", namespace, "get", "pods", "--selector=todo/function"]
    command += ["--watch", "--output-watch-events", "--output=json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as watch:
        assert watch.stdout is not None
        reader = threading.Thread(target=_read, args=(watch.stdout, seen), daemon=True)
        reader.start()
        try:
            yield seen
        finally:
            watch.terminate()
            reader.join()


def _read(stream: IO[str], seen: PodTime) -> None:
    """Record each event once it is complete: kubectl writes an event in several lines."""
    text = ""
    for line in stream:
        text += line
        try:
            event = json.loads(text)
        except json.JSONDecodeError:
            continue
        seen.record(event["type"], event["object"], datetime.now(UTC))
        text = ""
