"""A subscriber that rejects every event until the data folder has a file ``repaired``."""

import os
from pathlib import Path
from urllib.parse import unquote, urlsplit

from events.event import Event
from events.task import TaskCreated
from functions.chassis.http.problem import Problem
from functions.chassis.messaging.unit_of_work import UnitOfWork
from functions.chassis.reaction import reaction


@reaction(TaskCreated)
def fails_until_repaired(event: Event[TaskCreated], work: UnitOfWork) -> None:  # noqa: ARG001 - a reaction gets both
    """Reject the event for good, or append its id to the file ``handled``."""
    data = Path(unquote(urlsplit(os.environ["SECRET_STORE_URL"]).path)).parent
    if not (data / "repaired").exists():
        raise Problem(422, "it is broken")
    with (data / "handled").open("a") as handled:
        handled.write(f"{event.attributes.id}\n")
