"""The secrets of a laptop."""

import json
import stat
from base64 import b64decode
from pathlib import Path

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from knative.local.secrets import FILE, open_secrets
from knative.local.start_error import StartError

DOMAINS = ("tasks", "audit")


def test_made_once(tmp_path: Path) -> None:
    """A second start finds what the first made, so that tokens and passwords stay good."""
    first = open_secrets(tmp_path, DOMAINS)
    assert open_secrets(tmp_path, DOMAINS) == first


def test_only_the_owner_may_read_them(tmp_path: Path) -> None:
    """The file is closed to everybody else, and no half of it is left lying about."""
    open_secrets(tmp_path, DOMAINS)
    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == [FILE]


def test_every_value_is_a_string(tmp_path: Path) -> None:
    """The file is flat, as Dapr's local file store has it."""
    found = json.loads((tmp_path / FILE).read_text()) if open_secrets(tmp_path, DOMAINS) else {}
    assert set(found) == {
        "user-context-keys",
        "frontend-key",
        "service-key",
        "audit-key",
        "database-password-tasks",
        "database-password-audit",
    }
    assert all(isinstance(value, str) for value in found.values())


@pytest.mark.parametrize(("private", "issuer"), [("frontend-key", "frontend"), ("service-key", "service")])
def test_public_keys_match_and_keep_the_private_part(tmp_path: Path, private: str, issuer: str) -> None:
    """A token signed with a private key is verified by the public one of its kid, which says whose it is."""
    found = open_secrets(tmp_path, DOMAINS)
    key = json.loads(found[private])
    [public] = [one for one in json.loads(found["user-context-keys"])["keys"] if one["kid"] == key["kid"]]
    signed = jwt.encode({"sub": "alice"}, jwt.PyJWK(key).key, algorithm="EdDSA")
    assert jwt.decode(signed, jwt.PyJWK(public).key, algorithms=["EdDSA"]) == {"sub": "alice"}
    assert (public["todo_issuer"], public["use"], public["alg"]) == (issuer, "sig", "EdDSA")
    assert "d" not in public


def test_audit_key_is_a_seed(tmp_path: Path) -> None:
    """The audit key is an Ed25519 seed of 32 bytes."""
    Ed25519PrivateKey.from_private_bytes(b64decode(open_secrets(tmp_path, DOMAINS)["audit-key"], validate=True))


def test_a_new_domain_gets_its_password(tmp_path: Path) -> None:
    """An older data folder is completed; what it holds stays."""
    before = open_secrets(tmp_path, DOMAINS)
    after = open_secrets(tmp_path, (*DOMAINS, "reminders"))
    assert after.pop("database-password-reminders")
    assert after == before


def test_a_broken_file_is_explained(tmp_path: Path) -> None:
    """A file that is no JSON is not overwritten, and one line says what to do."""
    (tmp_path / FILE).write_text("{")
    with pytest.raises(StartError, match=r"secrets\.json cannot be read .*--fresh"):
        open_secrets(tmp_path, DOMAINS)
    assert (tmp_path / FILE).read_text() == "{"
