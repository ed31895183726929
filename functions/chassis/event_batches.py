"""Handles events that arrive at the same time in one transaction: one claim, one load, one save, one commit."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any, Generic, TypeVar

from events.data import EventData
from events.event import Cause, Event
from functions.chassis.http.health import WarmUp
from functions.chassis.instance import current_instance
from functions.chassis.messaging.batch_committer import BatchCommitter
from functions.chassis.messaging.inbox import claim_events
from functions.chassis.messaging.unit_of_work import UnitOfWork
from functions.chassis.reaction import continue_cause
from functions.chassis.receiver import Accepted, View, receiver
from functions.chassis.runtime.database import DatabaseUnavailableError
from functions.chassis.runtime.secret_store import SecretUnavailableError

D = TypeVar("D", bound=EventData)


@dataclass(frozen=True, slots=True)
class BatchedEvent(Generic[D]):
    """One event of a batch.

    Pass ``cause`` to :meth:`functions.chassis.messaging.unit_of_work.UnitOfWork.emit`, so that an emitted event names
    this event as its cause and continues its trace. ``item`` is what the receiver adds, such as the document.
    """

    event: Event[D]
    cause: Cause
    item: Any = None


Load = Callable[[Sequence[BatchedEvent[Any]], UnitOfWork], Any]
Save = Callable[[Sequence[BatchedEvent[Any]], UnitOfWork, Any], None]


class EventBatches:
    """Handles the events of ``function`` in batches.

    A batch has one transaction. ``load(batch, work)`` enqueues what the decisions read; it is sent in one exchange with
    the claim of all events, so it also sees events that turn out to be duplicates. ``save(batch, work, loaded)`` gets
    the new events only; what it enqueues and emits is sent with the commit.

    Each event is answered by its own outcome. If a batch fails for another reason than an unavailable database or
    secret store, each of its events is handled alone, so that only the one at fault fails.

    Events with the same partition key, such as the events of one task, never share a batch. They are handled one after
    another, as without batches. ``may_share_key`` is for functions whose events do not depend on each other.
    """

    def __init__(self, function: str, save: Save, *, load: Load | None = None, may_share_key: bool = False) -> None:
        self._function = function
        self._load = load
        self._save = save
        self.committer = BatchCommitter(
            self._commit_batch,
            key=_no_key if may_share_key else _partition_key,
            shared_errors=(DatabaseUnavailableError, SecretUnavailableError),
        )

    def handle(self, event: Event[Any], item: object = None) -> Accepted:
        """Handle an event together with those that wait at the same time; return after the commit."""
        is_new = self.committer.submit(BatchedEvent(event, continue_cause(event), item))
        return Accepted("handled" if is_new else "duplicate")

    def _commit_batch(self, batch: Sequence[BatchedEvent[Any]]) -> list[bool]:
        with current_instance().unit_of_work() as work:
            claimed = claim_events(work.transaction, self._function, [one.event for one in batch], now=work.now)
            loaded = self._load(batch, work) if self._load else None
            unhandled = {(row["source"], row["id"]) for row in claimed.rows}
            are_new = [_take(unhandled, one.event) for one in batch]
            new = [one for one, is_new in zip(batch, are_new, strict=True) if is_new]
            if new:
                self._save(new, work, loaded)
        return are_new


def batch_reaction(
    *types: type[D],
    load: Callable[[Sequence[BatchedEvent[D]], UnitOfWork], Any] | None = None,
    warm_up: WarmUp | None = None,
) -> Callable[[Callable[..., None]], View]:
    """Make ``handler(batch, work, loaded)`` the target of a Knative Service; it handles each event of ``types`` once.

    Example::

        @batch_reaction(TaskCompleted, load=load_counts)
        def count_completions(batch: Sequence[BatchedEvent[TaskCompleted]], work: UnitOfWork, counts: Counts) -> None:
            for one in batch: ...

    The batch and ``load`` are those of :class:`EventBatches`. Without ``load``, ``loaded`` is None.
    ``warm_up`` is as in :func:`functions.chassis.receiver.receiver`.
    """

    def decorate(handler: Callable[..., None]) -> View:
        batches = EventBatches(handler.__name__.replace("_", "-"), handler, load=load)

        @receiver(*types, warm_up=warm_up)
        @wraps(handler)
        def react(event: Event[D]) -> Accepted:
            return batches.handle(event)

        react.batches = batches  # type: ignore[attr-defined] # a test waits until events wait for a batch
        return react

    return decorate


def _take(unhandled: set[tuple[str, str]], event: Event[Any]) -> bool:
    """Return whether an event is new. Of two equal events in a batch, only the first is."""
    identity = (event.attributes.source, event.attributes.id)
    is_new = identity in unhandled
    unhandled.discard(identity)
    return is_new


def _partition_key(one: BatchedEvent[Any]) -> str | None:
    return one.event.attributes.partitionkey


def _no_key(_: BatchedEvent[Any]) -> None:
    return None
