"""The Dapr sidecars of all functions that need one."""

import asyncio
import secrets
from collections.abc import Callable, Mapping
from pathlib import Path

from knative.function_list import Function
from knative.local.console import Console
from knative.local.dapr_resources import component_environment, write_resources
from knative.local.daprd import LOOPBACK, Ports, command
from knative.local.fork_server import ForkServer
from knative.local.loopback_ports import free_ports
from knative.local.sidecar import Sidecar


class Sidecars:
    """Starts a sidecar for an instance, and knows those that run.

    ``secrets_file`` and ``state_connection`` are what the stores are made of; the latter is known once PostgreSQL
    runs. ``run`` is a private folder for resources and logs.
    """

    def __init__(
        self, daprd: Path, *, secrets_file: Path, state_connection: Callable[[], str], run: Path, console: Console
    ) -> None:
        self._daprd = daprd
        self._secrets_file = secrets_file
        self._state_connection = state_connection
        self._run = run
        self._console = console
        self._resources: dict[str, tuple[Path, Path]] = {}
        self._running: dict[asyncio.Task[None], tuple[Sidecar, Ports]] = {}

    def start(self, function: Function, servers: ForkServer) -> tuple[Sidecar, Mapping[str, str]]:
        """Start the sidecar of a function's new instance; return it, and the variables that tell the instance of it.

        Raises OSError.
        """
        taken = {port for _, ports in self._running.values() for port in ports}
        ports = Ports(*free_ports(len(Ports._fields), taken=taken))
        token = secrets.token_urlsafe(24)
        resources, configuration = self._resources_of(function)
        components = component_environment(
            function, secrets=self._secrets_file, state=self._state_connection() if function.state else ""
        )
        sidecar = Sidecar(
            command(self._daprd, app=function.name, resources=resources, configuration=configuration, ports=ports),
            name=function.name,
            # Nothing else, as daprd takes a lot from variables. It asks its host's address of the network, if not told.
            environment={**components, "DAPR_HOST_IP": LOOPBACK, "DAPR_API_TOKEN": token},
            secrets=self._secrets_file,
            log=self._run / f"{function.name}.dapr.log",
            servers=servers,
            console=self._console,
        )
        self._running[sidecar.gone] = sidecar, ports
        sidecar.gone.add_done_callback(self._running.pop)
        return sidecar, {
            "DAPR_HTTP_PORT": str(ports.http),
            "DAPR_GRPC_PORT": str(ports.grpc),
            # Else whoever is on this machine could ask it for what the function alone may know.
            "DAPR_API_TOKEN": token,
        }

    def _resources_of(self, function: Function) -> tuple[Path, Path]:
        """Return a function's resources, written once: a sidecar that runs takes up at once what changes there."""
        if function.name not in self._resources:
            self._resources[function.name] = write_resources(self._run / "dapr" / function.name, function)
        return self._resources[function.name]

    async def stop(self) -> None:
        """Stop those that are left."""
        for sidecar, _ in self._running.values():
            sidecar.dismiss()
        if self._running:
            await asyncio.wait(set(self._running))
