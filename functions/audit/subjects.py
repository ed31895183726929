"""Whom the log is about: a key for each user, outside the log, with which their content in it is encrypted.

Where the key is deleted, what was encrypted with it is read by nobody any more; the hashes over it stay as they are.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, select, update
from sqlalchemy.dialects.postgresql import insert

from functions.audit.content import new_key
from functions.audit.tables import subjects


@dataclass(frozen=True)
class Subject:
    """A user's key, and until when what was said of them is forgotten; at least one of the two."""

    key: bytes | None
    forgotten_at: datetime | None


@dataclass
class Keys:
    """The keys for a batch of events: those that are kept, and those ``made`` for users who have none."""

    kept: Mapping[str, Subject]
    made: dict[str, bytes] = field(default_factory=dict)

    def of(self, user_id: str, *, said_at: datetime | None) -> bytes:
        """Return the key for what was said of a user at a time.

        What was said before they were forgotten and comes only now gets one that nobody keeps.
        """
        subject = self.kept.get(user_id, Subject(None, None))
        if said_at and subject.forgotten_at and said_at <= subject.forgotten_at:
            return new_key()
        return subject.key or self.made.setdefault(user_id, new_key())


def keep(connection: Connection, keys: Keys) -> None:
    """Store the keys that were made."""
    if keys.made:
        made = insert(subjects).values([{"userid": user_id, "key": key} for user_id, key in keys.made.items()])
        connection.execute(made.on_conflict_do_update(index_elements=["userid"], set_={"key": made.excluded.key}))


def keys_of(connection: Connection, user_ids: Collection[str]) -> dict[str, bytes]:
    """Return the keys that there are."""
    wanted = select(subjects.c.userid, subjects.c.key).where(
        subjects.c.userid.in_(user_ids), subjects.c.key.is_not(None)
    )
    return {user_id: bytes(key) for user_id, key in connection.execute(wanted)}


def forget(connection: Connection, user_id: str, *, now: datetime) -> bool:
    """Delete a user's key; False where there is none."""
    subject = subjects.c.userid == user_id
    forgotten = update(subjects).where(subject, subjects.c.key.is_not(None)).values(key=None, forgotten_at=now)
    return connection.execute(forgotten).rowcount > 0


def forgotten_at(connection: Connection, user_id: str) -> datetime | None:
    """Return until when what was said of a user is forgotten; None of one who never was."""
    moment: datetime | None = connection.scalar(select(subjects.c.forgotten_at).where(subjects.c.userid == user_id))
    return moment
