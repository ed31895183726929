"""One run: everything is started in order, watched, and stopped in the opposite order."""

import asyncio
import errno
import os
import signal
import socket
from contextlib import suppress
from pathlib import Path

from functions.migrations import DATABASE_DOMAINS
from knative.function_list import FunctionList
from knative.local.console import Console
from knative.local.data_folder import RUN, remove_status, write_status
from knative.local.database import DAPR_ROLE, DAPR_SCHEMA, prepare, prepare_for_dapr
from knative.local.environment import Environments
from knative.local.options import ROOT, Options
from knative.local.platform import Platform
from knative.local.postgres import Postgres
from knative.local.secrets import FILE as SECRETS_FILE
from knative.local.secrets import open_secrets
from knative.local.sidecars import Sidecars
from knative.local.start_error import StartError
from knative.local.welcome import welcome

HOST = "127.0.0.1"
WATCH_SECONDS = 0.2
RETRY_SECONDS = 1.0

_DAPR_PASSWORD = f"database-password-{DAPR_SCHEMA}"


class Session:
    """The platform and its database, from start to stop; with ``daprd``, the functions that need Dapr have it."""

    def __init__(
        self, options: Options, functions: FunctionList, console: Console, *, daprd: Path | None = None
    ) -> None:
        self._options = options
        self._console = console
        self._daprd = daprd
        self._secrets = open_secrets(options.data, (*DATABASE_DOMAINS, DAPR_SCHEMA) if daprd else DATABASE_DOMAINS)
        self._postgres = Postgres(options.data, say=console.say)
        self._platform = Platform(
            functions,
            environment=Environments(options.data, self._postgres, self._secrets, dapr=daprd is not None),
            port=options.port,
            console=console,
            host=HOST,
            root=ROOT,
            run=options.data / RUN,
            sidecars=self._sidecars(daprd) if daprd else None,
        )

    async def run(self) -> None:
        """Run until SIGINT, SIGTERM or SIGHUP; raises :class:`StartError`."""
        stop = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        remove_status(self._options.data)  # of a platform that was killed
        try:
            await asyncio.to_thread(self._postgres.start)
            await asyncio.to_thread(prepare, self._postgres, self._secrets)
            if self._daprd:
                self._console.say(f"with Dapr sidecars: {self._daprd}")
                await asyncio.to_thread(prepare_for_dapr, self._postgres, self._secrets[_DAPR_PASSWORD])
            await self._serve_until(stop)
        finally:
            remove_status(self._options.data)
            await asyncio.to_thread(self._postgres.stop)

    async def _serve_until(self, stop: asyncio.Event) -> None:
        try:
            await self._platform.start()
        except OSError as error:  # somebody took the port since it was found free
            raise StartError(f"port {self._options.port} cannot be used: {error.strerror}") from None
        try:
            self._write_status()
            self._console.say(welcome(self._url, self._options.data, self._secrets, self._postgres.folder))
            watch = asyncio.create_task(self._watch())
            await stop.wait()
            self._console.say("stopping")
            watch.cancel()
            with suppress(asyncio.CancelledError):
                await watch
        finally:
            await self._platform.stop()

    async def _watch(self) -> None:
        """Start PostgreSQL again whenever it dies; the functions wait for it as for any dead dependency."""
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            if self._postgres.alive():
                continue
            self._console.say("PostgreSQL died: starting it again")
            try:
                await asyncio.to_thread(self._postgres.start)
            except StartError as error:
                self._console.say(str(error))
                await asyncio.sleep(RETRY_SECONDS)
            else:
                self._write_status()
                self._console.say("PostgreSQL is back")

    def _sidecars(self, daprd: Path) -> Sidecars:
        return Sidecars(
            daprd,
            secrets_file=self._options.data / SECRETS_FILE,
            state_connection=lambda: self._postgres.connection_string(DAPR_ROLE, self._secrets[_DAPR_PASSWORD]),
            run=self._options.data / RUN,
            console=self._console,
        )

    @property
    def _url(self) -> str:
        return f"http://{HOST}:{self._platform.port}"

    def _write_status(self) -> None:
        status = {
            "pid": os.getpid(),
            "port": self._platform.port,
            "url": self._url,
            "internalUrl": self._platform.internal_url,
            "databasePid": self._postgres.pid,
        }
        write_status(self._options.data, status)


def require_free(port: int) -> None:
    """Refuse a port in use before anything is started; raises :class:`StartError`."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            reason = "is in use" if error.errno == errno.EADDRINUSE else f"cannot be used ({error.strerror})"
            raise StartError(f"port {port} {reason}: choose another with --port") from None
