"""Signs texts as notes with Ed25519 (C2SP signed-note)."""

import re
from base64 import b64decode, b64encode
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

_LINE: Final = re.compile(r"PRIVATE\+KEY\+([^+\s]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]{44})")
_ED25519: Final = b"\x01"
"""The signature type, which is also the first byte of a key's data."""


class SigningKeyError(Exception):
    """The secret with the signing key is missing or malformed. The message never contains the key."""


@dataclass(frozen=True)
class NoteSigner:
    """A name, the id of its key, and the private key with which the name signs."""

    name: str
    key_id: bytes
    key: Ed25519PrivateKey = field(repr=False)

    def sign(self, text: str) -> str:
        """Return a note: the text, which must end with a line feed, followed by its signature."""
        signature = b64encode(self.key_id + self.key.sign(text.encode())).decode()
        return f"{text}\n\u2014 {self.name} {signature}\n"


@lru_cache(maxsize=1)
def read_newest_signer(keys: str) -> NoteSigner:
    """Return the signer of the last of several keys, one per line: ``PRIVATE+KEY+<name>+<key id>+<base64>``.

    Raises :class:`SigningKeyError`.
    """
    found = _LINE.fullmatch(keys.strip().rpartition("\n")[2].strip())
    data = b64decode(found[3]) if found else b""
    if found is None or not data.startswith(_ED25519):
        raise SigningKeyError("audit-key: its last line is not a private key of an Ed25519 signer")
    name, key_id = found[1], found[2]
    key = Ed25519PrivateKey.from_private_bytes(data[len(_ED25519) :])
    signer = NoteSigner(name, _compute_key_id(name, key), key)
    if signer.key_id.hex() != key_id:
        raise SigningKeyError("audit-key: its last line was changed: the key id does not match the name and the data")
    return signer


def _compute_key_id(name: str, key: Ed25519PrivateKey) -> bytes:
    return sha256(name.encode() + b"\n" + _ED25519 + key.public_key().public_bytes_raw()).digest()[:4]
