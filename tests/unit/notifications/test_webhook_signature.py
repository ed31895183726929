"""Secrets of webhooks."""

from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.notifications.outbound.webhook_signature import MASK, check_secret, create_secret, sign_webhook
from tests.samples import NOON


@given(st.binary(min_size=24, max_size=64))
def test_a_valid_secret_signs(key: bytes) -> None:
    """Every secret of 24 to 64 bytes is accepted and can sign."""
    secret = f"whsec_{b64encode(key).decode()}"
    check_secret(secret)
    assert sign_webhook(secret, "id", "{}", NOON)["webhook-signature"].startswith("v1,")


@given(st.binary(max_size=23) | st.binary(min_size=65, max_size=100))
def test_a_secret_of_another_length_is_rejected(key: bytes) -> None:
    """Shorter secrets can be guessed, and longer ones are not in the standard."""
    with pytest.raises(ValueError, match="24 to 64 bytes"):
        check_secret(f"whsec_{b64encode(key).decode()}")


GOOD = b64encode(bytes(24)).decode()


@pytest.mark.parametrize(
    "text",
    [
        "",
        GOOD,
        f"whsk_{GOOD}",
        "whsec_",
        MASK,
        f"whsec_{GOOD}…",
        f"whsec_{GOOD[:-1]}",
        f"whsec_{GOOD}=",
        f"whsec_{GOOD} ",
        f"whsec_{'_' * 32}",
        f"whsec_whsec_{GOOD}",
        f"whsec_{GOOD[:16]}\n{GOOD[16:]}",
        "whsec_" + "=" * 40,
    ],
)
def test_other_texts_are_not_secrets(text: str) -> None:
    """Without the prefix, with another alphabet, with wrong padding, or the mask."""
    with pytest.raises(ValueError, match="must be whsec_ and base64") as refusal:
        check_secret(text)
    assert GOOD not in str(refusal.value)


def test_new_secrets_are_valid_and_different() -> None:
    """Twenty new secrets are twenty valid secrets."""
    made = {create_secret() for _ in range(20)}
    for secret in made:
        check_secret(secret)
    assert len(made) == 20
