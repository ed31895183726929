"""A function that says who it is, waits, or dies, as it is asked to. Its working folder is the test's."""

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
    """Do what the path's last segment asks for; an event is noted in the file ``heard``."""
    match request.path.rpartition("/")[2]:
        case "die":
            os.kill(os.getpid(), signal.SIGKILL)
        case "wait":
            _wait()
        case "":
            return _hear(request)
        case _:
            pass
    said = {"pid": os.getpid(), "service": os.environ["SERVICE_NAME"], "path": request.full_path}
    return {**said, "dapr": {name: value for name, value in os.environ.items() if name.startswith("DAPR_")}}


def _hear(request: Request) -> Response:
    with Path("heard").open("a", encoding="utf-8") as heard:
        heard.write(f"{os.environ['SERVICE_NAME']} {request.headers['ce-id']}\n")
    if Path("deadly").exists():
        Path("deadly").unlink()
        os.kill(os.getpid(), signal.SIGKILL)
    return Response(status=202)


def _wait() -> None:
    Path("waiting").touch()
    while not Path("go on").exists():
        time.sleep(0.01)
