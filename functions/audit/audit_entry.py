"""An entry of the log as the API shows it: the hashed bytes, and the event read from them."""

import json
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Sequence
from typing import Any

from pydantic import Field

from events.data import Value
from events.fields import Instant
from functions.audit.content_decryption import decrypt_event, is_encrypted
from functions.audit.subject_keys import load_keys
from functions.chassis.runtime.database import Database
from functions.chassis.runtime.statement import Row


class AuditEntry(Value):
    """One event in the log."""

    index: int = Field(description="the position in the log, counted from 0 without a gap")
    leaf: str = Field(description="the hashed bytes in base64: JSON of the event and of the time it was appended")
    event: dict[str, Any] = Field(
        description="the event as it was received, in CloudEvents' JSON format; as in the leaf if it is forgotten"
    )
    forgotten: bool = Field(description="the content can no longer be read")
    content_key: str | None = Field(
        description="the key, in base64url, that opens the content of this entry's leaf, a JWE, and nothing else."
        " Null if the content is not encrypted, or is forgotten"
    )
    appended_at: Instant


def read_entries(database: Database, rows: Sequence[Row]) -> list[AuditEntry]:
    """Return the entries of rows, read from the hashed bytes and not from the columns beside them."""
    leaves = [json.loads(bytes(row["leaf"])) for row in rows]
    events = [leaf["event"] for leaf in leaves]
    keys = load_keys(database, {event["userid"] for event in events if is_encrypted(event)})
    return [
        AuditEntry(
            index=row["index"],
            leaf=b64encode(bytes(row["leaf"])).decode(),
            appended_at=leaf["appendedAt"],
            **_decrypt_content(leaf["event"], keys),
        )
        for row, leaf in zip(rows, leaves, strict=True)
    ]


def _decrypt_content(event: dict[str, Any], keys: dict[str, bytes]) -> dict[str, Any]:
    if not is_encrypted(event):
        return {"event": event, "forgotten": False, "content_key": None}
    key = keys.get(event["userid"])
    decrypted = decrypt_event(event, key) if key else None
    if decrypted is None:
        return {"event": event, "forgotten": True, "content_key": None}
    content_key = urlsafe_b64encode(decrypted.key).decode().rstrip("=")
    return {"event": decrypted.event, "forgotten": False, "content_key": content_key}
