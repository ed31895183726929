"""The set-up of a benchmark: a database with all migrations, a Broker that counts, and functions that use both."""

import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from functions.migrations import DATABASE_DOMAINS
from knative.function_list import load_function_list
from knative.local.database_setup import prepare_database
from knative.local.function_environment import FunctionEnvironment
from knative.local.local_secrets import load_local_secrets
from knative.local.postgres import DATABASE, Postgres
from tests.benchmarks.harness.counting_broker import CountingBroker, run_counting_broker
from tests.benchmarks.harness.function_host import FunctionHost, HostedFunction, host_functions

ROWS = "CREATE SCHEMA bench; CREATE TABLE bench.rows (id uuid PRIMARY KEY, body text NOT NULL)"
"""The table of the functions that write one row in a transaction."""


@dataclass(frozen=True, slots=True)
class BenchOptions:
    """How long and how large. ``seconds`` is the length of one round of one subject."""

    rounds: int = 5
    seconds: float = 1.2
    full: bool = False


class Workbench:
    """A data folder with PostgreSQL, a Broker and functions."""

    def __init__(
        self, folder: Path, postgres: Postgres, broker: CountingBroker, host: FunctionHost, secrets: dict[str, str]
    ) -> None:
        self.folder = folder
        self.postgres = postgres
        self.broker = broker
        self.secrets = secrets
        self._host = host
        self._functions = load_function_list()
        self._environment = FunctionEnvironment(folder, postgres, secrets)
        self._engine = create_engine(postgres.admin_url, poolclass=NullPool)

    @property
    def database_pid(self) -> int:
        """The process id of PostgreSQL's main process; its sessions are its children."""
        assert self.postgres.pid
        return self.postgres.pid

    def start_function(self, name: str, **variables: str) -> HostedFunction:
        """Start a function of the project with the variables that the platform gives it, and ``variables``."""
        return self._host.start(name, {**self.function_environment(name), **variables})

    def function_environment(self, name: str) -> dict[str, str]:
        """Return the variables of a function of the project; it publishes to the counting Broker."""
        function = self._functions.get_function(name)
        variables = self._environment.variables_of(function, "http://127.0.0.1:9")
        return {**variables, "EVENT_BUS_URL": self.broker.url}

    def start_compared_function(self, name: str, *, threads: int = 8) -> HostedFunction:
        """Start one of ``tests/benchmarks/functions`` with as many threads as ours."""
        return self._host.start(name, self.compared_environment(name, threads=threads))

    def compared_environment(self, name: str, *, threads: int) -> dict[str, str]:
        """Return the variables of one of ``tests/benchmarks/functions``."""
        return {
            "FUNCTION_SOURCE": f"tests/benchmarks/functions/{name}.py",
            "FUNCTION_TARGET": name,
            "THREADS": str(threads),
            "BENCH_DATABASE": self.connection_arguments,
        }

    @property
    def connection_arguments(self) -> str:
        """The arguments of a pg8000 connection of the superuser, as JSON."""
        url = self._engine.url
        arguments = {"user": url.username, "password": url.password, "database": url.database}
        return json.dumps(arguments | {"unix_sock": url.query["unix_sock"]})

    def run_sql(self, statement: str, *, database: str = DATABASE, **values: Any) -> None:
        """Run a statement as the superuser."""
        engine = create_engine(self._engine.url.set(database=database), poolclass=NullPool)
        with engine.begin() as connection:
            connection.execute(text(statement), values)

    def copy_database(self, name: str) -> None:
        """Create a copy of the database. No function may be connected to it."""
        with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {DATABASE}"))

    def variables_for(self, name: str, database: str) -> dict[str, str]:
        """Return the variable that connects a function to a copy of the database."""
        url = self.function_environment(name)["DATABASE_URL"]
        return {"DATABASE_URL": url.replace(f"/{DATABASE}?", f"/{database}?")}

    def query(self, statement: str, **values: Any) -> list[Any]:
        """Return the rows of a query of the superuser."""
        with self._engine.begin() as connection:
            return list(connection.execute(text(statement), values))


@contextmanager
def open_workbench() -> Iterator[Workbench]:
    """Open a workbench in a temporary folder while the block runs."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="todo-bench-")))
        folder.chmod(0o755)  # PostgreSQL's own user needs to get in
        os.environ.pop("DATABASE_URL", None)
        secrets = load_local_secrets(folder, DATABASE_DOMAINS)
        postgres = Postgres(folder)
        stack.callback(postgres.remove)
        stack.callback(postgres.stop)
        postgres.start()
        prepare_database(postgres, secrets)
        broker = stack.enter_context(run_counting_broker())
        host = stack.enter_context(host_functions(folder))
        bench = Workbench(folder, postgres, broker, host, secrets)
        bench.run_sql(ROWS)
        yield bench
