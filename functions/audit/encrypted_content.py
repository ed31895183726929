"""Encrypts the content of events in the log: a JWE (RFC 7516) in the place of an event's data.

The content is ``data``, ``data_base64`` and ``datacontenttype``. The other attributes hold ids, types and times only,
and stay readable.
"""

import json
from dataclasses import dataclass
from secrets import token_bytes
from typing import Any, Final

from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap
from joserfc.errors import JoseError
from joserfc.jwe import CompactEncryption, JWERegistry, decrypt_compact, encrypt_compact
from joserfc.jwk import OctKey

from functions.chassis.http.app_hooks import MAX_BODY

MEDIA_TYPE: Final = "application/jose"
"""The media type of a JWE in compact serialization (RFC 7515, section 9.2.1)."""

_CONTENT: Final = ("data", "data_base64", "datacontenttype")
_KEY_SIZE: Final = 32

# Each event has a key of its own, wrapped with the user's key (RFC 7518, sections 4.4 and 5.3). A reader gets the
# event's key to check this one entry, and can open nothing else with it.
_WRAPPING, _ENCRYPTION = "A256KW", "A256GCM"
_REGISTRY: Final = JWERegistry(algorithms=[_WRAPPING, _ENCRYPTION])
_REGISTRY.max_ciphertext_length = 2 * MAX_BODY  # the library's default rejects what it encrypted beyond 64 KB


@dataclass(frozen=True)
class DecryptedEvent:
    """An event as it was received, and the key that opens its content and nothing else."""

    event: dict[str, Any]
    key: bytes


def generate_key() -> bytes:
    """Return a new random key of 32 bytes."""
    return token_bytes(_KEY_SIZE)


def is_encrypted(event: dict[str, Any]) -> bool:
    """Return whether the content of an event in the log is encrypted.

    Events of no user, and old ones, are not. The media type alone does not decide: any event may carry it.
    """
    is_jwe = event.get("datacontenttype") == MEDIA_TYPE and isinstance(event.get("data"), str)
    return is_jwe and bool(event.get("userid"))


def encrypt_event(event: dict[str, Any], key: bytes) -> dict[str, Any]:
    """Return an event, in CloudEvents' JSON format, with its content encrypted with ``key``."""
    content = {name: event[name] for name in _CONTENT if name in event}
    wrapping = OctKey.import_key(key)
    header = {"alg": _WRAPPING, "enc": _ENCRYPTION, "kid": wrapping.thumbprint()}
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return {
        **_other_attributes(event),
        "datacontenttype": MEDIA_TYPE,
        "data": encrypt_compact(header, text, wrapping, registry=_REGISTRY),
    }


def decrypt_event(event: dict[str, Any], key: bytes) -> DecryptedEvent | None:
    """Return an encrypted event as it was received, or None if it is damaged or was encrypted with another key."""
    try:
        opened = decrypt_compact(event["data"], OctKey.import_key(key), registry=_REGISTRY)
        content_key = aes_key_unwrap(key, _wrapped_key(opened))
    except (JoseError, InvalidUnwrap, ValueError):
        return None
    content = json.loads(opened.plaintext or b"")
    readable = {**_other_attributes(event), **{name: content[name] for name in _CONTENT if name in content}}
    return DecryptedEvent(readable, content_key)


def _other_attributes(event: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in event.items() if name not in _CONTENT}


def _wrapped_key(opened: CompactEncryption) -> bytes:
    recipient = opened.recipient
    return (recipient and recipient.encrypted_key) or b""
