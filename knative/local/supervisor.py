"""Run the database and the platform together: start them in order, restart a dead database, stop in reverse order."""

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
from knative.local.data_folder import RUN_FOLDER, delete_platform_status, write_platform_status
from knative.local.database_setup import DAPR_ROLE, DAPR_SCHEMA, prepare_dapr_schema, prepare_database
from knative.local.function_environment import FunctionEnvironment
from knative.local.local_platform import LocalPlatform
from knative.local.local_secrets import SECRETS_FILE, load_local_secrets
from knative.local.platform_options import CHECKOUT, PlatformOptions
from knative.local.postgres import Postgres
from knative.local.ready_message import compose_ready_message
from knative.local.sidecar_launcher import SidecarLauncher
from knative.local.start_error import StartError
from knative.subscriptions import describe_subscriptions

HOST = "127.0.0.1"
DATABASE_CHECK_SECONDS = 0.2
DATABASE_RETRY_SECONDS = 1.0

_DAPR_PASSWORD = f"database-password-{DAPR_SCHEMA}"


class Supervisor:
    """Runs the platform on its database. With ``daprd``, functions that need Dapr get sidecars."""

    def __init__(
        self, options: PlatformOptions, functions: FunctionList, console: Console, *, daprd: Path | None = None
    ) -> None:
        self._options = options
        self._console = console
        self._daprd = daprd
        self._secrets = load_local_secrets(
            options.data, (*DATABASE_DOMAINS, DAPR_SCHEMA) if daprd else DATABASE_DOMAINS
        )
        self._postgres = Postgres(options.data, report=console.show_text)
        environment = FunctionEnvironment(
            options.data,
            self._postgres,
            self._secrets,
            dapr=daprd is not None,
            subscriptions=describe_subscriptions(functions),
        )
        self._platform = LocalPlatform(
            functions,
            environment=environment.variables_of,
            port=options.port,
            console=console,
            host=HOST,
            root=CHECKOUT,
            run=options.data / RUN_FOLDER,
            sidecars=self._create_sidecar_launcher(daprd) if daprd else None,
        )

    async def run(self) -> None:
        """Run until SIGINT, SIGTERM or SIGHUP. Raises :class:`StartError`."""
        stop = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        delete_platform_status(self._options.data)  # left by a platform that was killed
        try:
            await asyncio.to_thread(self._postgres.start)
            await asyncio.to_thread(prepare_database, self._postgres, self._secrets)
            if self._daprd:
                self._console.show_text(f"with Dapr sidecars: {self._daprd}")
                await asyncio.to_thread(prepare_dapr_schema, self._postgres, self._secrets[_DAPR_PASSWORD])
            await self._run_platform_until(stop)
        finally:
            delete_platform_status(self._options.data)
            await asyncio.to_thread(self._postgres.stop)

    async def _run_platform_until(self, stop: asyncio.Event) -> None:
        try:
            await self._platform.start()
        except OSError as error:  # another program took the port after it was found free
            raise StartError(f"port {self._options.port} cannot be used: {error.strerror}") from None
        try:
            self._write_status()
            self._console.show_text(
                compose_ready_message(self._url, self._options.data, self._secrets, self._postgres.folder)
            )
            watch = asyncio.create_task(self._restart_dead_database())
            await stop.wait()
            self._console.show_text("stopping")
            watch.cancel()
            with suppress(asyncio.CancelledError):
                await watch
        finally:
            await self._platform.stop()

    async def _restart_dead_database(self) -> None:
        """Start PostgreSQL again whenever it dies. The functions retry, as with any unavailable dependency."""
        while True:
            await asyncio.sleep(DATABASE_CHECK_SECONDS)
            if self._postgres.is_alive():
                continue
            self._console.show_text("PostgreSQL died: starting it again")
            try:
                await asyncio.to_thread(self._postgres.start)
            except StartError as error:
                self._console.show_text(str(error))
                await asyncio.sleep(DATABASE_RETRY_SECONDS)
            else:
                self._write_status()
                self._console.show_text("PostgreSQL is back")

    def _create_sidecar_launcher(self, daprd: Path) -> SidecarLauncher:
        return SidecarLauncher(
            daprd,
            secrets_file=self._options.data / SECRETS_FILE,
            state_connection=lambda: self._postgres.connection_string(DAPR_ROLE, self._secrets[_DAPR_PASSWORD]),
            run=self._options.data / RUN_FOLDER,
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
        write_platform_status(self._options.data, status)


def require_free_port(port: int) -> None:
    """Raise :class:`StartError` if a port is in use, before anything is started."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            reason = "is in use" if error.errno == errno.EADDRINUSE else f"cannot be used ({error.strerror})"
            raise StartError(f"port {port} {reason}: choose another with --port") from None
