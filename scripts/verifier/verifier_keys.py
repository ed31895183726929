"""Verifier keys, and the check of a note's signatures with them (C2SP signed-note, Ed25519)."""

import base64
import hashlib
import re
from collections.abc import Iterable

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from .verification_errors import CannotVerifyError

KEY_LINE = re.compile(r"([^+\s]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]{44})")
ED25519 = 1
"""The first byte of a key's data names its algorithm."""

DASH = "\u2014"
"""An em dash begins every signature line of a note."""


class VerifierKeys:
    """Public keys, read from lines of the form ``<name>+<key id>+<base64>``.

    An example is ``PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW``. Raises CannotVerifyError for
    any other line. The error gives the line's number and not its text, which may be a private key.
    """

    def __init__(self, lines: Iterable[str]) -> None:
        self._keys: dict[tuple[str, bytes], Ed25519PublicKey] = {}
        for number, line in enumerate(lines, 1):
            found = KEY_LINE.fullmatch(line.strip())
            name, key_id, data = (found[1], found[2], base64.b64decode(found[3])) if found else ("", "", b"")
            if hashlib.sha256(name.encode() + b"\n" + data).hexdigest()[:8] != key_id or data[0] != ED25519:
                raise CannotVerifyError(f"key {number} is not an Ed25519 verifier key: use those of GET /audit/key")
            self._keys[name, bytes.fromhex(key_id)] = Ed25519PublicKey.from_public_bytes(data[1:])

    def __bool__(self) -> bool:
        return bool(self._keys)

    def has_valid_signature(self, note: str) -> bool:
        """Return whether a key with the note's origin as its name signed the note.

        Signatures of unknown keys do not count. One false signature in the name of a known key makes the answer False.
        """
        text, _, signatures = note.rpartition("\n\n")
        is_signed = False
        for line in signatures.splitlines():
            try:
                dash, name, encoded = line.split(" ")
                signature = base64.b64decode(encoded, validate=True)
            except ValueError:
                return False
            key = self._keys.get((name, signature[:4]))
            if dash != DASH or key is None:
                continue
            try:
                key.verify(signature[4:], (text + "\n").encode())
            except InvalidSignature:
                return False
            is_signed = name == text.partition("\n")[0] or is_signed
        return is_signed
