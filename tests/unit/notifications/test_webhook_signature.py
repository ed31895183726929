"""What a webhook's secret may be."""

from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.notifications.outbound.webhook_signature import MASK, check_secret, create_secret, sign_webhook
from tests.samples import NOON


@given(st.binary(min_size=24, max_size=64))
def test_a_secret_of_the_standard_is_taken_and_signs(key: bytes) -> None:
    """From 24 to 64 bytes, and the library signs with every one of them."""
    secret = f"whsec_{b64encode(key).decode()}"
    check_secret(secret)
    assert sign_webhook(secret, "id", "{}", NOON)["webhook-signature"].startswith("v1,")


@given(st.binary(max_size=23) | st.binary(min_size=65, max_size=100))
def test_a_secret_of_another_length_is_refused(key: bytes) -> None:
    """Fewer bytes can be guessed, and more are outside of the standard."""
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
def test_what_is_no_secret_is_refused(text: str) -> None:
    """Without the prefix, with another alphabet, with wrong padding, or as the mask."""
    with pytest.raises(ValueError, match="must be whsec_ and base64") as refusal:
        check_secret(text)
    assert GOOD not in str(refusal.value)


def test_a_new_secret_is_one() -> None:
    """Each is good, and its own."""
    made = {create_secret() for _ in range(20)}
    for secret in made:
        check_secret(secret)
    assert len(made) == 20
