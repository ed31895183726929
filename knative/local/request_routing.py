"""Find the function for a request on the public port, by its host or its path."""

from typing import Final

from knative.function_list import FunctionList

HOST_SUFFIX: Final = ".localhost"
"""``<service>.localhost`` is the host of a service. RFC 6761, section 6.3, resolves these names to loopback."""

STATUS_PATHS: Final = frozenset({"/health", "/live", "/metrics", "/ready"})
"""The paths of every function that show its state."""


class RoutingTable:
    """The functions by path and by host."""

    def __init__(self, functions: FunctionList) -> None:
        self._paths = {function.name: function.paths for function in functions.functions}
        by_path = {path: function.name for function in functions.functions for path in function.paths}
        self._longest_path_first = sorted(by_path.items(), key=lambda item: len(item[0]), reverse=True)

    def find_function(self, host: str, path: str) -> str | None:
        """Return the name of the function for a ``Host`` header and a path, or None.

        A path belongs to a function in whole segments: ``/tasks`` includes ``/tasks/1``, but not ``/tasks-old``. A
        function without paths handles events only. From outside, its host serves :data:`STATUS_PATHS` alone.
        """
        service = self._service_of_host(host)
        if service is not None:
            paths = self._paths.get(service)
            return service if paths or (paths is not None and path in STATUS_PATHS) else None
        return next(
            (name for prefix, name in self._longest_path_first if path == prefix or path.startswith(prefix + "/")),
            None,
        )

    def _service_of_host(self, host: str) -> str | None:
        name = host.partition(":")[0].lower()
        return name.removesuffix(HOST_SUFFIX) if name.endswith(HOST_SUFFIX) else None
