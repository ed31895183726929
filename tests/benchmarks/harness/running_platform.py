"""The platform of ``scripts/up`` under measurement: requests, SQL, and the CPU time of each kind of process."""

import json
import tempfile
import threading
import urllib.request
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from sqlalchemy import URL, create_engine, text

from knative.function_list import FUNCTION_LIST_PATH
from tests.benchmarks.harness.cpu_time import read_cpu_seconds, read_tree_cpu_seconds
from tests.e2e.system import System, run_system


class RunningPlatform:
    """A running system, with its database and its processes."""

    def __init__(self, system: System) -> None:
        self.system = system
        self.status = json.loads((system.data / "platform.json").read_text(encoding="utf-8"))
        self.pid, self.database_pid = int(self.status["pid"]), int(self.status["databasePid"])
        password = (system.data / "postgres-password").read_text(encoding="utf-8")
        socket = f"{_find_socket_folder(self.database_pid)}/.s.PGSQL.5432"
        url = f"postgresql+pg8000://postgres:{quote(password, safe='')}@/todo?unix_sock={socket}"
        self._engine = create_engine(url, isolation_level="AUTOCOMMIT", pool_size=2)

    @property
    def address(self) -> tuple[str, int]:
        """Host and port of the public port."""
        parts = urlsplit(self.system.url)
        assert parts.hostname
        assert parts.port
        return parts.hostname, parts.port

    @property
    def broker_address(self) -> tuple[str, int]:
        """Host and port of the internal port, whose ``/broker`` takes events."""
        parts = urlsplit(self.status["internalUrl"])
        assert parts.hostname
        assert parts.port
        return parts.hostname, parts.port

    @property
    def engine_url(self) -> URL:
        """The URL of the superuser."""
        return self._engine.url

    def query(self, statement: str, **values: Any) -> list[Any]:
        """Run a statement as the superuser and return its rows."""
        with self._engine.connect() as connection:
            result = connection.execute(text(statement), values)
            return list(result) if result.returns_rows else []

    def scalar(self, statement: str, **values: Any) -> Any:
        """Return the first column of the first row."""
        return self.query(statement, **values)[0][0]

    def count_audited(self) -> int:
        """Return the number of entries in the audit log."""
        return int(self.scalar("SELECT coalesce(max(index) + 1, 0) FROM audit.entries"))

    def list_instances(self) -> dict[str, list[int]]:
        """Return the process ids of each running function."""
        with urllib.request.urlopen(f"{self.status['internalUrl']}/instances") as response:
            found: dict[str, list[int]] = json.load(response)
        return found

    def close(self) -> None:
        """Close the connections to the database."""
        self._engine.dispose()


class PlatformCpu:
    """The CPU seconds of the platform's processes since the construction, by kind.

    A thread asks every half second which functions run, so that an instance that ends meanwhile is counted, but for
    its last half second. That part is in ``other``, with the fork server and the starts of instances.
    """

    def __init__(self, platform: RunningPlatform) -> None:
        self._platform = platform
        self._functions: dict[int, tuple[str, float]] = {}
        self._first: dict[int, float] = {}
        self._is_new = False
        self._lock = threading.Lock()
        self._read_functions()
        self._is_new = True
        self._base = self._read_base()
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def close(self) -> dict[str, float]:
        """Stop watching. Return the seconds of ``postgresql``, ``platform``, each function, and ``other``."""
        self._end.set()
        self._thread.join()
        return self.read()

    def read(self) -> dict[str, float]:
        """Return the seconds so far."""
        self._read_functions()
        used = {name: seconds - self._base[name] for name, seconds in self._read_base().items()}
        functions: dict[str, float] = defaultdict(float)
        for pid, (name, seconds) in list(self._functions.items()):
            functions[name] += seconds - self._first[pid]
        other = used.pop("all") - sum(used.values()) - sum(functions.values())
        return {**functions, **used, "other": max(0.0, other)}

    def _watch(self) -> None:
        while not self._end.wait(0.5):
            self._read_functions()

    def _read_functions(self) -> None:
        with self._lock:
            self._read_each_function()

    def _read_each_function(self) -> None:
        for name, pids in self._platform.list_instances().items():
            for pid in pids:
                seconds = read_cpu_seconds(pid, dead_children=False)
                self._first.setdefault(pid, 0.0 if self._is_new else seconds)
                self._functions[pid] = (name, max(seconds, self._functions.get(pid, (name, 0.0))[1]))

    def _read_base(self) -> dict[str, float]:
        return {
            "all": read_tree_cpu_seconds(self._platform.pid),
            "postgresql": read_tree_cpu_seconds(self._platform.database_pid),
            "platform": read_cpu_seconds(self._platform.pid, dead_children=False),
        }


@contextmanager
def run_platform_under_test(functions: Path = FUNCTION_LIST_PATH) -> Iterator[RunningPlatform]:
    """Run the platform on a new data folder while the block runs."""
    with tempfile.TemporaryDirectory(prefix="todo-bench-") as made:
        folder = Path(made)
        folder.chmod(0o755)  # PostgreSQL's own user needs to get in
        with run_system(folder / "data", functions) as system:
            platform = RunningPlatform(system)
            try:
                yield platform
            finally:
                platform.close()


def _find_socket_folder(database_pid: int) -> str:
    arguments = Path(f"/proc/{database_pid}/cmdline").read_bytes().decode().split("\0")
    return arguments[arguments.index("-k") + 1]
