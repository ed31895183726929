"""Generate the keys that sign the audit log's checkpoints, as signed notes have them (C2SP signed-note).

A key is one line, and the last line is the newest key. ``python -m knative.audit_keys NAME`` prints a new private key.
To rotate keys, add that line at the end of the secret ``audit-key``; NAME is the log's name, which never changes. A
line before the last may be removed once its key must no longer sign.
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
    """The stored keys of the audit log are not valid. The message contains no part of a key."""


def make_audit_key(name: str, seed: bytes | None = None) -> str:
    """Return a private key that signs as ``name``, the origin of a log, from 32 random bytes or from ``seed``.

    Raises :class:`AuditKeyError` for a name with a blank or a plus sign.
    """
    if not name or any(character.isspace() or character == "+" for character in name):
        raise AuditKeyError(f"{name!r} cannot be the name of a key: it must have no blanks and no plus sign")
    key = Ed25519PrivateKey.generate() if seed is None else Ed25519PrivateKey.from_private_bytes(seed)
    data = b64encode(_ED25519 + key.private_bytes_raw()).decode()
    return f"{_PRIVATE}{name}+{_key_id(name, key)}+{data}"


def ensure_audit_keys(stored: str | None, name: str) -> str:
    """Return the stored private keys, or a new key if none is stored.

    Older installations stored a seed in base64 without a name. It becomes a key with this ``name``. Raises
    :class:`AuditKeyError` for any other text.
    """
    if stored is None:
        return make_audit_key(name)
    if stored.startswith(_PRIVATE):
        return stored
    return make_audit_key(name, _decode_seed(stored))


def extend_verifier_keys(stored: str | None, private: str) -> str:
    """Return the stored verifier keys, followed by those of new private keys.

    A verifier key is never removed: signatures must stay verifiable after their private key is gone. Raises
    :class:`AuditKeyError` for a line in ``private`` that is not a key.
    """
    lines = (stored or "").split()
    for line in private.split():
        verifier = _verifier_key(line)
        if verifier not in lines:
            lines.append(verifier)
    return "\n".join(lines)


def _verifier_key(private: str) -> str:
    found = _LINE.fullmatch(private)
    data = b64decode(found[2]) if found else b""
    if found is None or not data.startswith(_ED25519):
        raise AuditKeyError("audit-key has a line that is not the private key of an Ed25519 signer")
    key = Ed25519PrivateKey.from_private_bytes(data[len(_ED25519) :])
    public = b64encode(_ED25519 + key.public_key().public_bytes_raw()).decode()
    return f"{found[1]}+{_key_id(found[1], key)}+{public}"


def _decode_seed(text: str) -> bytes:
    try:
        seed = b64decode(text.strip(), validate=True)
    except ValueError:
        seed = b""
    if len(seed) != _SEED_SIZE:
        raise AuditKeyError("audit-key is neither the private key of a signed note nor an Ed25519 seed in base64")
    return seed


def _key_id(name: str, key: Ed25519PrivateKey) -> str:
    public = key.public_key().public_bytes_raw()
    return sha256(name.encode() + b"\n" + _ED25519 + public).hexdigest()[:8]


def main(arguments: Sequence[str] | None = None) -> None:
    """Print a new private key."""
    parser = argparse.ArgumentParser(prog="python -m knative.audit_keys", description="Print a new private key.")
    parser.add_argument("name", metavar="NAME", help="the audit log's name, the first line of its checkpoints")
    print(make_audit_key(parser.parse_args(arguments).name))  # noqa: T201 - a command


if __name__ == "__main__":
    main()
