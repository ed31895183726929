"""The audit log's keys, in the form of signed notes."""

import pytest

from functions.audit.note import newest_signer
from knative.audit_keys import AuditKeyError, audit_keys, main, make_audit_key, verifier_keys
from verifier.verifier_keys import VerifierKeys

# The example of Go's golang.org/x/mod/sumdb/note.
PRIVATE = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
VERIFIER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"


def test_the_published_key() -> None:
    """The verifier key of Go's example follows from its private key."""
    assert verifier_keys(None, PRIVATE) == VERIFIER


def test_what_is_made_signs_and_verifies() -> None:
    """A new key signs notes that its verifier key verifies, and no other does."""
    one, other = make_audit_key("example.com/log"), make_audit_key("example.com/log")
    note = newest_signer(one).sign("example.com/log\n")
    assert VerifierKeys([verifier_keys(None, one)]).has_valid_signature(note)
    assert not VerifierKeys([verifier_keys(None, other)]).has_valid_signature(note)


def test_keys_that_are_there_stay() -> None:
    """Nothing is made where there are keys, whatever name they have."""
    assert audit_keys(f"{PRIVATE}\n{PRIVATE}", "another") == f"{PRIVATE}\n{PRIVATE}"


def test_a_verifier_key_is_never_taken_away() -> None:
    """What verified before stays first, also when its private key is gone; the newest is the last."""
    new = make_audit_key("PeterNeumann")
    assert verifier_keys(VERIFIER, new).split() == [VERIFIER, verifier_keys(None, new)]
    assert verifier_keys(VERIFIER, f"{PRIVATE}\n{new}").split() == [VERIFIER, verifier_keys(None, new)]


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\n"])
def test_a_name_must_fit(name: str) -> None:
    """A note's key has a name without blanks and plus signs."""
    with pytest.raises(AuditKeyError, match="cannot be the name"):
        make_audit_key(name)


@pytest.mark.parametrize("found", ["", "c2hvcnQ=", "no base64!"])
def test_what_is_no_key_is_refused(found: str) -> None:
    """It is neither shown nor replaced."""
    with pytest.raises(AuditKeyError, match="audit-key is neither"):
        audit_keys(found, "a")
    with pytest.raises(AuditKeyError, match="has a line that is no private key"):
        verifier_keys(None, f"{PRIVATE}\n{found or VERIFIER}")


def test_a_new_key_on_the_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    """An operator who changes keys gets a line to add."""
    main(["example.com/log"])
    assert newest_signer(capsys.readouterr().out).name == "example.com/log"
