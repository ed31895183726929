"""A reaction to TaskCreated that fails until the environment variable MENDED is set."""

import os

from events.event import Event
from events.task import TaskCreated
from functions.chassis.http.problem import Problem
from functions.chassis.messaging.unit_of_work import UnitOfWork
from functions.chassis.reaction import reaction


@reaction(TaskCreated)
def fails_until_mended(event: Event[TaskCreated], work: UnitOfWork) -> None:  # noqa: ARG001 - the signature of every reaction
    """ClientResponse 503, or handle the event."""
    if not os.environ.get("MENDED"):
        raise Problem(503, "it is broken")
