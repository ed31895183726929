"""A batch reaction for tests: it emits an event with the number of its batch, and fails or dies as a title asks.

The first batch with the title "hold" waits until ``WAITING`` events wait for a later batch.
"""

import os
import signal
import time
from collections.abc import Sequence

from events.ids import derived_id
from events.reminder import ReminderScheduled
from events.task import TaskCreated
from functions.chassis.event_batches import BatchedEvent, batch_reaction
from functions.chassis.http.problem import Problem
from functions.chassis.messaging.unit_of_work import UnitOfWork
from functions.chassis.runtime.statement import Statement
from functions.chassis.runtime.transaction import PendingResult
from tests.samples import a_reminder

COUNT_CLAIMS = Statement("SELECT count(*) AS claims FROM delivery.inbox")


def load_claims(_batch: Sequence[BatchedEvent[TaskCreated]], work: UnitOfWork) -> PendingResult:
    """Count the claimed events, those of this batch included."""
    return work.transaction.enqueue(COUNT_CLAIMS)


@batch_reaction(TaskCreated, load=load_claims)
def sample_batch(batch: Sequence[BatchedEvent[TaskCreated]], work: UnitOfWork, claims: PendingResult) -> None:
    """Emit an event for each event of the batch. Its title is the number of events that are claimed."""
    titles = [one.event.data.task.title for one in batch]
    while "hold" in titles and len(sample_batch.batches.committer.waiting) < int(os.environ["WAITING"]):  # type: ignore[attr-defined] # set by the decorator
        time.sleep(0.001)
    for one in batch:
        reminder = a_reminder(title=f"{len(batch)} of {claims.rows[0]['claims']}")
        identity = derived_id(one.event.attributes.id, one.event.attributes.source)
        work.emit(ReminderScheduled(reminder=reminder), event_id=identity, cause=one.cause)
    if "die" in titles:
        work.flush()
        work.transaction.flush()
        os.kill(os.getpid(), signal.SIGKILL)
    if "reject" in titles:
        raise Problem(422, "title: is rejected by this test")
    if "break" in titles:
        raise ZeroDivisionError("private text")
