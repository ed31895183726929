"""Signed notes: what this writes is what others of the note ecosystem read."""

import pytest

from functions.audit.checkpoint_text import checkpoint_text
from functions.audit.merkle import EMPTY_ROOT
from functions.audit.signed_note import SigningKeyError, read_newest_signer

# The example of Go's golang.org/x/mod/sumdb/note.
KEY = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
SIGNATURE = "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM="


def test_the_published_note() -> None:
    """The key of Go's example signs its text as it is signed there."""
    assert read_newest_signer(KEY).sign(TEXT) == f"{TEXT}\n— PeterNeumann {SIGNATURE}\n"


def test_the_last_key_signs() -> None:
    """Of several keys the last is the newest."""
    assert read_newest_signer(f"what was before\n{KEY}\n\n").name == "PeterNeumann"


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
def test_what_is_no_key_is_refused(keys: str) -> None:
    """A line that is no private key, or was changed, signs nothing; and the message does not show it."""
    with pytest.raises(SigningKeyError, match="audit-key") as refused:
        read_newest_signer(keys)
    assert "FALVFGyN" not in str(refused.value)


def test_a_key_is_not_shown() -> None:
    """What prints a signer does not print its key."""
    assert "Ed25519" not in repr(read_newest_signer(KEY))


def test_a_checkpoint() -> None:
    """The text is the log's name, its size and its root, a line each."""
    said = "example.com/log\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n"
    assert checkpoint_text("example.com/log", 0, EMPTY_ROOT) == said
