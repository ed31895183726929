"""Dead letters over HTTP, for operators: what they are, and sending them again."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field
from sqlalchemy import ColumnElement, RowMapping, tuple_

from events.clock import OutboxDue, PingTicked
from events.data import Value
from events.encoding import MalformedEventError
from events.envelope import Envelope, open_document
from events.fields import Instant
from functions.chassis.answer import Answer
from functions.chassis.api import Api
from functions.chassis.body import PageQuery
from functions.chassis.call import Call
from functions.chassis.pages import Moment, Page, decode_cursor, page
from functions.chassis.problem import Problem
from functions.delivery.dead_letters import dead_letters, find, mark_redriven, search

Status = Literal["open", "redriven"]

api = Api("delivery", summary="Events that did not get where they should.")


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
    permission="delivery:read",
    query=DeadLetterQuery,
    answers={200: Page[DeadLetterItem]},
)
def list_dead_letters(call: Call, query: DeadLetterQuery) -> Answer:
    """List dead letters, the newest first."""
    with call.instance.database.transaction() as connection:
        rows = search(connection, list(_conditions(query)), limit=query.limit + 1)
    shown = page(rows, query.limit, item=_item, key=lambda row: [row["first_seen"], row["id"]])
    return Answer(shown)


@api.operation(
    "GET", "/delivery/dead-letters/<uuid:letter_id>", permission="delivery:read", answers={200: DeadLetterItem}
)
def read_dead_letter(call: Call, *, letter_id: UUID) -> Answer:
    """Read a dead letter."""
    with call.instance.database.transaction() as connection:
        row = find(connection, letter_id)
    if row is None:
        raise Problem(404, "there is no dead letter with this id")
    return Answer(_item(row))


@api.operation(
    "POST",
    "/delivery/dead-letters/<uuid:letter_id>/redrive",
    permission="delivery:redrive",
    answers={202: DeadLetterItem},
)
def redrive_dead_letter(call: Call, *, letter_id: UUID) -> Answer:
    """Send a dead letter's event again, unchanged, to all who hear it.

    Functions that handled it know it by its source and id and do nothing; the one that failed handles it. Where it
    fails again, the same dead letter is open again. Whether anybody can handle it is not judged here: what one version
    refused another may know.
    """
    with call.unit_of_work() as work:
        row = find(work.connection, letter_id, lock=True)
        if row is None:
            raise Problem(404, "there is no dead letter with this id")
        work.say_again(_event_of(row))
        mark_redriven(work.connection, letter_id, now=work.now)
        answer = _item({**row, "status": "redriven", "redriven_at": work.now})
    return Answer(answer, 202)


def _event_of(row: RowMapping) -> Envelope:
    """Return the event of a dead letter, or raise the 422 of one that cannot be said."""
    try:
        event = open_document(row["event"])
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
    following = decode_cursor(query.cursor, (Moment, UUID))
    if following:
        yield tuple_(dead_letters.c.first_seen, dead_letters.c.id) < following


def _item(row: Mapping[Any, Any]) -> DeadLetterItem:
    return DeadLetterItem.model_validate({name: row[name] for name in DeadLetterItem.model_fields})


delivery = api.serve()
