"""Appends every domain event to the audit log, as received."""

from collections.abc import Callable, Sequence
from typing import Final

from flask import request

from events.data import EventData
from events.document import document_from_request
from events.event import Event
from functions.audit.audit_log import ReceivedEvent, append_events, lock_log
from functions.audit.audit_metrics import count_audit_entry
from functions.audit.batch_committer import BatchCommitter
from functions.audit.signed_note import NoteSigner, SigningKeyError, read_newest_signer
from functions.chassis.instance import Instance, current_instance
from functions.chassis.receiver import Accepted, receiver
from functions.chassis.runtime.database import DatabaseUnavailableError
from functions.chassis.runtime.secret_store import SecretUnavailableError
from functions.chassis.telemetry.logs import get_logger

SIGNING_KEYS: Final = "audit-key"
FUNCTION: Final = "append-audit"

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
    document = document_from_request(dict(request.headers), request.get_data())
    is_new = _committer.submit(ReceivedEvent(document, event.attributes, personal=event.data.personal))
    if is_new:
        count_audit_entry()
    return Accepted("handled" if is_new else "duplicate")


def _commit_events(take: Callable[[], Sequence[ReceivedEvent]]) -> Sequence[bool]:
    """Append the events that ``take`` returns once the log is locked; return for each whether it is new."""
    instance = current_instance()
    signer = load_signing_key(instance)  # before the lock, because the secret store may be slow
    with instance.database.transaction() as transaction:
        connection = transaction.core
        lock_log(connection)
        return append_events(connection, FUNCTION, take(), signer, now=instance.clock())


def _read_signer(keys: str) -> NoteSigner:
    try:
        return read_newest_signer(keys)
    except SigningKeyError as error:
        log.error("%s", error)  # noqa: TRY400 - the message is enough without a traceback
        raise SecretUnavailableError(SIGNING_KEYS) from None


_committer = BatchCommitter(_commit_events, shared_errors=(DatabaseUnavailableError, SecretUnavailableError))
