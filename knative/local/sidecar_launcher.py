"""Start the Dapr sidecars of function instances, with their ports, tokens and resources."""

import asyncio
import secrets
from collections.abc import Callable, Mapping
from pathlib import Path

from knative.function_list import Function
from knative.local.console import Console
from knative.local.dapr_resources import component_environment, write_resources
from knative.local.daprd_command import LOOPBACK, SidecarPorts, build_daprd_command
from knative.local.fork_server import ForkServer
from knative.local.free_ports import find_free_ports
from knative.local.sidecar_process import SidecarProcess


class SidecarLauncher:
    """Starts sidecars, and stops those that still run at the end.

    ``secrets_file`` is the file of Dapr's secret store. ``state_connection`` returns the connection string of its state
    store, which is known when PostgreSQL runs. ``run`` is a private folder for resources and logs.
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
        self._running: dict[asyncio.Task[None], tuple[SidecarProcess, SidecarPorts]] = {}

    def start(self, function: Function, fork_server: ForkServer) -> tuple[SidecarProcess, Mapping[str, str]]:
        """Start the sidecar of a new instance. Return it, and the instance's variables for reaching it.

        Raises OSError if there is no free port, or if the resources cannot be written.
        """
        reserved = {port for _, ports in self._running.values() for port in ports}
        ports = SidecarPorts(*find_free_ports(len(SidecarPorts._fields), reserved=reserved))
        token = secrets.token_urlsafe(24)
        resources, configuration = self._resources_of(function)
        components = component_environment(
            function, secrets=self._secrets_file, state=self._state_connection() if function.state else ""
        )
        sidecar = SidecarProcess(
            build_daprd_command(
                self._daprd, app=function.name, resources=resources, configuration=configuration, ports=ports
            ),
            name=function.name,
            # No other variables, as many of them configure daprd. Without DAPR_HOST_IP it looks for its address itself.
            environment={**components, "DAPR_HOST_IP": LOOPBACK, "DAPR_API_TOKEN": token},
            secrets=self._secrets_file,
            log=self._run / f"{function.name}.dapr.log",
            fork_server=fork_server,
            console=self._console,
        )
        self._running[sidecar.stopped] = sidecar, ports
        sidecar.stopped.add_done_callback(self._running.pop)
        return sidecar, {
            "DAPR_HTTP_PORT": str(ports.http),
            "DAPR_GRPC_PORT": str(ports.grpc),
            # Without a token, every user of this machine could read the function's secrets.
            "DAPR_API_TOKEN": token,
        }

    def _resources_of(self, function: Function) -> tuple[Path, Path]:
        """Return a function's resources. They are written once: a running sidecar would reload changed files."""
        if function.name not in self._resources:
            self._resources[function.name] = write_resources(self._run / "dapr" / function.name, function)
        return self._resources[function.name]

    async def stop(self) -> None:
        """Stop the sidecars that still run."""
        for sidecar, _ in self._running.values():
            sidecar.stop()
        if self._running:
            await asyncio.wait(set(self._running))
