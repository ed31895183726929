"""How long pods of functions were there, told by a watch of the cluster's own."""

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
    """The pods seen so far, by name: whose they are, and from when to when they were there."""

    function: dict[str, str] = field(default_factory=dict)
    began: dict[str, datetime] = field(default_factory=dict)
    ended: dict[str, datetime] = field(default_factory=dict)

    def see(self, kind: str, pod: dict[str, Any], now: datetime) -> None:
        """Take an event of the watch in."""
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
        """Return how many pods each function had."""
        return Counter(self.function.values())


@contextmanager
def watching(namespace: str) -> Iterator[PodTime]:
    """Watch a namespace's functions for as long as the block runs; a pod counts from its creation to its very end."""
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
    """Take in each event as soon as it is whole, on however many lines kubectl writes it."""
    text = ""
    for line in stream:
        text += line
        try:
            event = json.loads(text)
        except json.JSONDecodeError:
            continue
        seen.see(event["type"], event["object"], datetime.now(UTC))
        text = ""
