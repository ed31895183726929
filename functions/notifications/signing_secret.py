"""The secret that a webhook is signed with: ``whsec_`` and base64 of 24 to 64 bytes, as Standard Webhooks says."""

import secrets
from base64 import b64decode, b64encode
from typing import Final

PREFIX: Final = "whsec_"
MASK: Final = "whsec_…"
"""What is shown in place of a secret; sent back, it means that the secret stays as it is."""

_FEWEST, _MOST, _MADE = 24, 64, 32  # bytes


def new_secret() -> str:
    """Return a secret of 32 random bytes."""
    return PREFIX + b64encode(secrets.token_bytes(_MADE)).decode()


def check_secret(text: str) -> None:
    """Raise the ValueError of what is no secret; its message says what one is, and nothing of the text."""
    encoded = text.removeprefix(PREFIX)
    try:
        key = b64decode(encoded, validate=True)
    except ValueError:  # not base64, or not even ASCII
        key = b""
    canonical = text.startswith(PREFIX) and b64encode(key).decode() == encoded
    if not canonical or not _FEWEST <= len(key) <= _MOST:
        raise ValueError(f"must be {PREFIX} and base64, with padding, of {_FEWEST} to {_MOST} bytes")
