"""The keys of the audit log's checkpoints, in the form of signed notes (C2SP signed-note), one a line, the newest last.

``python -m knative.audit_keys NAME`` prints a new one, to be added as the last line of ``audit-key`` where keys are
changed; NAME is the log's, and stays. A line before it may be taken away once its key should sign nothing more.
"""

import argparse
import re
from base64 import b64decode, b64encode
from collections.abc import Sequence
from hashlib import sha256
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

_PRIVATE: Final = "PRIVATE+KEY+"
_LINE: Final = re.compile(r"PRIVATE\+KEY\+([^+\s]+)\+[0-9a-f]{8}\+([A-Za-z0-9+/]{44})")
_ED25519: Final = b"\x01"
_SEED_SIZE: Final = 32


class AuditKeyError(Exception):
    """What is kept as the audit log's keys are none; the message shows nothing of them."""


def make_audit_key(name: str, seed: bytes | None = None) -> str:
    """Return a private key that signs in a name, which is a log's origin: no blanks, and no plus sign."""
    if not name or any(character.isspace() or character == "+" for character in name):
        raise AuditKeyError(f"{name!r} cannot be the name of a key: it must have no blanks and no plus sign")
    key = Ed25519PrivateKey.generate() if seed is None else Ed25519PrivateKey.from_private_bytes(seed)
    data = b64encode(_ED25519 + key.private_bytes_raw()).decode()
    return f"{_PRIVATE}{name}+{_key_id(name, key)}+{data}"


def audit_keys(found: str | None, name: str) -> str:
    """Return the private keys that are there, or a new one; one that has no name yet, a seed in base64, is given it."""
    if found is None:
        return make_audit_key(name)
    if found.startswith(_PRIVATE):
        return found
    return make_audit_key(name, _seed(found))


def verifier_keys(found: str | None, private: str) -> str:
    """Return the verifier keys that are there, and those of the private keys behind them.

    None is ever taken away: what it signed must stay verifiable when its private half is gone.
    """
    lines = (found or "").split()
    for line in private.split():
        verifier = _verifier(line)
        if verifier not in lines:
            lines.append(verifier)
    return "\n".join(lines)


def _verifier(private: str) -> str:
    found = _LINE.fullmatch(private)
    data = b64decode(found[2]) if found else b""
    if found is None or not data.startswith(_ED25519):
        raise AuditKeyError("audit-key has a line that is no private key of an Ed25519 signer")
    key = Ed25519PrivateKey.from_private_bytes(data[len(_ED25519) :])
    public = b64encode(_ED25519 + key.public_key().public_bytes_raw()).decode()
    return f"{found[1]}+{_key_id(found[1], key)}+{public}"


def _seed(text: str) -> bytes:
    try:
        seed = b64decode(text.strip(), validate=True)
    except ValueError:
        seed = b""
    if len(seed) != _SEED_SIZE:
        raise AuditKeyError("audit-key is neither a private key of a signed note's form nor an Ed25519 seed in base64")
    return seed


def _key_id(name: str, key: Ed25519PrivateKey) -> str:
    public = key.public_key().public_bytes_raw()
    return sha256(name.encode() + b"\n" + _ED25519 + public).hexdigest()[:8]


def main(arguments: Sequence[str] | None = None) -> None:
    """Print a new private key."""
    parser = argparse.ArgumentParser(prog="python -m knative.audit_keys", description="Print a new private key.")
    parser.add_argument("name", metavar="NAME", help="the audit log's name, as its checkpoints begin with it")
    print(make_audit_key(parser.parse_args(arguments).name))  # noqa: T201 - a command


if __name__ == "__main__":
    main()
