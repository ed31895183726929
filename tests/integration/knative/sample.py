"""A function for the platform's tests: says who it is, waits, fails or dies, as it is asked to."""

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
def sample(request: Request) -> ResponseReturnValue:
    """Do what the path asks for; an event posted to ``/`` is written down in the file ``heard``."""
    match request.path:
        case "/die":
            os.kill(os.getpid(), signal.SIGKILL)
        case "/crash":
            os.kill(os.getppid(), signal.SIGKILL)
            os.kill(os.getpid(), signal.SIGKILL)
        case "/wait":
            wait_for(Path(request.args["file"]))
        case "/":
            with Path("heard").open("a", encoding="utf-8") as heard:
                heard.write(f"{os.environ['SERVICE_NAME']} {request.headers['ce-id']}\n")
            return Response(status=202)
        case _:
            pass
    return {"pid": os.getpid(), "service": os.environ["SERVICE_NAME"], "path": request.full_path}


def wait_for(file: Path) -> None:
    """Say that it waits, and return when a file is there."""
    file.with_suffix(".waiting").touch()
    while not file.exists():
        time.sleep(0.01)
