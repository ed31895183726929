"""The audit log over HTTP, for operators."""

from base64 import b64encode
from collections.abc import Iterator
from typing import Annotated, Final

from pydantic import Field
from sqlalchemy import ColumnElement

from events.audit import SubjectForgotten
from events.data import Value
from events.fields import Instant, UserId
from functions.audit.entries import newest_checkpoint, search
from functions.audit.entry import AuditEntry, shown
from functions.audit.log import lock
from functions.audit.merkle import Span, consistency, inclusion
from functions.audit.proofs import hashes, size_of_log
from functions.audit.subjects import forget, forgotten_at
from functions.audit.tables import entries
from functions.chassis.http.authorized_request import AuthorizedRequest
from functions.chassis.http.operation import ANY_USER
from functions.chassis.http.pagination import Page, decode_cursor, page
from functions.chassis.http.problem import Problem, field_problem
from functions.chassis.http.request_models import PageQuery, Query
from functions.chassis.http.response import ApiResponse, PlainTextResponse
from functions.chassis.http.user_context import Permission
from functions.chassis.http_function import HttpFunction

LAST_INDEX = 2**63 - 1
VERIFIER_KEYS = "audit-verifier-keys"

Index = Annotated[int, Field(ge=0, le=LAST_INDEX)]
Size = Annotated[int, Field(ge=1, le=LAST_INDEX)]
Exact = Annotated[str | None, Field(max_length=1000)]

READ_AUDIT_LOG: Final = Permission("audit:read", role="operator")
FORGET_SUBJECTS: Final = Permission("audit:forget", role="operator")

api = HttpFunction("audit", summary="Everything that was said, in the order in which it was heard.")


class InclusionQuery(Query):
    """Which entry is in which log."""

    index: Annotated[Index, Field(description="the entry's index")]
    size: Annotated[Size, Field(description="the size that a checkpoint names")]


class ConsistencyQuery(Query):
    """Which two checkpoints are of one log."""

    first: Annotated[Size, Field(description="the size that the older one names")]
    second: Annotated[Size, Field(description="the size that the newer one names")]


class Proof(Value):
    """The hashes that lead from what is known to a root, as RFC 6962 orders them."""

    hashes: list[str] = Field(description="each in base64")


class Forgotten(Value):
    """Whose content is forgotten, and what was said until when."""

    user_id: UserId
    forgotten_at: Instant


class EntryQuery(PageQuery):
    """A range of the log, or what it holds about somebody or something. All that is given must hold."""

    start: Annotated[Index | None, Field(description="the first index")] = None
    user_id: Exact = None
    subject: Exact = None
    type: Exact = None
    correlation_id: Exact = None
    after: Annotated[Instant | None, Field(description="said at this time or later")] = None
    before: Annotated[Instant | None, Field(description="said earlier than this time")] = None


@api.operation("GET", "/audit/entries", permission=READ_AUDIT_LOG, query=EntryQuery, responses={200: Page[AuditEntry]})
def list_entries(request: AuthorizedRequest, query: EntryQuery) -> ApiResponse:
    """List entries in the order of the log, by index or by filters."""
    with request.instance.database.transaction() as connection:
        found = shown(connection, search(connection, list(_conditions(query)), limit=query.limit + 1))
    return ApiResponse(page(found, query.limit, item=lambda entry: entry, key=lambda entry: [entry.index]))


@api.operation("GET", "/audit/entries/<int:index>", permission=READ_AUDIT_LOG, responses={200: AuditEntry})
def read_entry(request: AuthorizedRequest, *, index: int) -> ApiResponse:
    """Read the entry at an index."""
    found: list[AuditEntry] = []
    if index <= LAST_INDEX:
        with request.instance.database.transaction() as connection:
            found = shown(connection, search(connection, [entries.c.index == index], limit=1))
    if not found:
        raise Problem(404, "the log has no entry at this index")
    return ApiResponse(found[0])


@api.operation("GET", "/audit/checkpoint", permission=READ_AUDIT_LOG, responses={200: PlainTextResponse})
def read_checkpoint(request: AuthorizedRequest) -> ApiResponse:
    """Read the newest checkpoint: a signed note of the log's size and the hash of the tree over it."""
    with request.instance.database.transaction() as connection:
        note = newest_checkpoint(connection)
    if note is None:
        raise Problem(404, "there is no checkpoint yet: the first event that is appended makes the first one")
    return PlainTextResponse(note)


@api.operation("GET", "/audit/key", permission=READ_AUDIT_LOG, responses={200: PlainTextResponse})
def read_key(request: AuthorizedRequest) -> ApiResponse:
    """Read the keys that verify checkpoints, one a line, the newest last."""
    return PlainTextResponse(request.instance.secrets.get(VERIFIER_KEYS).strip() + "\n")


@api.operation("GET", "/audit/proof/inclusion", permission=READ_AUDIT_LOG, query=InclusionQuery, responses={200: Proof})
def prove_inclusion(request: AuthorizedRequest, query: InclusionQuery) -> ApiResponse:
    """Prove that the log of a size has the entry at an index."""
    if query.index >= query.size:
        raise field_problem(400, "index", f"a log of {query.size} entries has none at {query.index}")
    return _proof(request, inclusion(query.index, query.size), within=("size", query.size))


@api.operation(
    "GET", "/audit/proof/consistency", permission=READ_AUDIT_LOG, query=ConsistencyQuery, responses={200: Proof}
)
def prove_consistency(request: AuthorizedRequest, query: ConsistencyQuery) -> ApiResponse:
    """Prove that the log of the second size begins with the log of the first."""
    if query.first > query.second:
        raise field_problem(400, "first", f"must be at most {query.second}, the second")
    return _proof(request, consistency(query.first, query.second), within=("second", query.second))


@api.operation(
    "DELETE", "/audit/subjects/<path:user_id>", permission=FORGET_SUBJECTS, owner=ANY_USER, responses={200: Forgotten}
)
def forget_subject(request: AuthorizedRequest, *, user_id: str) -> ApiResponse:
    """Make what the log holds of a user's content unreadable for good, and say so in the log.

    The key that it is encrypted with is deleted. Entries, hashes and proofs stay as they are. What is said of the user
    later is encrypted with another key.
    """
    with request.unit_of_work() as work:
        lock(work.connection)  # an append holds the keys it read
        if forget(work.connection, user_id, now=work.now):
            work.emit(SubjectForgotten(user_id=user_id, forgotten_at=work.now, by=request.user.id))
        moment = forgotten_at(work.connection, user_id)
    if moment is None:
        raise Problem(404, "the log holds no content of this user")
    return ApiResponse(Forgotten(user_id=user_id, forgotten_at=moment))


def _proof(request: AuthorizedRequest, spans: list[Span], *, within: tuple[str, int]) -> ApiResponse:
    name, size = within
    with request.instance.database.transaction() as connection:
        length = size_of_log(connection)
        if size > length:
            raise field_problem(400, name, f"the log has {length} entries")
        return ApiResponse(Proof(hashes=[b64encode(found).decode() for found in hashes(connection, spans)]))


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


audit = api.serve()
