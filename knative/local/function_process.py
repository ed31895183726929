"""Serve one function on a unix socket, in a forked process, with the web server of the container image."""

import atexit
import os
import sys
import threading
from collections.abc import Mapping
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Final

from knative.local.process_group import kill_group_after_platform, start_process_group
from knative.local.process_log import redirect_output

GRACE_SECONDS: Final = 30
"""Seconds that a process has to finish its requests after SIGTERM."""

KEEP_ALIVE_SECONDS: Final = 600
"""Seconds until the process closes an unused connection. The platform closes each connection long before."""


def serve_function(environment: Mapping[str, str], *, root: Path, socket: Path, log: Path, ready: Connection) -> None:
    """Load a function as functions-framework does and serve it until SIGTERM.

    ``environment`` is added to the variables of this process; ``FUNCTION_SOURCE`` in it is relative to ``root``.
    The process id of gunicorn's worker is sent to ``ready`` when the worker accepts requests.
    """
    start_process_group()
    redirect_output(log)
    os.chdir(root)
    os.environ.update(environment)
    target, source = environment["FUNCTION_TARGET"], environment["FUNCTION_SOURCE"]
    sys.argv = [target]  # read by Flask
    from functions_framework import create_app  # noqa: PLC0415 - reads the environment when it is imported
    from functions_framework._http import create_server  # noqa: PLC0415 - the server of functions-framework's command

    def end_with_platform(_arbiter: object, _worker: object) -> None:
        threading.Thread(target=kill_group_after_platform, name="platform-watch", daemon=True).start()

    def report_ready(_worker: object) -> None:
        ready.send(os.getpid())

    app = create_app(target, source, "http")  # type: ignore[no-untyped-call] # functions-framework has no types
    options: dict[str, Any] = {
        "bind": f"unix:{socket}",
        "workers": 1,
        "graceful_timeout": GRACE_SECONDS,
        "keepalive": KEEP_ALIVE_SECONDS,
        "control_socket_disable": True,
        "post_fork": end_with_platform,
        "post_worker_init": report_ready,
    }
    try:
        create_server(app, debug=False, **options).run("", 0)  # type: ignore[no-untyped-call] # no types either
    finally:
        atexit._run_exitfuncs()  # noqa: SLF001 - some versions of multiprocessing skip exit handlers
