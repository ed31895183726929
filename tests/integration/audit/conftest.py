"""What the tests of the audit log share: reading it as somebody who checks it would."""

from base64 import b64decode
from contextlib import closing
from dataclasses import dataclass
from hashlib import sha256

import pytest
from werkzeug.test import TestResponse

from events.task import TaskCreated
from tests.functions import FunctionUnderTest, Load
from tests.samples import a_task, an_event
from verifier.chunks import CHUNK_LEVELS
from verifier.database_connection import parse_database_url
from verifier.database_source import DatabaseSource
from verifier.verification import verify_log
from verifier.verifier_keys import VerifierKeys


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

    @property
    def keys(self) -> VerifierKeys:
        """The verifier keys that the API shows."""
        return VerifierKeys(self.get("/audit/key").text.split())

    def open_source(self) -> DatabaseSource:
        """Open the tables for the verifier."""
        return DatabaseSource(parse_database_url(self.append.database.url_of("audit")), [])

    def verify(self, *saved: str, chunk_levels: int = CHUNK_LEVELS) -> str:
        """Return the verdict on the database; raises what the verifier raises."""
        with closing(self.open_source()) as source:
            return verify_log(source, self.keys, saved, lambda *_: None, chunk_levels)


@pytest.fixture
def log(function: Load) -> Checked:
    """An empty log."""
    return Checked(function("append-audit"), function("audit"))
