"""An event's content, encrypted for as long as a key is kept: a JWE (RFC 7516) in the place of its data.

The content is all that describes what was said: ``data``, ``data_base64`` and ``datacontenttype``. The other attributes
say who, when and which, by ids alone, and stay readable.
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
"""Of a JWE in the compact serialization (RFC 7515, section 9.2.1)."""

_CONTENT: Final = ("data", "data_base64", "datacontenttype")
_KEY_SIZE: Final = 32

# A key of its own for each event, wrapped with the user's (RFC 7518, sections 4.4 and 5.3): who is shown the first, to
# check what he reads, can open nothing else with it.
_WRAPPING, _ENCRYPTION = "A256KW", "A256GCM"
_REGISTRY: Final = JWERegistry(algorithms=[_WRAPPING, _ENCRYPTION])
_REGISTRY.max_ciphertext_length = 2 * MAX_BODY  # theirs would not open again what it encrypts beyond 64 KB


@dataclass(frozen=True)
class Readable:
    """An event as it came, and the key that opens its content and nothing else."""

    event: dict[str, Any]
    key: bytes


def new_key() -> bytes:
    """Return a key to encrypt with."""
    return token_bytes(_KEY_SIZE)


def is_encrypted(event: dict[str, Any]) -> bool:
    """Tell whether an event of the log has its content encrypted; old ones and those of no user have not.

    The media type alone does not tell: any event may come with it.
    """
    sealed = event.get("datacontenttype") == MEDIA_TYPE and isinstance(event.get("data"), str)
    return sealed and bool(event.get("userid"))


def encrypt(event: dict[str, Any], key: bytes) -> dict[str, Any]:
    """Return an event, in CloudEvents' JSON format, whose content nobody reads without the key."""
    content = {name: event[name] for name in _CONTENT if name in event}
    wrapping = OctKey.import_key(key)
    header = {"alg": _WRAPPING, "enc": _ENCRYPTION, "kid": wrapping.thumbprint()}
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return {
        **_others(event),
        "datacontenttype": MEDIA_TYPE,
        "data": encrypt_compact(header, text, wrapping, registry=_REGISTRY),
    }


def decrypt(event: dict[str, Any], key: bytes) -> Readable | None:
    """Return an encrypted event as it was; None where it was encrypted with another key, or is not whole."""
    try:
        opened = decrypt_compact(event["data"], OctKey.import_key(key), registry=_REGISTRY)
        content_key = aes_key_unwrap(key, _wrapped(opened))
    except (JoseError, InvalidUnwrap, ValueError):
        return None
    content = json.loads(opened.plaintext or b"")
    return Readable({**_others(event), **{name: content[name] for name in _CONTENT if name in content}}, content_key)


def _others(event: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in event.items() if name not in _CONTENT}


def _wrapped(opened: CompactEncryption) -> bytes:
    recipient = opened.recipient
    return (recipient and recipient.encrypted_key) or b""
