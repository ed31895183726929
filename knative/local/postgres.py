"""The embedded PostgreSQL server of a data folder: create, start and stop it. It listens on a unix socket only."""

import secrets
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

from pg8000 import dbapi

from knative.local.postgres_home import PostgresHome, delete_postgres_home, find_postgres_home, locate_postgres_folder
from knative.local.postgres_leftover import SOCKET_FOLDER_PREFIX, STOP_SECONDS, stop_leftover_server
from knative.local.start_error import StartError

SUPERUSER = "postgres"
DATABASE = "todo"
START_SECONDS = 60.0

_SETTINGS = {
    "listen_addresses": "",
    "max_connections": "300",  # every function has its own pool
    "shared_buffers": "64MB",
    "log_min_messages": "warning",
}


class Postgres:
    """The server of a data folder. Every method may block, and may be called from any thread.

    ``report`` is called with a line for the user when a step takes long.
    """

    def __init__(self, data: Path, *, report: Callable[[str], None] = lambda _: None) -> None:
        self._data = data.resolve()
        self._report = report
        self._sockets: Path | None = None
        self._server: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()

    @property
    def pid(self) -> int | None:
        """The process id of the server, or None if it does not run."""
        return self._server.pid if self._server and self._server.poll() is None else None

    @property
    def folder(self) -> Path:
        """The folder of the database, outside the data folder if PostgreSQL's user has no access there."""
        return locate_postgres_folder(self._data)

    @property
    def admin_url(self) -> str:
        """The SQLAlchemy URL of the superuser."""
        return self.url_of(SUPERUSER, self._password())

    def url_of(self, role: str, password: str, database: str = DATABASE) -> str:
        """Return the SQLAlchemy URL of a role."""
        return f"postgresql+pg8000://{role}:{quote(password, safe='')}@/{database}?unix_sock={self._socket()}"

    def connection_string(self, role: str, password: str) -> str:
        """Return libpq's connection string of a role, such as ``host='/tmp/todo-pg-x' dbname='todo' …``."""
        parameters = {
            "host": str(self._sockets),
            "dbname": DATABASE,
            "user": role,
            "password": password,
            "sslmode": "disable",
        }
        return " ".join(f"{name}='{_escape(value)}'" for name, value in parameters.items())

    def start(self) -> None:
        """Start the server and return when it accepts connections. Create the database if there is none.

        A server that a killed platform left is stopped first. Raises :class:`StartError`.
        """
        with self._lock:
            self._start()

    def is_alive(self) -> bool:
        """Return whether the server's process runs."""
        return self.pid is not None

    def stop(self) -> None:
        """End all sessions and stop the server. Kill it if it does not stop."""
        with self._lock:
            if self._server is not None:
                _stop_server(self._server)
            if self._sockets is not None:
                shutil.rmtree(self._sockets, ignore_errors=True)
                self._sockets = None

    def remove(self) -> None:
        """Delete the database, inside or outside the data folder, after stopping a server that still runs on it."""
        stop_leftover_server(locate_postgres_folder(self._data) / "data")
        delete_postgres_home(self._data)
        self._password_file.unlink(missing_ok=True)

    def _start(self) -> None:
        home = find_postgres_home(self._data, report=self._report)
        data = home.folder / "data"
        stop_leftover_server(data, keep=self._sockets)
        if not data.exists():
            self._run_initdb(home, data)
        if self._sockets is None:  # after a crash the sockets keep their place, which the functions know
            # Not under TMPDIR, which may be long: the path of a socket has at most 107 bytes.
            self._sockets = Path(tempfile.mkdtemp(prefix=SOCKET_FOLDER_PREFIX, dir="/tmp"))
            home.give_to_user(self._sockets)
        log = home.folder / "log"
        settings = [f"--{name}={value}" for name, value in _SETTINGS.items()]
        with log.open("ab") as output:
            self._server = subprocess.Popen(
                [home.programs / "postgres", "-D", data, "-k", self._sockets, *settings],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd=home.folder,
                start_new_session=True,  # Ctrl-C is for the platform, which stops the database last
                **home.run_as,
            )
        self._wait_until_ready(log)
        self._create_database()

    def _run_initdb(self, home: PostgresHome, data: Path) -> None:
        self._report("creating the database (once)")
        partial = home.folder / "data.partial"
        shutil.rmtree(partial, ignore_errors=True)
        password = home.folder / "password.partial"
        password.write_text(self._password(), encoding="utf-8")
        password.chmod(0o600)
        home.give_to_user(password)
        options = [f"--username={SUPERUSER}", f"--pwfile={password}", "--auth=scram-sha-256", "--encoding=UTF8"]
        options += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
        command = [str(home.programs / "initdb"), "-D", str(partial), *options]
        result = subprocess.run(
            command,
            check=False,
            capture_output=True,
            text=True,
            cwd=home.folder,
            start_new_session=True,  # Ctrl-C lets it finish: it takes less than a second
            **home.run_as,
        )
        password.unlink()
        if result.returncode != 0:
            raise StartError("PostgreSQL could not create a database: " + _find_reason(result.stderr))
        partial.rename(data)

    def _wait_until_ready(self, log: Path) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if not self.is_alive():
                break
            try:
                self._connect("postgres").close()
            except (dbapi.Error, OSError):
                time.sleep(0.02)
            else:
                return
        raise StartError("PostgreSQL did not start: " + _find_reason(log.read_text(encoding="utf-8", errors="replace")))

    def _create_database(self) -> None:
        connection = self._connect("postgres")
        connection.autocommit = True
        cursor = connection.cursor()
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE,))
        if cursor.fetchone() is None:
            cursor.execute(f"CREATE DATABASE {DATABASE}")
        connection.close()

    def _connect(self, database: str) -> dbapi.Connection:
        return dbapi.connect(
            user=SUPERUSER, password=self._password(), unix_sock=self._socket(), database=database, ssl_context=False
        )

    def _socket(self) -> str:
        return f"{self._sockets}/.s.PGSQL.5432"

    @property
    def _password_file(self) -> Path:
        return self._data / "postgres-password"

    def _password(self) -> str:
        """Return the superuser's password. It is created at the first call and stored in the data folder."""
        path = self._password_file
        if not path.exists():
            partial = path.with_suffix(".partial")
            partial.touch(mode=0o600)
            partial.write_text(secrets.token_urlsafe(24), encoding="utf-8")
            partial.rename(path)
        return path.read_text(encoding="utf-8")


def _escape(value: str) -> str:
    return value.replace("\\", "\\\\").replace("'", "\\'")


def _stop_server(server: subprocess.Popen[bytes]) -> None:
    """Stop the server: a fast shutdown first, then an immediate one, then SIGKILL."""
    for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
        server.send_signal(number)
        try:
            server.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            continue
        return


def _find_reason(log: str) -> str:
    """Return the last error in a log, or its last line."""
    lines = [line for line in log.splitlines() if line.strip()] or ["its log is empty"]
    errors = [line for line in lines if "FATAL" in line or "PANIC" in line or "error:" in line]
    return (errors or lines)[-1]
