"""Everything that is said in a domain is kept, as it was said."""

from collections.abc import Callable, Sequence
from typing import Final

from flask import Response, request

from events.data import EventData
from events.document import read_document
from events.event import Event
from functions.audit import log
from functions.audit.audit_metrics import count_audit_entry
from functions.audit.gathering import Gathering
from functions.audit.note import Signer, SigningKeyError, newest_signer
from functions.chassis.instance import current_instance
from functions.chassis.reaction import accepted
from functions.chassis.receiver import receiver
from functions.chassis.runtime.database import DatabaseUnavailableError
from functions.chassis.runtime.secret_store import SecretUnavailableError
from functions.chassis.telemetry.logs import get_logger

KEY: Final = "audit-key"
FUNCTION: Final = "append-audit"

logger = get_logger(__name__)


@receiver()
def append_audit(event: Event[EventData]) -> Response:
    """Append an event to the audit log, together with those that arrive meanwhile.

    What is kept is what came in, not what this version of the code reads in it: a newer function may say more. What a
    user wrote is encrypted with a key of theirs, so that it can be forgotten.
    """
    document = read_document(dict(request.headers), request.get_data())
    is_new = _gathering.submit(log.Heard(document, event.attributes, personal=event.data.personal))
    if is_new:
        count_audit_entry()
    return accepted("handled" if is_new else "duplicate")


def _commit(take: Callable[[], Sequence[log.Heard]]) -> Sequence[bool]:
    instance = current_instance()
    signer = _signer(instance.secrets.get(KEY))  # before the transaction: a slow store holds up nobody else
    with instance.database.transaction() as connection:
        log.lock(connection)
        return log.append(connection, FUNCTION, take(), signer, now=instance.clock())


def _signer(keys: str) -> Signer:
    try:
        return newest_signer(keys)
    except SigningKeyError as error:
        logger.error("%s", error)  # noqa: TRY400 - where it was raised says nothing
        raise SecretUnavailableError(KEY) from None


_gathering = Gathering(_commit, shared=(DatabaseUnavailableError, SecretUnavailableError))
