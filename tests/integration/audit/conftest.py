"""What the tests of the audit log share: reading it as somebody who checks it would."""

from base64 import b64decode
from contextlib import closing
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import pytest
from werkzeug.test import TestResponse

from events.task import TaskCreated
from tests.functions import FunctionUnderTest, Load
from tests.samples import a_task, an_event
from tests.verify_audit import load


@dataclass
class Checked:
    """The audit service, and what appends to its log."""

    append: FunctionUnderTest
    audit: FunctionUnderTest

    def deliver(self, count: int = 1) -> None:
        """Append so many entries, one after the other."""
        for _ in range(count):
            assert self.append.deliver(an_event(TaskCreated(task=a_task()))).status_code == 202

    def get(self, path: str) -> TestResponse:
        """Ask as an operator."""
        return self.audit.call("GET", path, roles=("operator",))

    def proof(self, kind: str, **query: int) -> list[bytes]:
        """Return the hashes of a proof."""
        answer = self.get(f"/audit/proof/{kind}?" + "&".join(f"{name}={value}" for name, value in query.items()))
        assert answer.status_code == 200, answer.text
        return [b64decode(found) for found in answer.get_json()["hashes"]]

    @property
    def notes(self) -> dict[int, str]:
        """Every checkpoint by its size."""
        rows = self.append.database.rows("SELECT size, note FROM audit.checkpoints ORDER BY size")
        return {row["size"]: row["note"] for row in rows}

    @property
    def roots(self) -> dict[int, bytes]:
        """The root that each checkpoint names."""
        return {size: b64decode(note.split("\n")[2]) for size, note in self.notes.items()}

    @property
    def leaf_hashes(self) -> list[bytes]:
        """The hash of each entry, by the bytes that it shows."""
        items = self.get("/audit/entries?limit=200").get_json()["items"]
        return [sha256(b"\x00" + b64decode(item["leaf"])).digest() for item in items]

    def verify(self, *pinned: str, verifier: Any = None) -> str:
        """Return what the verifier says of the database; raises what it raises."""
        verifier = verifier or load()
        keys = verifier.Keys(self.get("/audit/key").text.split())
        with closing(verifier.database_at(self.append.database.url_of("audit"))) as source:
            said: str = verifier.verify(source, keys, pinned, lambda *_: None)
        return said


@pytest.fixture
def log(function: Load) -> Checked:
    """An empty log."""
    return Checked(function("append-audit"), function("audit"))
