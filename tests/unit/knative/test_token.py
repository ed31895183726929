"""Tokens for development."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import jwt
import pytest

from knative.local.secrets import open_secrets
from knative.local.token import main
from knative.user_token import make_user_token

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def _claims(made: str, secrets: dict[str, str]) -> dict[str, object]:
    kid = jwt.get_unverified_header(made)["kid"]
    [public] = [key for key in json.loads(secrets["user-context-keys"])["keys"] if key["kid"] == kid]
    found: dict[str, object] = jwt.decode(
        made,
        jwt.PyJWK(public).key,
        algorithms=["EdDSA"],
        audience="todo",
        options={"verify_exp": False, "verify_iat": False},
    )
    return found


def test_says_who_for_whom_and_for_how_long(tmp_path: Path) -> None:
    """A token carries the claims that every function checks, signed by the front end's key."""
    secrets = open_secrets(tmp_path, ())
    made = make_user_token("alice", key=secrets["frontend-key"], now=NOW)
    assert _claims(made, secrets) == {
        "iss": "todo-frontend",
        "aud": "todo",
        "sub": "alice",
        "roles": ["user"],
        "iat": NOW.timestamp(),
        "exp": (NOW + timedelta(days=1)).timestamp(),
    }


def test_command_prints_a_token_only(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The command's output can be used as it is; an operator is a user too."""
    secrets = open_secrets(tmp_path, ())
    main(["olga", "--role", "operator", "--data", str(tmp_path)])
    claims = _claims(capsys.readouterr().out.strip(), secrets)
    assert (claims["sub"], claims["roles"]) == ("olga", ["user", "operator"])


def test_command_without_keys(tmp_path: Path) -> None:
    """Where nothing has run yet, one line says so."""
    with pytest.raises(SystemExit, match=r"there are no keys in .*: run scripts/up first"):
        main(["alice", "--data", str(tmp_path)])


def test_unknown_role(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A role that nobody knows is refused by its name."""
    with pytest.raises(SystemExit):
        main(["alice", "--role", "king", "--data", str(tmp_path)])
    assert "--role: invalid choice: 'king'" in capsys.readouterr().err
