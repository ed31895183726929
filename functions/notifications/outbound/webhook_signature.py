"""Signs webhooks as Standard Webhooks defines it, and creates and checks the secrets to sign with.

A secret is ``whsec_`` and base64 of 24 to 64 bytes.
"""

import secrets
from base64 import b64decode, b64encode
from datetime import UTC, datetime
from typing import Final

PREFIX: Final = "whsec_"
MASK: Final = "whsec_…"
"""Shown in place of a secret. A request with the mask leaves the stored secret unchanged."""

_MIN_BYTES, _MAX_BYTES, _NEW_BYTES = 24, 64, 32


def create_secret() -> str:
    """Return a secret of 32 random bytes."""
    return PREFIX + b64encode(secrets.token_bytes(_NEW_BYTES)).decode()


def check_secret(text: str) -> None:
    """Raise ValueError if the text is not a secret; the message describes a secret and does not repeat the text."""
    encoded = text.removeprefix(PREFIX)
    try:
        key = b64decode(encoded, validate=True)
    except ValueError:  # not base64, or not even ASCII
        key = b""
    is_canonical = text.startswith(PREFIX) and b64encode(key).decode() == encoded
    if not is_canonical or not _MIN_BYTES <= len(key) <= _MAX_BYTES:
        raise ValueError(f"must be {PREFIX} and base64, with padding, of {_MIN_BYTES} to {_MAX_BYTES} bytes")


def sign_webhook(secret: str, message_id: str, body: str, now: datetime) -> dict[str, str]:
    """Return the headers ``webhook-id``, ``webhook-timestamp`` and ``webhook-signature`` of a message.

    Raises ValueError if the secret cannot sign.
    """
    # Not imported at the top: most processes post no webhook, and the library loads an HTTP client.
    from standardwebhooks.webhooks import EmptyWebhookSecretError, Webhook  # noqa: PLC0415

    moment = now.astimezone(UTC)
    try:
        signature = Webhook(secret).sign(message_id, moment, body)
    except EmptyWebhookSecretError:
        raise ValueError("the secret is empty") from None
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": signature,
    }
