"""The real Dapr sidecars of a running system, as tests see them from outside."""

import random
import time
from contextlib import suppress

import psutil
import urllib3
from pg8000 import dbapi

from knative.function_list import load_function_list
from tests.e2e.client import wait_for
from tests.e2e.system import System

KILLING_SECONDS = 4.0


class DaprdProcess:
    """A function's sidecar. Its ports and its token come from its command line and its environment."""

    def __init__(self, process: psutil.Process) -> None:
        command = process.cmdline()
        self.options = dict(zip(command[1::2], command[2::2], strict=False))
        self.process = process
        self.environment = process.environ()

    def secret_status(self, name: str, *, token: str | None = None) -> int:
        """Return the status of a request for a secret, when the sidecar responds. By default it has the right token."""
        url = f"http://127.0.0.1:{self.options['--dapr-http-port']}/v1.0/secrets/secretstore/{name}"
        headers = {"dapr-api-token": self.environment["DAPR_API_TOKEN"] if token is None else token}

        def ask() -> int:
            with suppress(urllib3.exceptions.HTTPError):
                return urllib3.request("GET", url, headers=headers, retries=False).status
            return 0

        return wait_for(ask, within=20)

    def connect_to_state_store(self) -> dbapi.Connection:
        """Connect to the database with the credentials of the sidecar's state store."""
        pairs = dict(pair.split("=", 1) for pair in self.environment["STATE_STORE_CONNECTION"].split())
        values = {name: value.strip("'") for name, value in pairs.items()}
        connection = dbapi.connect(
            user=values["user"],
            password=values["password"],
            database=values["dbname"],
            unix_sock=f"{values['host']}/.s.PGSQL.5432",
            ssl_context=False,
        )
        connection.autocommit = True
        return connection


def find_sidecars(system: System) -> dict[str, DaprdProcess]:
    """Return the running sidecars by function."""
    found = {}
    for process in system.function_processes():
        with suppress(psutil.Error):
            if "--app-id" in process.cmdline():
                sidecar = DaprdProcess(process)
                found[sidecar.options["--app-id"]] = sidecar
    return found


def start_and_find_sidecar(system: System, name: str) -> DaprdProcess:
    """Return a function's sidecar. A request starts the function if it does not run."""
    system.call("GET", load_function_list().get_function(name).paths[0])
    sidecar = wait_for(lambda: find_sidecars(system).get(name), within=20)
    assert sidecar is not None
    return sidecar


def is_process_alive(process: psutil.Process) -> bool:
    """Return whether a process runs. A zombie does not."""
    with suppress(psutil.Error):
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    return False


def kill_sidecars_repeatedly(system: System, random_moments: random.Random) -> None:
    """Kill all sidecars again and again, for some seconds."""
    deadline = time.monotonic() + KILLING_SECONDS
    while time.monotonic() < deadline:
        time.sleep(random_moments.uniform(0, 0.8))
        for sidecar in find_sidecars(system).values():
            with suppress(psutil.NoSuchProcess):
                sidecar.process.kill()
