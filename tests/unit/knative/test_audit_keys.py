"""Tests of the audit log's keys in the format of signed notes."""

import pytest

from functions.audit.signed_note import read_newest_signer
from knative.audit_keys import AuditKeyError, ensure_audit_keys, extend_verifier_keys, main, make_audit_key
from verifier.verifier_keys import VerifierKeys

# The example of Go's golang.org/x/mod/sumdb/note.
PRIVATE = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
VERIFIER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"


def test_the_published_verifier_key_follows_from_the_private_key() -> None:
    """Go's package documents both keys."""
    assert extend_verifier_keys(None, PRIVATE) == VERIFIER


def test_a_new_key_signs_and_verifies() -> None:
    """Its verifier key accepts the signature, and another key's does not."""
    one, other = make_audit_key("example.com/log"), make_audit_key("example.com/log")
    note = read_newest_signer(one).sign("example.com/log\n")
    assert VerifierKeys([extend_verifier_keys(None, one)]).has_valid_signature(note)
    assert not VerifierKeys([extend_verifier_keys(None, other)]).has_valid_signature(note)


def test_stored_keys_stay() -> None:
    """No key is generated beside stored keys, also where their name differs."""
    assert ensure_audit_keys(f"{PRIVATE}\n{PRIVATE}", "another") == f"{PRIVATE}\n{PRIVATE}"


def test_a_verifier_key_is_never_removed() -> None:
    """A stored verifier key stays first, also without its private key; the newest key is the last."""
    new = make_audit_key("PeterNeumann")
    assert extend_verifier_keys(VERIFIER, new).split() == [VERIFIER, extend_verifier_keys(None, new)]
    both = extend_verifier_keys(VERIFIER, f"{PRIVATE}\n{new}")
    assert both.split() == [VERIFIER, extend_verifier_keys(None, new)]


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\n"])
def test_a_name_has_no_blanks_and_no_plus_sign(name: str) -> None:
    """Other names are rejected."""
    with pytest.raises(AuditKeyError, match="cannot be the name"):
        make_audit_key(name)


@pytest.mark.parametrize("stored", ["", "c2hvcnQ=", "no base64!"])
def test_an_invalid_key_is_rejected(stored: str) -> None:
    """The stored text is neither shown nor replaced."""
    with pytest.raises(AuditKeyError, match="audit-key is neither"):
        ensure_audit_keys(stored, "a")
    with pytest.raises(AuditKeyError, match="has a line that is not the private key"):
        extend_verifier_keys(None, f"{PRIVATE}\n{stored or VERIFIER}")


def test_the_command_prints_a_new_key(capsys: pytest.CaptureFixture[str]) -> None:
    """An operator adds the printed line to the stored keys."""
    main(["example.com/log"])
    assert read_newest_signer(capsys.readouterr().out).name == "example.com/log"
