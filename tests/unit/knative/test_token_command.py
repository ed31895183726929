"""Tokens for development, and the command that prints them."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import jwt
import pytest

from knative.local.local_secrets import load_local_secrets
from knative.local.token_command import print_token
from knative.user_token import make_user_token

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def _verified_claims(signed: str, secrets: dict[str, str]) -> dict[str, object]:
    kid = jwt.get_unverified_header(signed)["kid"]
    [public] = [key for key in json.loads(secrets["user-context-keys"])["keys"] if key["kid"] == kid]
    claims: dict[str, object] = jwt.decode(
        signed,
        jwt.PyJWK(public).key,
        algorithms=["EdDSA"],
        audience="todo",
        options={"verify_exp": False, "verify_iat": False},
    )
    return claims


def test_a_token_has_the_claims_that_functions_check(tmp_path: Path) -> None:
    """It is signed with the front end's key and valid for a day."""
    secrets = load_local_secrets(tmp_path, ())
    signed = make_user_token("alice", key=secrets["frontend-key"], now=NOW)
    assert _verified_claims(signed, secrets) == {
        "iss": "todo-frontend",
        "aud": "todo",
        "sub": "alice",
        "roles": ["user"],
        "iat": NOW.timestamp(),
        "exp": (NOW + timedelta(days=1)).timestamp(),
    }


def test_the_command_prints_only_the_token(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A shell can use its output directly. An operator has the role user as well."""
    secrets = load_local_secrets(tmp_path, ())
    print_token(["olga", "--role", "operator", "--data", str(tmp_path)])
    claims = _verified_claims(capsys.readouterr().out.strip(), secrets)
    assert (claims["sub"], claims["roles"]) == ("olga", ["user", "operator"])


def test_missing_keys_are_explained(tmp_path: Path) -> None:
    """One line gives the remedy."""
    with pytest.raises(SystemExit, match=r"there are no keys in .*: run scripts/up first"):
        print_token(["alice", "--data", str(tmp_path)])


def test_an_unknown_role_is_rejected(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The error names the role."""
    with pytest.raises(SystemExit):
        print_token(["alice", "--role", "king", "--data", str(tmp_path)])
    assert "--role: invalid choice: 'king'" in capsys.readouterr().err
