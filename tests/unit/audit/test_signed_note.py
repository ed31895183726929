"""Tests that notes are signed as Go's sumdb/note signs them, and of the checkpoint text."""

import pytest

from functions.audit.checkpoint_text import format_checkpoint
from functions.audit.merkle import EMPTY_ROOT
from functions.audit.signed_note import SigningKeyError, read_newest_signer

# The example of Go's golang.org/x/mod/sumdb/note.
KEY = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
SIGNATURE = "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM="


def test_the_published_note_is_reproduced() -> None:
    """The key of Go's example signs the example's text with the published signature."""
    assert read_newest_signer(KEY).sign(TEXT) == f"{TEXT}\n— PeterNeumann {SIGNATURE}\n"


def test_the_last_key_signs() -> None:
    """The last line is the newest key; earlier lines are ignored."""
    assert read_newest_signer(f"an earlier line\n{KEY}\n\n").name == "PeterNeumann"


@pytest.mark.parametrize(
    "keys",
    [
        "",
        "seed",
        KEY.removeprefix("PRIVATE+KEY+"),
        KEY.replace("Neumann", "Pan"),
        KEY.replace("AYEK", "BYEK"),
        KEY.replace("AYEK", "AYEL"),
        f"{KEY}\nPeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
    ],
)
def test_an_invalid_key_is_rejected(keys: str) -> None:
    """A malformed or changed line raises an error that does not contain the key."""
    with pytest.raises(SigningKeyError, match="audit-key") as error:
        read_newest_signer(keys)
    assert "FALVFGyN" not in str(error.value)


def test_the_repr_of_a_signer_hides_its_key() -> None:
    """A log message with a signer must not contain the private key."""
    assert "Ed25519" not in repr(read_newest_signer(KEY))


def test_the_text_of_a_checkpoint() -> None:
    """The log's name, its size and its root hash, one line each."""
    expected = "example.com/log\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n"
    assert format_checkpoint("example.com/log", 0, EMPTY_ROOT) == expected
