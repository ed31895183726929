"""The audit log over HTTP, for operators."""

from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import Field
from sqlalchemy import ColumnElement, RowMapping

from events.data import Value
from events.fields import Instant
from functions.audit.entries import entries, find, search
from functions.chassis.answer import Answer
from functions.chassis.api import Api
from functions.chassis.body import PageQuery
from functions.chassis.call import Call
from functions.chassis.pages import Page, decode_cursor, page
from functions.chassis.problem import Problem

LAST_INDEX = 2**63 - 1

Index = Annotated[int, Field(ge=0, le=LAST_INDEX)]
Exact = Annotated[str | None, Field(max_length=1000)]

api = Api("audit", summary="Everything that was said, in the order in which it was heard.")


class AuditEntry(Value):
    """One event in the log."""

    index: int = Field(description="the place in the log, counted from 0 without a gap")
    event: dict[str, Any] = Field(description="the event as it came, in CloudEvents' JSON format")
    appended_at: Instant


class EntryQuery(PageQuery):
    """A range of the log, or what it holds about somebody or something. All that is given must hold."""

    start: Annotated[Index | None, Field(description="the first index")] = None
    user_id: Exact = None
    subject: Exact = None
    type: Exact = None
    correlation_id: Exact = None
    after: Annotated[Instant | None, Field(description="said at this time or later")] = None
    before: Annotated[Instant | None, Field(description="said earlier than this time")] = None


@api.operation("GET", "/audit/entries", permission="audit:read", query=EntryQuery, answers={200: Page[AuditEntry]})
def list_entries(call: Call, query: EntryQuery) -> Answer:
    """List entries in the order of the log, by index or by filters."""
    with call.instance.database.transaction() as connection:
        rows = search(connection, list(_conditions(query)), limit=query.limit + 1)
    return Answer(page(rows, query.limit, item=_entry, key=lambda row: [row["index"]]))


@api.operation("GET", "/audit/entries/<int:index>", permission="audit:read", answers={200: AuditEntry})
def read_entry(call: Call, *, index: int) -> Answer:
    """Read the entry at an index."""
    row = None
    if index <= LAST_INDEX:
        with call.instance.database.transaction() as connection:
            row = find(connection, index)
    if row is None:
        raise Problem(404, "the log has no entry at this index")
    return Answer(_entry(row))


def _conditions(query: EntryQuery) -> Iterator[ColumnElement[bool]]:
    columns = entries.c
    exact = (
        (columns.userid, query.user_id),
        (columns.subject, query.subject),
        (columns.type, query.type),
        (columns.correlationid, query.correlation_id),
    )
    yield from (column == wanted for column, wanted in exact if wanted is not None)
    if query.start is not None:
        yield columns.index >= query.start
    if query.after is not None:
        yield columns.time >= query.after
    if query.before is not None:
        yield columns.time < query.before
    following = decode_cursor(query.cursor, (Index,))
    if following:
        yield columns.index > following[0]


def _entry(row: RowMapping) -> AuditEntry:
    return AuditEntry(index=row["index"], event=row["event"], appended_at=row["appended_at"])


audit = api.serve()
