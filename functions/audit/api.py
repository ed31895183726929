"""The HTTP function `audit`: entries, checkpoints, keys and proofs for operators, and forgetting a user."""

from base64 import b64encode
from typing import Annotated, Any, Final

from pydantic import Field

from events.audit import SubjectForgotten
from events.data import Value
from events.fields import Instant, UserId
from functions.audit.audit_entry import AuditEntry, read_entries
from functions.audit.audit_log import lock_log
from functions.audit.log_queries import FILTERS, find_entries, load_hashes, load_log_size, load_newest_checkpoint
from functions.audit.merkle import LeafRange, find_consistency_path, find_inclusion_path
from functions.audit.subject_keys import delete_key, load_forgotten_at
from functions.chassis.http.authorized_request import AuthorizedRequest
from functions.chassis.http.operation import ANY_USER
from functions.chassis.http.pagination import Page, decode_cursor, make_page
from functions.chassis.http.problem import Problem, field_problem
from functions.chassis.http.request_models import PageQuery, Query
from functions.chassis.http.response import ApiResponse, PlainTextResponse
from functions.chassis.http.user_context import Permission
from functions.chassis.http_function import HttpFunction

LAST_INDEX = 2**63 - 1
VERIFIER_KEYS = "audit-verifier-keys"

Index = Annotated[int, Field(ge=0, le=LAST_INDEX)]
Size = Annotated[int, Field(ge=1, le=LAST_INDEX)]
ExactFilter = Annotated[str | None, Field(max_length=1000)]

READ_AUDIT_LOG: Final = Permission("audit:read", role="operator")
FORGET_SUBJECTS: Final = Permission("audit:forget", role="operator")

api = HttpFunction("audit", summary="Every domain event, in the order in which it was appended.")


class InclusionQuery(Query):
    """An entry, and the size of the log that has it."""

    index: Annotated[Index, Field(description="the entry's index")]
    size: Annotated[Size, Field(description="the size in a checkpoint")]


class ConsistencyQuery(Query):
    """The sizes in two checkpoints of one log."""

    first: Annotated[Size, Field(description="the size in the older checkpoint")]
    second: Annotated[Size, Field(description="the size in the newer checkpoint")]


class Proof(Value):
    """The hashes that lead to a root, in the order of RFC 6962."""

    hashes: list[str] = Field(description="each in base64")


class Forgotten(Value):
    """A forgotten user. Content of events up to ``forgottenAt`` can no longer be read."""

    user_id: UserId
    forgotten_at: Instant


class EntryQuery(PageQuery):
    """Filters of the entries; an entry must match all of them."""

    start: Annotated[Index | None, Field(description="the first index")] = None
    user_id: ExactFilter = None
    subject: ExactFilter = None
    type: ExactFilter = None
    correlation_id: ExactFilter = None
    after: Annotated[Instant | None, Field(description="emitted at or after this time")] = None
    before: Annotated[Instant | None, Field(description="emitted before this time")] = None


@api.operation("GET", "/audit/entries", permission=READ_AUDIT_LOG, query=EntryQuery, responses={200: Page[AuditEntry]})
def list_entries(request: AuthorizedRequest, query: EntryQuery) -> ApiResponse:
    """List entries in the order of the log, by index or by filters."""
    database = request.instance.database
    found = read_entries(database, find_entries(database, _read_filters(query), limit=query.limit + 1))
    return ApiResponse(make_page(found, query.limit, item=lambda entry: entry, key=lambda entry: [entry.index]))


@api.operation("GET", "/audit/entries/<int:index>", permission=READ_AUDIT_LOG, responses={200: AuditEntry})
def read_entry(request: AuthorizedRequest, *, index: int) -> ApiResponse:
    """Read the entry at an index."""
    found: list[AuditEntry] = []
    if index <= LAST_INDEX:
        database = request.instance.database
        found = read_entries(database, find_entries(database, {"index": index}, limit=1))
    if not found:
        raise Problem(404, "the log has no entry at this index")
    return ApiResponse(found[0])


@api.operation("GET", "/audit/checkpoint", permission=READ_AUDIT_LOG, responses={200: PlainTextResponse})
def read_checkpoint(request: AuthorizedRequest) -> ApiResponse:
    """Read the newest checkpoint: a signed note of the log's size and the hash of the tree over it."""
    note = load_newest_checkpoint(request.instance.database)
    if note is None:
        raise Problem(404, "there is no checkpoint yet: the first appended event creates one")
    return PlainTextResponse(note)


@api.operation("GET", "/audit/key", permission=READ_AUDIT_LOG, responses={200: PlainTextResponse})
def read_key(request: AuthorizedRequest) -> ApiResponse:
    """Read the keys that verify checkpoints, one per line, the newest last."""
    return PlainTextResponse(request.instance.secrets.get(VERIFIER_KEYS).strip() + "\n")


@api.operation("GET", "/audit/proof/inclusion", permission=READ_AUDIT_LOG, query=InclusionQuery, responses={200: Proof})
def prove_inclusion(request: AuthorizedRequest, query: InclusionQuery) -> ApiResponse:
    """Prove that the log of a size contains the entry at an index."""
    if query.index >= query.size:
        raise field_problem(400, "index", f"a log of {query.size} entries has none at {query.index}")
    return _proof_response(request, find_inclusion_path(query.index, query.size), within=("size", query.size))


@api.operation(
    "GET", "/audit/proof/consistency", permission=READ_AUDIT_LOG, query=ConsistencyQuery, responses={200: Proof}
)
def prove_consistency(request: AuthorizedRequest, query: ConsistencyQuery) -> ApiResponse:
    """Prove that the log of the second size begins with the log of the first."""
    if query.first > query.second:
        raise field_problem(400, "first", f"must be at most {query.second}, the second")
    return _proof_response(request, find_consistency_path(query.first, query.second), within=("second", query.second))


@api.operation(
    "DELETE", "/audit/subjects/<path:user_id>", permission=FORGET_SUBJECTS, owner=ANY_USER, responses={200: Forgotten}
)
def forget_subject(request: AuthorizedRequest, *, user_id: str) -> ApiResponse:
    """Make a user's content in the log unreadable for ever, and record that in the log.

    The key with which the content is encrypted is deleted. Entries, hashes and proofs stay valid. Later events of the
    user are encrypted with a new key.
    """
    with request.unit_of_work() as work:
        # Without the lock, a concurrent append could use a key that it read before the deletion.
        lock_log(work.transaction)
        if delete_key(work.transaction, user_id, now=work.now):
            work.emit(SubjectForgotten(user_id=user_id, forgotten_at=work.now, by=request.user.id))
        moment = load_forgotten_at(work.transaction, user_id)
    if moment is None:
        raise Problem(404, "the log holds no content of this user")
    return ApiResponse(Forgotten(user_id=user_id, forgotten_at=moment))


def _proof_response(request: AuthorizedRequest, ranges: list[LeafRange], *, within: tuple[str, int]) -> ApiResponse:
    name, size = within
    database = request.instance.database
    length = load_log_size(database)
    if size > length:
        raise field_problem(400, name, f"the log has {length} entries")
    return ApiResponse(Proof(hashes=[b64encode(digest).decode() for digest in load_hashes(database, ranges)]))


def _read_filters(query: EntryQuery) -> dict[str, Any]:
    filters = {name: getattr(query, name) for name in FILTERS if name in EntryQuery.model_fields}
    after = decode_cursor(query.cursor, (Index,))
    if after:
        filters["above"] = after[0]
    return {name: value for name, value in filters.items() if value is not None}


audit = api.serve()
