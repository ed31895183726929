"""Appends every domain event to the audit log, as received."""

from collections.abc import Sequence
from typing import Final

from events.data import EventData
from events.document import document_from_request
from events.event import Event
from functions.audit.audit_log import LogHead, ReceivedEvent, append_events, enqueue_log_head
from functions.audit.audit_metrics import count_audit_entry
from functions.audit.signed_note import NoteSigner, SigningKeyError, read_newest_signer
from functions.chassis.event_batches import BatchedEvent, EventBatches
from functions.chassis.http.event_endpoint import current_posted_event
from functions.chassis.instance import Instance, current_instance
from functions.chassis.messaging.unit_of_work import UnitOfWork
from functions.chassis.receiver import Accepted, receiver
from functions.chassis.runtime.secret_store import SecretUnavailableError
from functions.chassis.telemetry.logs import get_logger

SIGNING_KEYS: Final = "audit-key"

log = get_logger(__name__)


def load_signing_key(instance: Instance) -> NoteSigner:
    """Return the signer with the newest key. Raises SecretUnavailableError if there is no usable key."""
    return _read_signer(instance.secrets.get(SIGNING_KEYS))


@receiver(warm_up=load_signing_key)
def append_audit(event: Event[EventData]) -> Accepted:
    """Append an event to the audit log, together with the events that arrive at the same time.

    The document is stored as received, with members that this version of the code does not know. Content that a
    user may have written is encrypted with the user's key, so that it can be forgotten.
    """
    posted = current_posted_event()
    document = document_from_request(posted.headers, posted.body)
    accepted = _batches.handle(event, ReceivedEvent(document, event.attributes, personal=event.data.personal))
    if accepted.outcome == "handled":
        count_audit_entry()
    return accepted


def _load_head(batch: Sequence[BatchedEvent[EventData]], work: UnitOfWork) -> tuple[NoteSigner, LogHead]:
    """Lock and load the log; read the signing key before the lock, because the secret store may be slow."""
    signer = load_signing_key(current_instance())
    user_ids = {one.event.attributes.userid for one in batch if one.event.attributes.userid}
    return signer, enqueue_log_head(work.transaction, user_ids=user_ids)


def _append(batch: Sequence[BatchedEvent[EventData]], work: UnitOfWork, loaded: tuple[NoteSigner, LogHead]) -> None:
    signer, head = loaded
    append_events(work.transaction, head, [one.item for one in batch], signer, now=work.now)


def _read_signer(keys: str) -> NoteSigner:
    try:
        return read_newest_signer(keys)
    except SigningKeyError as error:
        log.error("%s", error)  # noqa: TRY400 - the message is enough without a traceback
        raise SecretUnavailableError(SIGNING_KEYS) from None


_batches = EventBatches("append-audit", _append, load=_load_head, may_share_key=True)
