"""The HTTP function `delivery`: operators list and read dead letters, and send their events again."""

from typing import Annotated, Any, Final, Literal
from uuid import UUID

from pydantic import Field

from events.data import Value
from events.envelope import Envelope, MalformedEventError
from events.fields import Instant
from events.reader import read_document
from events.ticks import OutboxDue, PingTicked
from functions.chassis.http.authorized_request import AuthorizedRequest
from functions.chassis.http.pagination import CursorTime, Page, decode_cursor, make_page
from functions.chassis.http.problem import Problem
from functions.chassis.http.request_models import PageQuery
from functions.chassis.http.response import ApiResponse
from functions.chassis.http.user_context import Permission
from functions.chassis.http_function import HttpFunction
from functions.chassis.runtime.statement import Row
from functions.delivery.dead_letter_store import (
    find_dead_letter,
    lock_dead_letter,
    mark_redriven,
    select_dead_letters,
)

DeadLetterStatus = Literal["open", "redriven"]

READ_DEAD_LETTERS: Final = Permission("delivery:read", role="operator")
REDRIVE_DEAD_LETTERS: Final = Permission("delivery:redrive", role="operator")

api = HttpFunction("delivery", summary="Events that could not be delivered, and sending them again.")


class DeadLetterItem(Value):
    """An event that the Broker could not deliver to a function, or that the outbox could not read."""

    id: UUID
    status: DeadLetterStatus = Field(description="redriven: sent again, and not failed again since")
    type: str | None
    destination: str = Field(description="the subscriber that failed, or `the outbox` for an event never published")
    code: int | None = Field(description="the HTTP status of the subscriber's response, if any")
    reason: str = Field(description="the body of the subscriber's response, or what makes the event unreadable")
    count: int = Field(description="how often the event failed at this destination")
    first_seen: Instant
    last_seen: Instant
    redriven_at: Instant | None
    event: dict[str, Any] = Field(description="the event in CloudEvents' JSON format")


class DeadLetterQuery(PageQuery):
    """The filters of the list of dead letters; all that are given must match."""

    status: DeadLetterStatus | None = None
    type: Annotated[str | None, Field(max_length=1000)] = None


@api.operation(
    "GET",
    "/delivery/dead-letters",
    permission=READ_DEAD_LETTERS,
    query=DeadLetterQuery,
    responses={200: Page[DeadLetterItem]},
)
def list_dead_letters(request: AuthorizedRequest, query: DeadLetterQuery) -> ApiResponse:
    """List dead letters, newest first."""
    rows = select_dead_letters(
        request.instance.database,
        {"status": query.status, "type": query.type},
        before=decode_cursor(query.cursor, (CursorTime, UUID)),
        limit=query.limit,
    )
    shown = make_page(rows, query.limit, item=_to_item, key=lambda row: [row["first_seen"], row["id"]])
    return ApiResponse(shown)


@api.operation(
    "GET", "/delivery/dead-letters/<uuid:letter_id>", permission=READ_DEAD_LETTERS, responses={200: DeadLetterItem}
)
def read_dead_letter(request: AuthorizedRequest, *, letter_id: UUID) -> ApiResponse:
    """Read a dead letter."""
    row = find_dead_letter(request.instance.database, letter_id)
    return ApiResponse(_to_item(_require_dead_letter(row)))


@api.operation(
    "POST",
    "/delivery/dead-letters/<uuid:letter_id>/redrive",
    permission=REDRIVE_DEAD_LETTERS,
    responses={202: DeadLetterItem},
)
def redrive_dead_letter(request: AuthorizedRequest, *, letter_id: UUID) -> ApiResponse:
    """Send a dead letter's event again, unchanged, to all subscribers of its type.

    Functions that handled the event recognize its source and id, and ignore it; the function that failed handles it.
    If it fails again, the same dead letter is open again. Events of unknown types and with invalid data are sent too:
    another release of a function may accept them.
    """
    with request.unit_of_work() as work:
        row = _require_dead_letter(lock_dead_letter(work.transaction, letter_id))
        work.forward(read_redrivable_event(row["event"]))
        mark_redriven(work.transaction, letter_id, now=work.now)
        item = _to_item({**row, "status": "redriven", "redriven_at": work.now})
    return ApiResponse(item, 202)


def read_redrivable_event(document: object) -> Envelope:
    """Return the event of a dead letter's document. Raises a 422 :class:`Problem` if it cannot be sent again."""
    try:
        event = read_document(document)
    except MalformedEventError as error:
        raise Problem(422, f"event: is malformed and cannot be sent again ({error}); publish a new event") from None
    try:
        UUID(event.id)
    except ValueError:
        raise Problem(
            422, "event.id: is not a UUID, as the outbox needs; post the event to the Broker instead"
        ) from None
    if event.type in {OutboxDue.type, PingTicked.type}:
        raise Problem(422, f"event.type: {event.type} is not sent again; the next clock tick has the same effect")
    return event


def _require_dead_letter(row: Row | None) -> Row:
    if row is None:
        raise Problem(404, "there is no dead letter with this id; GET /delivery/dead-letters lists them")
    return row


def _to_item(row: Row) -> DeadLetterItem:
    return DeadLetterItem.model_validate({name: row[name] for name in DeadLetterItem.model_fields})


delivery = api.serve()
