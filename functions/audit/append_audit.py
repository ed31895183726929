"""Everything that is said in a domain is kept, as it was said."""

from flask import request

from events.data import EventData
from events.document import read_document
from events.event import Event
from functions.audit.entries import append
from functions.chassis.reaction import reaction
from functions.chassis.telemetry import metrics
from functions.chassis.unit_of_work import UnitOfWork


@reaction()
def append_audit(event: Event[EventData], work: UnitOfWork) -> None:
    """Append an event to the audit log.

    What is kept is what came in, not what this version of the code reads in it: a newer function may say more.
    """
    document = read_document(dict(request.headers), request.get_data())
    append(work.connection, document, event.attributes, now=work.now)
    work.afterwards.append(metrics.audit_entry)
