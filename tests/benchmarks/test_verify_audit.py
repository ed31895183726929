"""Measures the verifier's speed on a log in the database, in a file and over HTTP.

Two environment variables change the log: ``ENTRIES`` is its length, ``PER_CHECKPOINT`` the entries of one append.
"""

import json
import os
import random
import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Connection, text

from events.document import document_from_request
from functions.audit.audit_log import encode_leaf
from functions.audit.checkpoint_text import format_checkpoint
from functions.audit.content_encryption import encrypt_event, generate_key
from functions.audit.merkle import RightEdge, hash_leaf
from functions.audit.signed_note import NoteSigner, read_newest_signer
from functions.audit.subject_keys import SubjectKeys
from knative.local.postgres import Postgres
from tests.event_encoding import encode_binary
from tests.functions import ROOT, FunctionUnderTest, Load
from tests.samples import EVERY_KIND, NOON, an_event, some_data

pytestmark = pytest.mark.benchmark

VERIFIER = ROOT / "scripts" / "verifier"

ENTRIES = int(os.environ.get("ENTRIES", "200000"))
PER_CHECKPOINT = int(os.environ.get("PER_CHECKPOINT", "4"))
USERS = 50
BATCH = 4000

ADD = text("""
    WITH signed AS (
        INSERT INTO audit.checkpoints SELECT * FROM json_to_recordset(:notes) AS note (size bigint, note text)
    )
    INSERT INTO audit.entries (index, leaf, event, type, subject, userid, correlationid, time, appended_at)
    SELECT index, hashed, convert_from(hashed, 'UTF8')::jsonb -> 'event', type, subject, userid, correlationid, time, at
    FROM json_to_recordset(:entries) AS entry (
        index bigint, leaf text, type text, subject text, userid text, correlationid text, time timestamptz,
        at timestamptz
    ), LATERAL (SELECT decode(leaf, 'base64') AS hashed) AS decoded
""")


@pytest.fixture
def audit(function: Load) -> FunctionUnderTest:
    """The audit service, with a filled log."""
    service = function("audit")
    with service.database.as_admin() as connection, connection.begin():
        fill(connection, read_newest_signer(service.keys["audit-key"]))
    service.database.run("ANALYZE audit.entries, audit.nodes, audit.checkpoints")
    return service


def fill(connection: Connection, signer: NoteSigner) -> None:
    """Fill the tables as appends do, much faster."""
    keys = SubjectKeys({}, {f"user-{number}": generate_key() for number in range(USERS)})
    connection.execute(
        text("INSERT INTO audit.subjects (userid, key) VALUES (:userid, :key)"),
        [{"userid": user_id, "key": key} for user_id, key in keys.created.items()],
    )
    samples, edge = documents(keys), RightEdge()
    for start in range(0, ENTRIES, BATCH):
        entries, leaves, notes = [], [], []
        for index in range(start, min(start + BATCH, ENTRIES)):
            at = NOON + timedelta(milliseconds=index)
            document = next(samples) | {"time": at.isoformat()}
            leaves.append(encode_leaf(document, at))
            entries.append(document | {"index": index, "leaf": b64encode(leaves[-1]).decode(), "at": at.isoformat()})
        for first in range(0, len(leaves), PER_CHECKPOINT):
            edge, _ = edge.extend([hash_leaf(leaf) for leaf in leaves[first : first + PER_CHECKPOINT]])
            notes.append({"size": edge.size, "note": signer.sign(format_checkpoint(signer.name, edge.size, edge.root))})
        connection.execute(ADD, {"entries": json.dumps(entries), "notes": json.dumps(notes)})
    connection.execute(text("SELECT audit.hash_entries()"))


def documents(keys: SubjectKeys) -> Iterator[dict[str, Any]]:
    """Yield events of every kind without end, encrypted with a user's key, each with its own ids."""
    kinds = [kind for kind in EVERY_KIND if kind.audited]
    encrypted = []
    for user_id, key in keys.created.items():
        for kind in kinds:
            headers, body = encode_binary(an_event(some_data(kind), userid=user_id))
            encrypted.append(encrypt_event(document_from_request(dict(headers), body), key))
    chance = random.Random(1)
    while True:
        for document in encrypted:
            identity, subject, correlation = (str(UUID(int=chance.getrandbits(128))) for _ in range(3))
            yield document | {
                "id": identity,
                "subject": subject,
                "partitionkey": subject,
                "correlationid": correlation,
            }


def measure_verification(postgres: Postgres, name: str, *arguments: object) -> None:
    """Verify a log, and print the rate and the CPU time."""
    own, server, began = cpu_of_children(), cpu_of(postgres), time.perf_counter()
    subprocess.run([sys.executable, VERIFIER, *map(str, arguments)], check=True, capture_output=True)
    elapsed, own = time.perf_counter() - began, cpu_of_children() - own
    time.sleep(0.5)  # PostgreSQL counts a session's CPU time when it has ended
    print(  # noqa: T201 - a benchmark prints its figures
        f"\n{name}: {ENTRIES / elapsed:,.0f} entries a second; {elapsed:.2f} s,"
        f" CPU {own:.2f} s of the verifier and {cpu_of(postgres) - server:.2f} s of PostgreSQL",
        end="",
    )


def cpu_of_children() -> float:
    """Return the CPU seconds of all finished child processes."""
    used = getrusage(RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def cpu_of(postgres: Postgres) -> float:
    """Return the CPU seconds of a server and its ended sessions; 0 on systems without /proc."""
    stat = Path(f"/proc/{postgres.pid}/stat")
    times = stat.read_text(encoding="ascii").rpartition(")")[2].split()[11:15] if stat.exists() else []
    return sum(map(int, times)) / os.sysconf("SC_CLK_TCK")


def test_a_log_is_verified(
    audit: FunctionUnderTest, postgres: Postgres, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Print the entries verified in a second, from the command's start to its verdict."""
    caplog.set_level("WARNING", logger="werkzeug")
    key, file, url = tmp_path / "key", tmp_path / "log", audit.database.url_of("audit")
    key.write_text(audit.keys["audit-verifier-keys"], encoding="utf-8")
    for _ in range(3):
        measure_verification(postgres, "database", url, "--key", key)
    measure_verification(postgres, "export", url, "--key", key, "--export", file)
    measure_verification(postgres, "file", file, "--key", key)
    with audit.served() as address:
        measure_verification(postgres, "HTTP", address, "--key", key, "--token", audit.token("olga", "operator"))
