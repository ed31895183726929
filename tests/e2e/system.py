"""The whole system as a user starts it, seen from outside: over HTTP, and by its processes."""

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil

from knative.functions import LIST
from knative.local.postgres import Postgres
from knative.local.local_secrets import SECRETS_FILE
from knative.token import token
from tests.e2e.client import PATIENCE, Client, eventually

ROOT = Path(__file__).parents[2]
STATUS = "platform.json"


class System(Client):
    """A data folder, and the platform that runs on it."""

    def __init__(self, data: Path, functions: Path = LIST) -> None:
        super().__init__()
        self.data = data
        self._functions = functions
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, *options: str) -> None:
        """Start the platform, and return when it is ready."""
        (self.data / STATUS).unlink(missing_ok=True)
        command = [str(ROOT / "scripts" / "up"), "--port", "0", "--data", str(self.data)]
        command += ["--functions", str(self._functions), *options]
        with (self.data.parent / f"{self.data.name}.log").open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log)
        eventually(lambda: (self.data / STATUS).exists() or self._process.poll() is not None)  # type: ignore[union-attr]
        assert self._process.poll() is None, self.log()

    def stop(self) -> int:
        """Press Ctrl-C, and return the exit code."""
        assert self._process is not None
        self._process.send_signal(signal.SIGINT)
        return self._process.wait(PATIENCE)

    def kill(self) -> None:
        """Kill the platform itself, and nothing else."""
        assert self._process is not None
        self._process.kill()
        self._process.wait(PATIENCE)

    def kill_database(self) -> None:
        """Kill PostgreSQL's main process, unless it is only just being started again."""
        with suppress(ProcessLookupError):
            os.kill(self._status()["databasePid"], signal.SIGKILL)

    def kill_functions(self) -> int:
        """Kill every function process there is; return how many."""
        victims = self.function_processes()
        for victim in victims:
            victim.kill()
        return len(victims)

    def function_processes(self) -> list[psutil.Process]:
        """Return the processes of functions: what the fork server has forked."""
        assert self._process is not None
        found = []
        for child in psutil.Process(self._process.pid).children():
            if "postgres" not in child.name():
                found += child.children(recursive=True)
        return found

    @property
    def url(self) -> str:
        """Where the system listens."""
        return str(self._status()["url"])

    def log(self) -> str:
        """Return what the platform has printed."""
        return (self.data.parent / f"{self.data.name}.log").read_text(encoding="utf-8", errors="replace")

    def token(self, user: str = "alice", *roles: str) -> str:
        """Return a token of the front end's."""
        key = json.loads((self.data / SECRETS_FILE).read_text(encoding="utf-8"))["frontend-key"]
        return token(user, key=key, roles=["user", *roles], now=datetime.now(UTC))

    def address(self, path: str) -> tuple[str, dict[str, str]]:
        """Return the URL of a path: one port serves them all."""
        return self.url + path, {}

    def _status(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.data / STATUS).read_text(encoding="utf-8"))
        return found


@contextmanager
def running(data: Path, functions: Path = LIST, *options: str) -> Iterator[System]:
    """Run the system on a data folder for as long as the block lasts."""
    system = System(data, functions)
    system.start(*options)
    try:
        yield system
    finally:
        if system._process is not None and system._process.poll() is None:
            system.stop()
        Postgres(data).remove()  # it may lie elsewhere, where nobody clears up after tests
