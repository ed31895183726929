"""Audit logs in memory, honest or not, and as the files that the verifier reads."""

import json
import random
from base64 import b64encode
from dataclasses import dataclass
from pathlib import Path
from typing import Self
from uuid import UUID

from functions.audit.checkpoint import checkpoint
from functions.audit.log import leaf_of
from functions.audit.merkle import Edge, leaf_hash
from functions.audit.note import newest_signer
from knative.audit_keys import extend_verifier_keys, make_audit_key
from tests.samples import NOON

NAME = "example.com/log"
KEY = make_audit_key(NAME)
VERIFIER = extend_verifier_keys(None, KEY)
OTHER_KEY = make_audit_key(NAME)


@dataclass
class Log:
    """Leaves, and the sizes at which checkpoints were signed with their notes."""

    leaves: list[bytes]
    notes: dict[int, str]

    @classmethod
    def honest(cls, chance: random.Random, length: int) -> Self:
        """Return a log that grew by appends of one to eight."""
        log = cls([], {})
        while len(log.leaves) < length:
            log.append([an_entry(chance) for _ in range(min(chance.randrange(1, 9), length - len(log.leaves)))])
        return log

    def append(self, leaves: list[bytes], key: str = KEY) -> None:
        """Append entries under one checkpoint."""
        self.leaves += leaves
        self.sign(len(self.leaves), key)

    def sign(self, size: int, key: str = KEY) -> None:
        """Sign a checkpoint of the entries up to a size."""
        edge, _ = Edge().extend([leaf_hash(leaf) for leaf in self.leaves[:size]])
        self.notes[size] = newest_signer(key).sign(checkpoint(NAME, size, edge.root))

    def sign_again(self, after: int, key: str = KEY) -> None:
        """Sign all checkpoints anew that are of more entries than ``after``, and no longer than the log."""
        sizes = [size for size in self.notes if size <= after or size < len(self.leaves)]
        self.notes = {size: self.notes[size] for size in sizes}
        for size in sizes:
            if size > after:
                self.sign(size, key)
        self.sign(len(self.leaves), key)

    def copy(self) -> "Log":
        """Return another that can be changed."""
        return Log(list(self.leaves), dict(self.notes))

    def lines(self) -> list[bytes]:
        """Return the entries' lines of an export."""
        return [line(index, leaf) for index, leaf in enumerate(self.leaves)]

    def write(self, path: Path, lines: list[bytes] | None = None) -> Path:
        """Write an export, with other lines than the log's own where some are given."""
        head = [json.dumps({"checkpoint": self.notes[size]}).encode() for size in sorted(self.notes)]
        path.write_bytes(b"".join(one + b"\n" for one in (*head, *(self.lines() if lines is None else lines))))
        return path


def line(index: int, leaf: bytes) -> bytes:
    """Return an entry's line of an export."""
    return b'{"index":%d,"leaf":"%s",%s' % (index, b64encode(leaf), leaf[1:])


def an_entry(chance: random.Random) -> bytes:
    """Return what is hashed of some event; no two are the same."""
    event = {"id": str(UUID(int=chance.getrandbits(128))), "type": "todo.TaskCreated", "data": {"title": "ä" * 9}}
    return leaf_of(event, NOON)
