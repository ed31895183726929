"""An entry of the log as it is shown: the bytes that were hashed, and beside them what they say."""

import json
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Sequence
from typing import Any

from pydantic import Field
from sqlalchemy import Connection, RowMapping

from events.data import Value
from events.fields import Instant
from functions.audit.content import decrypt, is_encrypted
from functions.audit.subjects import keys_of


class AuditEntry(Value):
    """One event in the log."""

    index: int = Field(description="the place in the log, counted from 0 without a gap")
    leaf: str = Field(description="the bytes that are hashed, in base64: JSON of the event and of when it was appended")
    event: dict[str, Any] = Field(
        description="the event as it came, in CloudEvents' JSON format; as it stands in the leaf where it is forgotten"
    )
    forgotten: bool = Field(description="its content can be read by nobody any more")
    content_key: str | None = Field(
        description="what opens this event's content in the leaf, a JWE, and nothing else: its content encryption key"
        " in base64url. Null where the leaf holds none, or it is forgotten"
    )
    appended_at: Instant


def shown(connection: Connection, rows: Sequence[RowMapping]) -> list[AuditEntry]:
    """Show what was hashed, and not what stands beside it in the rows."""
    said = [json.loads(bytes(row["leaf"])) for row in rows]
    events = [one["event"] for one in said]
    keys = keys_of(connection, {event["userid"] for event in events if is_encrypted(event)})
    return [
        AuditEntry(
            index=row["index"],
            leaf=b64encode(bytes(row["leaf"])).decode(),
            appended_at=one["appendedAt"],
            **_content(one["event"], keys),
        )
        for row, one in zip(rows, said, strict=True)
    ]


def _content(event: dict[str, Any], keys: dict[str, bytes]) -> dict[str, Any]:
    if not is_encrypted(event):
        return {"event": event, "forgotten": False, "content_key": None}
    key = keys.get(event["userid"])
    readable = decrypt(event, key) if key else None
    if readable is None:
        return {"event": event, "forgotten": True, "content_key": None}
    content_key = urlsafe_b64encode(readable.key).decode().rstrip("=")
    return {"event": readable.event, "forgotten": False, "content_key": content_key}
