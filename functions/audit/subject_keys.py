"""One encryption key per user, stored outside the log; the user's content in the log is encrypted with it.

Deleting the key makes that content unreadable. The hashes over the encrypted content stay valid.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, select, update
from sqlalchemy.dialects.postgresql import insert

from functions.audit.encrypted_content import generate_key
from functions.audit.tables import subjects


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

    def key_for(self, user_id: str, *, event_time: datetime | None) -> bytes:
        """Return the key for an event of a user; ``event_time`` is the event's own time.

        An event from before the user was forgotten that arrives only now gets a key that is never stored.
        """
        subject = self.stored.get(user_id, SubjectKey(None, None))
        if event_time and subject.forgotten_at and event_time <= subject.forgotten_at:
            return generate_key()
        return subject.key or self.created.setdefault(user_id, generate_key())


def store_created_keys(connection: Connection, keys: SubjectKeys) -> None:
    """Store the keys that were created for a batch."""
    if keys.created:
        rows = [{"userid": user_id, "key": key} for user_id, key in keys.created.items()]
        statement = insert(subjects).values(rows)
        connection.execute(
            statement.on_conflict_do_update(index_elements=["userid"], set_={"key": statement.excluded.key})
        )


def load_keys(connection: Connection, user_ids: Collection[str]) -> dict[str, bytes]:
    """Return the stored keys of users by their ids; users without a key are left out."""
    query = select(subjects.c.userid, subjects.c.key).where(
        subjects.c.userid.in_(user_ids), subjects.c.key.is_not(None)
    )
    return {user_id: bytes(key) for user_id, key in connection.execute(query)}


def delete_key(connection: Connection, user_id: str, *, now: datetime) -> bool:
    """Delete a user's key and store when; return False if the user has no key."""
    subject = subjects.c.userid == user_id
    statement = update(subjects).where(subject, subjects.c.key.is_not(None)).values(key=None, forgotten_at=now)
    return connection.execute(statement).rowcount > 0


def load_forgotten_at(connection: Connection, user_id: str) -> datetime | None:
    """Return the time up to which a user is forgotten, or None."""
    moment: datetime | None = connection.scalar(select(subjects.c.forgotten_at).where(subjects.c.userid == user_id))
    return moment
