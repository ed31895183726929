"""Reading the audit log: its entries, and its newest checkpoint."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, RowMapping, select

from functions.audit.tables import checkpoints, entries


def search(connection: Connection, wanted: Sequence[ColumnElement[bool]], *, limit: int) -> Sequence[RowMapping]:
    """Return up to ``limit`` entries that fit every condition, in the order of the log."""
    found = select(entries).where(*wanted).order_by(entries.c.index).limit(limit)
    return connection.execute(found).mappings().all()


def newest_checkpoint(connection: Connection) -> str | None:
    """Return the signed note of the log as it is now, or None where nothing was appended yet."""
    note: str | None = connection.scalar(select(checkpoints.c.note).order_by(checkpoints.c.size.desc()).limit(1))
    return note
