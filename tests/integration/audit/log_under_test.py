"""The audit log under test: appends entries, reads them over HTTP as an operator, and runs the verifier."""

import json
from base64 import b64decode
from contextlib import closing, suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from werkzeug.test import TestResponse

from events.task import TaskCreated
from knative.audit_keys import AuditKeyError, extend_verifier_keys
from tests.functions import FunctionUnderTest
from tests.samples import a_task, an_event
from verifier.chunks import CHUNK_LEVELS
from verifier.database_connection import parse_database_url
from verifier.database_source import DatabaseSource
from verifier.verification import verify_log
from verifier.verifier_keys import VerifierKeys


@dataclass
class LogUnderTest:
    """The functions ``append-audit`` and ``audit`` on one log."""

    append: FunctionUnderTest
    audit: FunctionUnderTest

    def append_entries(self, count: int = 1) -> None:
        """Append entries, one after another."""
        for _ in range(count):
            assert self.append.deliver(an_event(TaskCreated(task=a_task()))).status_code == 202

    def get(self, path: str) -> TestResponse:
        """Send a GET request as an operator."""
        return self.audit.call("GET", path, roles=("operator",))

    def get_proof(self, kind: str, **query: int) -> list[bytes]:
        """Return the hashes of a proof; ``kind`` is ``inclusion`` or ``consistency``."""
        response = self.get(f"/audit/proof/{kind}?" + "&".join(f"{name}={value}" for name, value in query.items()))
        assert response.status_code == 200, response.text
        return [b64decode(digest) for digest in response.get_json()["hashes"]]

    @property
    def notes(self) -> dict[int, str]:
        """The signed note of each checkpoint, by the checkpoint's size."""
        rows = self.append.database.rows("SELECT size, note FROM audit.checkpoints ORDER BY size")
        return {row["size"]: row["note"] for row in rows}

    @property
    def roots(self) -> dict[int, bytes]:
        """The root hash in each checkpoint, by the checkpoint's size."""
        return {size: b64decode(note.split("\n")[2]) for size, note in self.notes.items()}

    @property
    def leaf_hashes(self) -> list[bytes]:
        """The hash of each entry, computed from the leaf that the API shows."""
        items = self.get("/audit/entries?limit=200").get_json()["items"]
        return [sha256(b"\x00" + b64decode(item["leaf"])).digest() for item in items]

    @property
    def keys(self) -> VerifierKeys:
        """The verifier keys that the API shows."""
        return VerifierKeys(self.get("/audit/key").text.split())

    def open_source(self) -> DatabaseSource:
        """Open the database for the verifier."""
        return DatabaseSource(parse_database_url(self.append.database.url_of("audit")), [])

    def verify(self, *saved: str, chunk_levels: int = CHUNK_LEVELS) -> str:
        """Verify the database against ``saved`` checkpoints, and return the verdict; raises the verifier's errors."""
        with closing(self.open_source()) as source:
            return verify_log(source, self.keys, saved, lambda *_: None, chunk_levels)


def replace_signing_keys(folder: Path, keys: str | None) -> None:
    """Replace ``audit-key`` in the secret store of a folder, as a restart of the platform does; None removes it."""
    file = folder / "secrets.json"
    secrets = json.loads(file.read_text())
    secrets.pop("audit-key")
    if keys is not None:
        secrets["audit-key"] = keys
        with suppress(AuditKeyError):
            secrets["audit-verifier-keys"] = extend_verifier_keys(secrets["audit-verifier-keys"], keys)
    file.write_text(json.dumps(secrets))
