"""The secrets of a laptop."""

import json
import stat
from base64 import b64encode
from pathlib import Path

import jwt
import pytest

from knative.audit_keys import extend_verifier_keys, make_audit_key
from knative.local.local_secrets import SECRETS_FILE, load_local_secrets
from knative.local.start_error import StartError

DOMAINS = ("tasks", "audit")


def test_secrets_are_created_once(tmp_path: Path) -> None:
    """A second start returns the same secrets, so tokens and passwords stay valid."""
    first = load_local_secrets(tmp_path, DOMAINS)
    assert load_local_secrets(tmp_path, DOMAINS) == first


def test_only_the_owner_can_read_the_file(tmp_path: Path) -> None:
    """No partial file is left beside it."""
    load_local_secrets(tmp_path, DOMAINS)
    assert stat.S_IMODE((tmp_path / SECRETS_FILE).stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == [SECRETS_FILE]


def test_every_value_is_a_string(tmp_path: Path) -> None:
    """Dapr's local file store requires a flat file."""
    load_local_secrets(tmp_path, DOMAINS)
    stored = json.loads((tmp_path / SECRETS_FILE).read_text())
    assert set(stored) == {
        "user-context-keys",
        "frontend-key",
        "service-key",
        "audit-key",
        "audit-verifier-keys",
        "database-password-tasks",
        "database-password-audit",
    }
    assert all(isinstance(value, str) for value in stored.values())


@pytest.mark.parametrize(("private", "issuer"), [("frontend-key", "frontend"), ("service-key", "service")])
def test_public_keys_verify_tokens_of_their_issuer(tmp_path: Path, private: str, issuer: str) -> None:
    """The public key has the same ``kid``, names its issuer, and lacks the private part."""
    secrets = load_local_secrets(tmp_path, DOMAINS)
    key = json.loads(secrets[private])
    [public] = [one for one in json.loads(secrets["user-context-keys"])["keys"] if one["kid"] == key["kid"]]
    signed = jwt.encode({"sub": "alice"}, jwt.PyJWK(key).key, algorithm="EdDSA")
    assert jwt.decode(signed, jwt.PyJWK(public).key, algorithms=["EdDSA"]) == {"sub": "alice"}
    assert (public["todo_issuer"], public["use"], public["alg"]) == (issuer, "sig", "EdDSA")
    assert "d" not in public


def test_an_older_data_folder_gets_audit_keys(tmp_path: Path) -> None:
    """A stored seed without a name becomes the key. If there is none, a key is created. Other secrets stay."""
    seed = b64encode(bytes(32)).decode()
    for before in ({"frontend-key": "kept", "audit-key": seed}, {"frontend-key": "kept"}):
        (tmp_path / SECRETS_FILE).write_text(json.dumps(before))
        after = load_local_secrets(tmp_path, ())
        assert after == json.loads((tmp_path / SECRETS_FILE).read_text())
        assert after["frontend-key"] == "kept"
        assert after["audit-key"].startswith("PRIVATE+KEY+localhost/todo-audit+")
        assert after["audit-verifier-keys"] == extend_verifier_keys(None, after["audit-key"])
        assert (after["audit-key"] == make_audit_key("localhost/todo-audit", bytes(32))) == ("audit-key" in before)


def test_an_added_audit_key_gets_its_verifier_key(tmp_path: Path) -> None:
    """The verifier key is added at the next start."""
    before = load_local_secrets(tmp_path, DOMAINS)
    added = f"{before['audit-key']}\n{make_audit_key('localhost/todo-audit')}"
    (tmp_path / SECRETS_FILE).write_text(json.dumps({**before, "audit-key": added}))
    verifiers = load_local_secrets(tmp_path, DOMAINS)["audit-verifier-keys"].split()
    assert verifiers[0] == before["audit-verifier-keys"]
    assert len(verifiers) == 2


def test_an_invalid_audit_key_is_an_error(tmp_path: Path) -> None:
    """It is not replaced by a new key."""
    (tmp_path / SECRETS_FILE).write_text('{"audit-key": "secret"}')
    with pytest.raises(StartError, match=r"secrets\.json: audit-key is neither"):
        load_local_secrets(tmp_path, ())


def test_a_new_domain_gets_its_password(tmp_path: Path) -> None:
    """The secrets of an older data folder stay."""
    before = load_local_secrets(tmp_path, DOMAINS)
    after = load_local_secrets(tmp_path, (*DOMAINS, "reminders"))
    assert after.pop("database-password-reminders")
    assert after == before


def test_an_invalid_file_is_an_error(tmp_path: Path) -> None:
    """The file is not overwritten, and one line gives the remedy."""
    (tmp_path / SECRETS_FILE).write_text("{")
    with pytest.raises(StartError, match=r"secrets\.json cannot be read .*--fresh"):
        load_local_secrets(tmp_path, DOMAINS)
    assert (tmp_path / SECRETS_FILE).read_text() == "{"
