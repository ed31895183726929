"""A subscriber that fails until a file beside the secrets says that it was mended."""

import os
from pathlib import Path
from urllib.parse import unquote, urlsplit

from events.event import Event
from events.task import TaskCreated
from functions.chassis.http.problem import Problem
from functions.chassis.messaging.unit_of_work import UnitOfWork
from functions.chassis.reaction import reaction


@reaction(TaskCreated)
def fails_until_mended(event: Event[TaskCreated], work: UnitOfWork) -> None:  # noqa: ARG001 - what every reaction is handed
    """Fail for good, or leave a mark."""
    data = Path(unquote(urlsplit(os.environ["SECRET_STORE_URL"]).path)).parent
    if not (data / "mended").exists():
        raise Problem(422, "it is broken")
    with (data / "heard").open("a") as heard:
        heard.write(f"{event.attributes.id}\n")
