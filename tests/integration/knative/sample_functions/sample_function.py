"""A function that describes its process, waits, or dies, as its path asks. Files in its folder control it."""

import atexit
import os
import signal
import time
from pathlib import Path

import functions_framework
from flask import Request, Response
from flask.typing import ResponseReturnValue

if Path("broken").exists():
    raise SystemExit("cannot start: the sample is broken")


@functions_framework.http
def sample_function(request: Request) -> ResponseReturnValue:
    """Do what the last segment of the path asks for. A request without one is an event."""
    match request.path.rpartition("/")[2]:
        case "die":
            os.kill(os.getpid(), signal.SIGKILL)
        case "wait":
            _wait()
        case "":
            return _handle_event(request)
        case _:
            pass
    description = {"pid": os.getpid(), "service": os.environ["SERVICE_NAME"], "path": request.full_path}
    return {**description, "dapr": {name: value for name, value in os.environ.items() if name.startswith("DAPR_")}}


def _handle_event(request: Request) -> Response:
    """Append the event to the file ``handled``, and die once if there is a file ``deadly``."""
    with Path("handled").open("a", encoding="utf-8") as handled:
        handled.write(f"{os.environ['SERVICE_NAME']} {request.headers['ce-id']}\n")
    if Path("deadly").exists():
        Path("deadly").unlink()
        os.kill(os.getpid(), signal.SIGKILL)
    return Response(status=202)


def _wait() -> None:
    """Wait for the file ``go on``. When the process exits later, it creates the file ``exited``."""
    atexit.register(Path("exited").touch)
    Path("waiting").touch()
    while not Path("go on").exists():
        time.sleep(0.01)
