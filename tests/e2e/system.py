"""The whole system as a user starts it, seen from outside: over HTTP, and by its processes."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import psutil
import urllib3

from knative.functions import LIST
from knative.local.postgres import Postgres
from knative.local.secrets import FILE
from knative.token import token

ROOT = Path(__file__).parents[2]
PATIENCE = 150.0
"""How long anything may take before it counts as lost, in seconds: what a killed process was about to publish is sent
once its lease of 75 seconds has run out."""

STATUS = "platform.json"

T = TypeVar("T")


class Answer:
    """An HTTP answer, its headers in lower case."""

    def __init__(self, answer: urllib3.BaseHTTPResponse) -> None:
        self.status = answer.status
        self.headers = {name.lower(): value for name, value in answer.headers.items()}
        self.json: Any = json.loads(answer.data) if answer.data else None


class System:
    """A data folder, and the platform that runs on it."""

    def __init__(self, data: Path, functions: Path = LIST) -> None:
        self.data = data
        self._functions = functions
        self._process: subprocess.Popen[bytes] | None = None
        self._http = urllib3.PoolManager(maxsize=16, retries=False)

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
        key = json.loads((self.data / FILE).read_text(encoding="utf-8"))["frontend-key"]
        return token(user, key=key, roles=["user", *roles], now=datetime.now(UTC))

    def call(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        user: str = "alice",
        roles: Sequence[str] = (),
        **headers: str,
    ) -> Answer:
        """Call the system's one port as a user."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        sent.setdefault("Authorization", f"Bearer {self.token(user, *roles)}")
        encoded = None
        if body is not None:
            sent["Content-Type"] = "application/json"
            encoded = json.dumps(body).encode()
        url = self.url + path
        return Answer(self._http.request(method, url, body=encoded, headers=sent, timeout=PATIENCE))

    def items(self, path: str, *, user: str = "alice", roles: Sequence[str] = ()) -> list[dict[str, Any]]:
        """Return all the items of a list, page by page."""
        found: list[dict[str, Any]] = []
        cursor = ""
        while True:
            answer = self.call("GET", f"{path}{'&' if '?' in path else '?'}limit=200{cursor}", user=user, roles=roles)
            if answer.status == 503:  # a dependency was killed just now
                time.sleep(0.2)
                continue
            assert answer.status == 200, answer.json
            found += answer.json["items"]
            if answer.json["next"] is None:
                return found
            cursor = f"&cursor={answer.json['next']}"

    def audited(self) -> list[dict[str, Any]]:
        """Return every event in the audit log, in the order it was kept."""
        return [entry["event"] for entry in self.items("/audit/entries", user="olga", roles=["operator"])]

    def _status(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.data / STATUS).read_text(encoding="utf-8"))
        return found


def eventually(look: Callable[[], T], *, within: float = PATIENCE) -> T:
    """Return what ``look`` finds as soon as it finds something true; fail where it never does."""
    deadline = time.monotonic() + within
    while not (found := look()):
        assert time.monotonic() < deadline, f"still {found!r} after {within} s"
        time.sleep(0.05)
    return found


@contextmanager
def running(data: Path, functions: Path = LIST) -> Iterator[System]:
    """Run the system on a data folder for as long as the block lasts."""
    system = System(data, functions)
    system.start()
    try:
        yield system
    finally:
        if system._process is not None and system._process.poll() is None:
            system.stop()
        Postgres(data).remove()  # it may lie elsewhere, where nobody clears up after tests
