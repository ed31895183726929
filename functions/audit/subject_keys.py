"""One encryption key per user, stored outside the log; the user's content in the log is encrypted with it.

Deleting the key makes that content unreadable. The hashes over the encrypted content stay valid.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from functions.audit.content_encryption import generate_key
from functions.chassis.runtime.database import Database
from functions.chassis.runtime.statement import Statement, encode_array, insert_rows
from functions.chassis.runtime.transaction import PendingResult, Transaction

_FIND = Statement("SELECT userid, key, forgotten_at FROM audit.subjects WHERE userid = ANY(:user_ids::text[])")
_FIND_KEYS = Statement(
    "SELECT userid, key FROM audit.subjects WHERE userid = ANY(:user_ids::text[]) AND key IS NOT NULL"
)
_STORE = Statement(
    insert_rows("audit.subjects", ("userid", "key")) + " ON CONFLICT (userid) DO UPDATE SET key = excluded.key"
)
_DELETE = Statement(
    "UPDATE audit.subjects SET key = NULL, forgotten_at = :now WHERE userid = :user_id AND key IS NOT NULL"
)
_FIND_FORGOTTEN = Statement("SELECT forgotten_at FROM audit.subjects WHERE userid = :user_id")


@dataclass(frozen=True)
class SubjectKey:
    """A user's key, and the time up to which the user is forgotten; at least one of the two is set."""

    key: bytes | None
    forgotten_at: datetime | None


@dataclass
class SubjectKeys:
    """The keys for a batch of events: the stored ones, and ``created`` keys of users who had none."""

    stored: Mapping[str, SubjectKey]
    created: dict[str, bytes] = field(default_factory=dict)

    def get_or_create(self, user_id: str, *, event_time: datetime | None) -> bytes:
        """Return the key for an event of a user, a new key if the user has none.

        ``event_time`` is the time at which the event happened. If the user was forgotten after that, the event gets a
        key that is never stored, so that its content can never be read.
        """
        subject = self.stored.get(user_id)
        if subject and event_time and subject.forgotten_at and event_time <= subject.forgotten_at:
            return generate_key()
        if subject and subject.key:
            return subject.key
        if user_id not in self.created:
            self.created[user_id] = generate_key()
        return self.created[user_id]


def enqueue_subjects(transaction: Transaction, user_ids: Collection[str]) -> PendingResult:
    """Load the keys of users with the next exchange."""
    return transaction.enqueue(_FIND, user_ids=encode_array(user_ids))


def read_subjects(subjects: PendingResult) -> dict[str, SubjectKey]:
    """Return the loaded keys by the users' ids."""
    return {row["userid"]: SubjectKey(row["key"] and bytes(row["key"]), row["forgotten_at"]) for row in subjects.rows}


def store_created_keys(transaction: Transaction, keys: SubjectKeys) -> None:
    """Store the keys that were created for a batch, with the next exchange."""
    rows = [{"userid": user_id, "key": f"\\x{key.hex()}"} for user_id, key in keys.created.items()]
    if rows:
        transaction.enqueue(_STORE, rows=rows)


def load_keys(database: Database, user_ids: Collection[str]) -> dict[str, bytes]:
    """Return the stored keys of users by their ids; users without a key are left out."""
    if not user_ids:
        return {}
    rows = database.fetch_all(_FIND_KEYS, user_ids=encode_array(user_ids))
    return {row["userid"]: bytes(row["key"]) for row in rows}


def delete_key(transaction: Transaction, user_id: str, *, now: datetime) -> bool:
    """Delete a user's key and store the time ``now``; return False if the user has no key."""
    return transaction.run(_DELETE, user_id=user_id, now=now) > 0


def load_forgotten_at(transaction: Transaction, user_id: str) -> datetime | None:
    """Return the time up to which a user is forgotten, or None."""
    moment: datetime | None = transaction.fetch_value(_FIND_FORGOTTEN, user_id=user_id)
    return moment
