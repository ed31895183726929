"""Decrypts the content of events in the log that :mod:`functions.audit.content_encryption` has encrypted."""

import json
from dataclasses import dataclass
from typing import Any, Final

from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap
from joserfc.errors import JoseError
from joserfc.jwe import CompactEncryption, JWERegistry, decrypt_compact
from joserfc.jwk import OctKey

from functions.audit.content_encryption import CONTENT, ENCRYPTION, MEDIA_TYPE, WRAPPING, other_attributes
from functions.chassis.http.error_responses import MAX_BODY

_REGISTRY: Final = JWERegistry(algorithms=[WRAPPING, ENCRYPTION])
_REGISTRY.max_ciphertext_length = 2 * MAX_BODY  # the default decrypts at most 64 KB


@dataclass(frozen=True)
class DecryptedEvent:
    """An event as received, and the key that decrypts the content of this event only."""

    event: dict[str, Any]
    key: bytes


def is_encrypted(event: dict[str, Any]) -> bool:
    """Return whether the content of an event in the log is encrypted.

    Events without a user, and events of releases without encryption, are not encrypted. The media type alone is no
    proof, as any event may carry it.
    """
    is_jwe = event.get("datacontenttype") == MEDIA_TYPE and isinstance(event.get("data"), str)
    return is_jwe and bool(event.get("userid"))


def decrypt_event(event: dict[str, Any], key: bytes) -> DecryptedEvent | None:
    """Return an encrypted event as received, or None if it is damaged or was encrypted with another key."""
    try:
        decrypted = decrypt_compact(event["data"], OctKey.import_key(key), registry=_REGISTRY)
        content_key = aes_key_unwrap(key, _wrapped_key(decrypted))
    except (JoseError, InvalidUnwrap, ValueError):
        return None
    content = json.loads(decrypted.plaintext or b"")
    readable = {**other_attributes(event), **{name: content[name] for name in CONTENT if name in content}}
    return DecryptedEvent(readable, content_key)


def _wrapped_key(decrypted: CompactEncryption) -> bytes:
    recipient = decrypted.recipient
    return (recipient and recipient.encrypted_key) or b""
