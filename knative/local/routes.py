"""Which function a request on the public port is for."""

from typing import Final

from knative.function_list import FunctionList

HOST_SUFFIX: Final = ".localhost"
"""``<service>.localhost`` is a service's own host, as every service has one in a cluster (RFC 6761, section 6.3)."""


LOOKED_AT: Final = frozenset({"/health", "/live", "/metrics", "/ready"})
"""What every function shows of itself."""


class Routes:
    """The services by path, the longest first, and by host."""

    def __init__(self, functions: FunctionList) -> None:
        self._paths = {function.name: function.paths for function in functions.functions}
        by_path = {path: function.name for function in functions.functions for path in function.paths}
        self._by_path = sorted(by_path.items(), key=lambda item: len(item[0]), reverse=True)

    def function_for(self, host: str, path: str) -> str | None:
        """Return the name of the function that a ``Host`` header and a path lead to; None where there is none.

        A path leads to whoever has it or a folder above it: ``/tasks`` has ``/tasks/1`` and not ``/tasks-old``. A
        function that only hears events is local to its cluster: from outside one may look at it, and tell it nothing.
        """
        service = self._service_of(host)
        if service is not None:
            paths = self._paths.get(service)
            return service if paths or (paths is not None and path in LOOKED_AT) else None
        return next((name for prefix, name in self._by_path if path == prefix or path.startswith(prefix + "/")), None)

    def _service_of(self, host: str) -> str | None:
        bare = host.partition(":")[0].lower()
        return bare.removesuffix(HOST_SUFFIX) if bare.endswith(HOST_SUFFIX) else None
