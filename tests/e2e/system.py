"""The whole system as a user starts it with ``scripts/up``, and control over its processes."""

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

from knative.function_list import FUNCTION_LIST_PATH
from knative.local.local_secrets import SECRETS_FILE
from knative.local.postgres import Postgres
from knative.user_token import make_user_token
from tests.e2e.client import PATIENCE, SystemClient, wait_for

ROOT = Path(__file__).parents[2]
STATUS = "platform.json"


class System(SystemClient):
    """A data folder, and the platform that runs on it."""

    def __init__(self, data: Path, functions: Path = FUNCTION_LIST_PATH) -> None:
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
            process = self._process = subprocess.Popen(command, stdout=log, stderr=log)
        wait_for(lambda: (self.data / STATUS).exists() or process.poll() is not None)
        assert process.poll() is None, self.read_log()

    def is_running(self) -> bool:
        """Return whether the platform's process runs."""
        return self._process is not None and self._process.poll() is None

    def stop(self) -> int:
        """Stop the platform as Ctrl-C does, and return its exit code."""
        assert self._process is not None
        self._process.send_signal(signal.SIGINT)
        return self._process.wait(PATIENCE)

    def kill(self) -> None:
        """Kill the platform's own process only."""
        assert self._process is not None
        self._process.kill()
        self._process.wait(PATIENCE)

    def kill_database(self) -> None:
        """Kill PostgreSQL's main process, unless it has just died."""
        with suppress(ProcessLookupError):
            os.kill(self._status()["databasePid"], signal.SIGKILL)

    def kill_functions(self) -> int:
        """Kill all processes of functions, and return their number."""
        victims = self.function_processes()
        for victim in victims:
            victim.kill()
        return len(victims)

    def function_processes(self) -> list[psutil.Process]:
        """Return the processes of functions and sidecars, which are the descendants of the fork server."""
        assert self._process is not None
        found = []
        for child in psutil.Process(self._process.pid).children():
            if "postgres" not in child.name():
                found += child.children(recursive=True)
        return found

    @property
    def url(self) -> str:
        """The base URL of the public port."""
        return str(self._status()["url"])

    def read_log(self) -> str:
        """Return the output of the platform."""
        return (self.data.parent / f"{self.data.name}.log").read_text(encoding="utf-8", errors="replace")

    def token(self, user: str = "alice", *roles: str) -> str:
        """Return a token of the front end for a user."""
        key = json.loads((self.data / SECRETS_FILE).read_text(encoding="utf-8"))["frontend-key"]
        return make_user_token(user, key=key, roles=["user", *roles], now=datetime.now(UTC))

    def address(self, path: str) -> tuple[str, dict[str, str]]:
        """Return the URL of a path on the public port, which needs no headers."""
        return self.url + path, {}

    def _status(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.data / STATUS).read_text(encoding="utf-8"))
        return found


@contextmanager
def run_system(data: Path, functions: Path = FUNCTION_LIST_PATH, *options: str) -> Iterator[System]:
    """Run the system on a data folder during a block. ``options`` are those of ``scripts/up``."""
    system = System(data, functions)
    system.start(*options)
    try:
        yield system
    finally:
        if system.is_running():
            system.stop()
        Postgres(data).remove()  # the database may be outside the data folder
