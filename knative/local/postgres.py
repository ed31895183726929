"""The embedded PostgreSQL: made once, started and stopped with the platform, reached through a unix socket only."""

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

from knative.local.postgres_home import Home, find_home, forget_home, known_home
from knative.local.postgres_leftover import SOCKETS, STOP_SECONDS, stop_leftover
from knative.local.start_error import StartError

SUPERUSER = "postgres"
DATABASE = "todo"
START_SECONDS = 60.0

_SETTINGS = {
    "listen_addresses": "",
    "max_connections": "300",  # every function has a pool of its own
    "shared_buffers": "64MB",
    "log_min_messages": "warning",
}


class Postgres:
    """The server of a data folder. Every method may block; any thread may call it."""

    def __init__(self, data: Path, *, say: Callable[[str], None] = lambda _: None) -> None:
        self._data = data.resolve()
        self._say = say
        self._home: Home | None = None
        self._sockets: Path | None = None
        self._server: subprocess.Popen[bytes] | None = None
        self._turn = threading.Lock()

    @property
    def pid(self) -> int | None:
        """The server's process, or None while it is not running."""
        return self._server.pid if self._server and self._server.poll() is None else None

    @property
    def admin_url(self) -> str:
        """The SQLAlchemy URL of the superuser."""
        return self.url_of(SUPERUSER, self._password())

    def url_of(self, role: str, password: str, database: str = DATABASE) -> str:
        """Return the SQLAlchemy URL of a role."""
        return f"postgresql+pg8000://{role}:{quote(password, safe='')}@/{database}?unix_sock={self._socket()}"

    def connection_string(self, role: str, password: str) -> str:
        """Return what a role gives to a program that speaks libpq's language."""
        given = {
            "host": str(self._sockets),
            "dbname": DATABASE,
            "user": role,
            "password": password,
            "sslmode": "disable",
        }
        return " ".join(f"{name}='{_escaped(value)}'" for name, value in given.items())

    def start(self) -> None:
        """Make the database if there is none, end a server that an earlier run left, and start; ready on return.

        Raises :class:`StartError`.
        """
        with self._turn:
            self._start()

    def alive(self) -> bool:
        """Whether the server's process runs."""
        return self.pid is not None

    def stop(self) -> None:
        """End every session and stop, within STOP_SECONDS."""
        with self._turn:
            if self._server is not None:
                _end(self._server)
            if self._sockets is not None:
                shutil.rmtree(self._sockets, ignore_errors=True)
                self._sockets = None

    def remove(self) -> None:
        """Remove the database, wherever it lives, after ending a server that an earlier run left on it."""
        stop_leftover(known_home(self._data) / "data")
        forget_home(self._data)
        self._password_file.unlink(missing_ok=True)

    @property
    def folder(self) -> Path:
        """Where the database is, or will be unless its user cannot enter there."""
        return known_home(self._data)

    def _start(self) -> None:
        home = self._home = find_home(self._data, say=self._say)
        data = home.folder / "data"
        stop_leftover(data, keep=self._sockets)
        if not data.exists():
            self._make(home, data)
        if self._sockets is None:  # after a crash they stay where the functions were told they are
            # Not under TMPDIR, which may be long: a socket's path has at most 107 bytes.
            self._sockets = Path(tempfile.mkdtemp(prefix=SOCKETS, dir="/tmp"))
            home.give(self._sockets)
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
        self._await_ready(log)
        self._make_database()

    def _make(self, home: Home, data: Path) -> None:
        self._say("making the database (once)")
        partial = home.folder / "data.partial"
        shutil.rmtree(partial, ignore_errors=True)
        password = home.folder / "password.partial"
        password.write_text(self._password(), encoding="utf-8")
        password.chmod(0o600)
        home.give(password)
        options = [f"--username={SUPERUSER}", f"--pwfile={password}", "--auth=scram-sha-256", "--encoding=UTF8"]
        options += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
        command = [str(home.programs / "initdb"), "-D", str(partial), *options]
        made = subprocess.run(
            command,
            check=False,
            capture_output=True,
            text=True,
            cwd=home.folder,
            start_new_session=True,  # Ctrl-C lets it finish: it takes less than a second
            **home.run_as,
        )
        password.unlink()
        if made.returncode != 0:
            raise StartError("PostgreSQL could not make a database: " + _reason(made.stderr))
        partial.rename(data)

    def _await_ready(self, log: Path) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if not self.alive():
                break
            try:
                self._connect("postgres").close()
            except (dbapi.Error, OSError):
                time.sleep(0.02)
            else:
                return
        raise StartError("PostgreSQL did not start: " + _reason(log.read_text(encoding="utf-8", errors="replace")))

    def _make_database(self) -> None:
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
        """Return the superuser's password, made at first use and kept in the data folder."""
        path = self._password_file
        if not path.exists():
            partial = path.with_suffix(".partial")
            partial.touch(mode=0o600)
            partial.write_text(secrets.token_urlsafe(24), encoding="utf-8")
            partial.rename(path)
        return path.read_text(encoding="utf-8")


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace("'", "\\'")


def _end(server: subprocess.Popen[bytes]) -> None:
    for how in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
        server.send_signal(how)
        try:
            server.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            continue
        return


def _reason(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()] or ["it said nothing"]
    reasons = [line for line in lines if "FATAL" in line or "PANIC" in line or "error:" in line]
    return (reasons or lines)[-1]
