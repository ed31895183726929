"""Dead letters over HTTP, for operators: what they are, and sending them again."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from pydantic import Field
from sqlalchemy import ColumnElement, RowMapping, tuple_

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
from functions.delivery.dead_letters import dead_letters, find, mark_redriven, search

Status = Literal["open", "redriven"]

READ_DEAD_LETTERS: Final = Permission("delivery:read", role="operator")
REDRIVE_DEAD_LETTERS: Final = Permission("delivery:redrive", role="operator")

api = HttpFunction("delivery", summary="Events that did not get where they should.")


class DeadLetterItem(Value):
    """An event that a function did not take, however often the broker tried."""

    id: UUID
    status: Status = Field(description="redriven: sent again, and not come back since")
    type: str | None
    destination: str = Field(description="whom it was for")
    code: int | None = Field(description="the HTTP status it was refused with, where there was an answer")
    reason: str = Field(description="what the answer said")
    count: int = Field(description="how often it came here")
    first_seen: Instant
    last_seen: Instant
    redriven_at: Instant | None
    event: dict[str, Any] = Field(description="the event as it came, in CloudEvents' JSON format")


class DeadLetterQuery(PageQuery):
    """Which dead letters to list."""

    status: Status | None = None
    type: Annotated[str | None, Field(max_length=1000)] = None


@api.operation(
    "GET",
    "/delivery/dead-letters",
    permission=READ_DEAD_LETTERS,
    query=DeadLetterQuery,
    responses={200: Page[DeadLetterItem]},
)
def list_dead_letters(request: AuthorizedRequest, query: DeadLetterQuery) -> ApiResponse:
    """List dead letters, the newest first."""
    with request.instance.database.transaction() as connection:
        rows = search(connection, list(_conditions(query)), limit=query.limit + 1)
    shown = make_page(rows, query.limit, item=_item, key=lambda row: [row["first_seen"], row["id"]])
    return ApiResponse(shown)


@api.operation(
    "GET", "/delivery/dead-letters/<uuid:letter_id>", permission=READ_DEAD_LETTERS, responses={200: DeadLetterItem}
)
def read_dead_letter(request: AuthorizedRequest, *, letter_id: UUID) -> ApiResponse:
    """Read a dead letter."""
    with request.instance.database.transaction() as connection:
        row = find(connection, letter_id)
    if row is None:
        raise Problem(404, "there is no dead letter with this id")
    return ApiResponse(_item(row))


@api.operation(
    "POST",
    "/delivery/dead-letters/<uuid:letter_id>/redrive",
    permission=REDRIVE_DEAD_LETTERS,
    responses={202: DeadLetterItem},
)
def redrive_dead_letter(request: AuthorizedRequest, *, letter_id: UUID) -> ApiResponse:
    """Send a dead letter's event again, unchanged, to all who hear it.

    Functions that handled it know it by its source and id and do nothing; the one that failed handles it. Where it
    fails again, the same dead letter is open again. Whether anybody can handle it is not judged here: what one version
    refused another may know.
    """
    with request.unit_of_work() as work:
        row = find(work.connection, letter_id, lock=True)
        if row is None:
            raise Problem(404, "there is no dead letter with this id")
        work.forward(_event_of(row))
        mark_redriven(work.connection, letter_id, now=work.now)
        answer = _item({**row, "status": "redriven", "redriven_at": work.now})
    return ApiResponse(answer, 202)


def _event_of(row: RowMapping) -> Envelope:
    """Return the event of a dead letter, or raise the 422 of one that cannot be said."""
    try:
        event = read_document(row["event"])
        UUID(event.id)
    except MalformedEventError as error:
        raise Problem(422, f"the event cannot be sent again, as it is malformed: {error}") from None
    except ValueError:
        raise Problem(422, "the event cannot be sent again: its id is not a UUID, so it is none of ours") from None
    if event.type in {OutboxDue.type, PingTicked.type}:
        raise Problem(422, "a clock's event is not sent again: the next tick has done its work")
    return event


def _conditions(query: DeadLetterQuery) -> Iterator[ColumnElement[bool]]:
    if query.status is not None:
        yield dead_letters.c.status == query.status
    if query.type is not None:
        yield dead_letters.c.type == query.type
    following = decode_cursor(query.cursor, (CursorTime, UUID))
    if following:
        yield tuple_(dead_letters.c.first_seen, dead_letters.c.id) < following


def _item(row: Mapping[Any, Any]) -> DeadLetterItem:
    return DeadLetterItem.model_validate({name: row[name] for name in DeadLetterItem.model_fields})


delivery = api.serve()
