"""Audit logs in memory, and the files that the verifier reads."""

import json
import random
from base64 import b64encode
from dataclasses import dataclass
from pathlib import Path
from typing import Self
from uuid import UUID

from functions.audit.audit_log import encode_leaf
from functions.audit.checkpoint_text import checkpoint_text
from functions.audit.merkle import RightEdge, hash_leaf
from functions.audit.signed_note import read_newest_signer
from knative.audit_keys import extend_verifier_keys, make_audit_key
from tests.samples import NOON
from verifier.file_source import FileSource
from verifier.verification import verify_log
from verifier.verifier_keys import VerifierKeys

ORIGIN = "example.com/log"
KEY = make_audit_key(ORIGIN)
VERIFIER_KEY = extend_verifier_keys(None, KEY)
OTHER_KEY = make_audit_key(ORIGIN)


@dataclass
class SampleLog:
    """The leaves of a log, and its signed checkpoints by size."""

    leaves: list[bytes]
    notes: dict[int, str]

    @classmethod
    def make(cls, chance: random.Random, length: int) -> Self:
        """Return a log of ``length`` entries, made by appends of one to eight entries."""
        log = cls([], {})
        while len(log.leaves) < length:
            log.append([make_leaf(chance) for _ in range(min(chance.randrange(1, 9), length - len(log.leaves)))])
        return log

    def append(self, leaves: list[bytes], key: str = KEY) -> None:
        """Append entries and sign one checkpoint."""
        self.leaves += leaves
        self.sign(len(self.leaves), key)

    def sign(self, size: int, key: str = KEY) -> None:
        """Sign a checkpoint of the first ``size`` entries."""
        edge, _ = RightEdge().extend([hash_leaf(leaf) for leaf in self.leaves[:size]])
        self.notes[size] = read_newest_signer(key).sign(checkpoint_text(ORIGIN, size, edge.root))

    def sign_again(self, after: int, key: str = KEY) -> None:
        """Replace the checkpoints of more than ``after`` entries by checkpoints of the current leaves."""
        sizes = [size for size in self.notes if size <= after or size < len(self.leaves)]
        self.notes = {size: self.notes[size] for size in sizes}
        for size in sizes:
            if size > after:
                self.sign(size, key)
        self.sign(len(self.leaves), key)

    def copy(self) -> "SampleLog":
        """Return a copy that a test can change."""
        return SampleLog(list(self.leaves), dict(self.notes))

    def make_lines(self) -> list[bytes]:
        """Return the lines that an export has for the entries."""
        return [make_line(index, leaf) for index, leaf in enumerate(self.leaves)]

    def write(self, path: Path, lines: list[bytes] | None = None) -> Path:
        """Write an export to a file and return its path; ``lines`` replace the lines of the entries."""
        head = [json.dumps({"checkpoint": self.notes[size]}).encode() for size in sorted(self.notes)]
        entries = self.make_lines() if lines is None else lines
        path.write_bytes(b"".join(line + b"\n" for line in (*head, *entries)))
        return path


def make_line(index: int, leaf: bytes) -> bytes:
    """Return an entry's line of an export."""
    return b'{"index":%d,"leaf":"%s",%s' % (index, b64encode(leaf), leaf[1:])


def make_leaf(chance: random.Random) -> bytes:
    """Return the leaf of a random event; no two are the same."""
    event = {"id": str(UUID(int=chance.getrandbits(128))), "type": "todo.TaskCreated", "data": {"title": "ä" * 9}}
    return encode_leaf(event, NOON)


def verify_file(path: Path, *saved: str, chunk_levels: int = 11) -> str:
    """Return the verdict on an export that KEY signed; raises what verify_log raises."""
    return verify_log(FileSource(path), VerifierKeys([VERIFIER_KEY]), saved, lambda *_: None, chunk_levels)
