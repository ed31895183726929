"""The secrets of a laptop."""

import json
import stat
from base64 import b64encode
from pathlib import Path

import jwt
import pytest

from knative.audit_keys import extend_verifier_keys, make_audit_key
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
        "audit-verifier-keys",
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


def test_an_older_data_folder_gets_audit_keys(tmp_path: Path) -> None:
    """A seed from before checkpoints is the key from now on, and where there is none one is made; the rest stays."""
    seed = b64encode(bytes(32)).decode()
    for before in ({"frontend-key": "kept", "audit-key": seed}, {"frontend-key": "kept"}):
        (tmp_path / FILE).write_text(json.dumps(before))
        after = open_secrets(tmp_path, ())
        assert after == json.loads((tmp_path / FILE).read_text())
        assert after["frontend-key"] == "kept"
        assert after["audit-key"].startswith("PRIVATE+KEY+localhost/todo-audit+")
        assert after["audit-verifier-keys"] == extend_verifier_keys(None, after["audit-key"])
        assert (after["audit-key"] == make_audit_key("localhost/todo-audit", bytes(32))) == ("audit-key" in before)


def test_verifier_keys_follow_the_audit_key(tmp_path: Path) -> None:
    """A key that was added is verifiable after the next start."""
    before = open_secrets(tmp_path, DOMAINS)
    added = f"{before['audit-key']}\n{make_audit_key('localhost/todo-audit')}"
    (tmp_path / FILE).write_text(json.dumps({**before, "audit-key": added}))
    verifiers = open_secrets(tmp_path, DOMAINS)["audit-verifier-keys"].split()
    assert verifiers[0] == before["audit-verifier-keys"]
    assert len(verifiers) == 2


def test_a_broken_audit_key_is_explained(tmp_path: Path) -> None:
    """What is no key is not replaced by one that nobody knows."""
    (tmp_path / FILE).write_text('{"audit-key": "secret"}')
    with pytest.raises(StartError, match=r"secrets\.json: audit-key is neither"):
        open_secrets(tmp_path, ())


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
