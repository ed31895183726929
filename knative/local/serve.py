"""One function's process: loads it as functions-framework does in the image, and serves it on a unix socket."""

import os
import signal
import sys
import threading
from pathlib import Path
from typing import Any, Final

from knative.local.log_file import write_to
from knative.local.order import Report, Start, to_line

GRACE_SECONDS: Final = 30
"""How long a process that was told to stop may take to finish what it accepted."""


def serve(order: Start, *, reports: int, lifeline: int) -> None:
    """Serve the function of an order until told to stop, which ends the process.

    ``reports`` hears when it takes requests. When ``lifeline`` comes to its end the platform is gone, however it went,
    and so is this process.
    """
    write_to(Path(order.log))
    os.environ.update(order.environment)
    # Flask's reloader and the like look at how the process was started.
    sys.argv = [order.environment["FUNCTION_TARGET"]]
    from functions_framework import create_app  # noqa: PLC0415 - after the environment, which it reads
    from functions_framework._http import create_server  # noqa: PLC0415 - what its own command runs

    def hold_on(_arbiter: object, _worker: object) -> None:
        threading.Thread(target=_die_with, args=(lifeline,), name="lifeline", daemon=True).start()

    def report_ready(_worker: object) -> None:
        os.write(reports, to_line(Report(order.id, "ready", os.getpid())))

    target, source = order.environment["FUNCTION_TARGET"], order.environment["FUNCTION_SOURCE"]
    app = create_app(target, source, "http")  # type: ignore[no-untyped-call] # theirs
    options: dict[str, Any] = {
        "bind": f"unix:{order.socket}",
        "workers": 1,
        "graceful_timeout": GRACE_SECONDS,
        "control_socket_disable": True,
        "post_fork": hold_on,
        "post_worker_init": report_ready,
    }
    create_server(app, debug=False, **options).run("", 0)  # type: ignore[no-untyped-call] # theirs


def _die_with(lifeline: int) -> None:
    """Wait for the other end to close, then kill the arbiter and the worker, which are a group of their own."""
    while os.read(lifeline, 1):
        pass
    os.killpg(0, signal.SIGKILL)
