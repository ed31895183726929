"""Tests of signed user contexts: which tokens are accepted, and why the others are rejected."""

import base64
import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest

from functions.chassis.http.problem import Problem
from functions.chassis.http.user_context import (
    Permission,
    User,
    authenticate_user,
    check_permission,
    issue_token,
    verify_token,
)
from functions.chassis.runtime.cached_secrets import CachedSecrets
from knative.local.local_secrets import load_local_secrets
from knative.user_token import make_user_token
from tests.samples import NOON


@pytest.fixture
def keys(tmp_path: Path) -> dict[str, str]:
    """Return the secrets of a new local installation."""
    return load_local_secrets(tmp_path, ())


def sign(keys: dict[str, str], key: str = "frontend-key", *, kid: str | None = None, **changes: Any) -> str:
    """Return a token with the front end's claims for alice, and some changes; None removes a claim."""
    document = json.loads(keys[key])
    claims = {
        "iss": "todo-frontend",
        "aud": "todo",
        "sub": "alice",
        "roles": ["user"],
        "iat": int(NOON.timestamp()),
        "exp": int((NOON + timedelta(hours=1)).timestamp()),
        **changes,
    }
    claims = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode(claims, jwt.PyJWK(document).key, algorithm="EdDSA", headers={"kid": kid or document["kid"]})


def reject_token(keys: dict[str, str], wrong: str, now: datetime = NOON) -> Problem:
    """Return the problem that a wrong token raises."""
    with pytest.raises(Problem) as rejected:
        verify_token(wrong, keys["user-context-keys"], now=now)
    assert rejected.value.status == 401
    assert rejected.value.headers["WWW-Authenticate"] == 'Bearer realm="todo", error="invalid_token"'
    return rejected.value


def test_a_front_end_token_names_user_and_roles(keys: dict[str, str]) -> None:
    """A token of the front end is accepted with its user and roles."""
    made = make_user_token("alice", key=keys["frontend-key"], roles=["user", "operator"], now=NOON)
    assert verify_token(made, keys["user-context-keys"], now=NOON) == User("alice", frozenset({"user", "operator"}))


def test_a_function_acts_for_a_user(keys: dict[str, str]) -> None:
    """A function's token names the user and the function, and never grants the role operator."""
    made = issue_token("alice", service="create-next-occurrence", key=keys["service-key"], now=NOON)
    assert verify_token(made, keys["user-context-keys"], now=NOON) == User(
        "alice", frozenset({"user"}), "create-next-occurrence"
    )
    grabbing = sign(keys, "service-key", iss="todo/tasks", roles=["user", "operator"])
    assert verify_token(grabbing, keys["user-context-keys"], now=NOON).roles == {"user"}


@pytest.mark.parametrize(
    ("changes", "detail"),
    [
        ({"exp": int(NOON.timestamp())}, "expired"),
        ({"iat": int((NOON + timedelta(minutes=1)).timestamp())}, "in the future"),
        ({"exp": None}, "lacks exp"),
        ({"iat": None}, "lacks iat"),
        ({"sub": None}, "lacks sub"),
        ({"iss": None}, "lacks iss"),
        ({"aud": "elsewhere"}, "aud must be todo"),
        ({"iss": "somebody"}, "iss may not use"),
        ({"iss": "todo/tasks"}, "iss may not use"),
        ({"sub": ""}, "sub must be"),
        ({"sub": "x" * 201}, "sub must be"),
        ({"sub": "a\x00b"}, "sub must be"),
        ({"roles": "operator"}, "roles must be a list"),
        ({"roles": [1]}, "roles must be a list"),
        ({"exp": 1e300}, "iat and exp must be times"),
    ],
)
def test_wrong_claims_are_rejected_by_name(keys: dict[str, str], changes: dict[str, Any], detail: str) -> None:
    """Each missing or wrong claim has a detail that names the claim."""
    assert detail in reject_token(keys, sign(keys, **changes)).detail


@pytest.mark.parametrize("issuer", [1, ["todo/tasks"], {"todo/tasks": 1}, None])
def test_an_issuer_that_is_no_text_is_rejected(keys: dict[str, str], issuer: object) -> None:
    """A correctly signed token of a function with a malformed ``iss`` gets a 401, not a defect."""
    key = json.loads(keys["service-key"])
    claims = {"iss": issuer, "aud": "todo", "sub": "alice", "iat": NOON.timestamp(), "exp": NOON.timestamp() + 60}
    payload = json.dumps(claims).encode()  # jwt.encode would reject the claim
    token = jwt.PyJWS().encode(payload, jwt.PyJWK(key).key, algorithm="EdDSA", headers={"kid": key["kid"]})
    assert reject_token(keys, token).status == 401


def test_a_functions_key_signs_no_front_end_token(keys: dict[str, str]) -> None:
    """A token that names the front end but is signed by a function's key is rejected."""
    assert "iss may not use" in reject_token(keys, sign(keys, "service-key")).detail


def test_a_forged_signature_is_rejected(keys: dict[str, str]) -> None:
    """A token that names a known key but is signed by another key is rejected."""
    kid = json.loads(keys["frontend-key"])["kid"]
    assert "signature" in reject_token(keys, sign(keys, "service-key", kid=kid)).detail


def test_an_unknown_key_is_rejected(keys: dict[str, str]) -> None:
    """A token with an unknown key id is rejected."""
    assert "unknown key" in reject_token(keys, sign(keys, kid="an-unknown-id")).detail


@pytest.mark.parametrize("algorithm", ["none", "HS256"])
def test_a_token_does_not_choose_its_algorithm(keys: dict[str, str], algorithm: str) -> None:
    """RFC 8725, section 3.1: a missing signature and a public key used as a shared secret are both rejected."""
    header = {"alg": algorithm, "typ": "JWT", "kid": json.loads(keys["frontend-key"])["kid"]}
    parts = sign(keys).split(".")
    parts[0] = base64.urlsafe_b64encode(json.dumps(header).encode()).decode().rstrip("=")
    assert "signature" in reject_token(keys, ".".join(parts)).detail


def test_a_rotated_key_is_read_from_the_store(keys: dict[str, str]) -> None:
    """A token with a key id that the cached keys lack makes the keys be read again."""
    stored = ['{"keys": []}', keys["user-context-keys"]]
    secrets = CachedSecrets(lambda _: stored.pop(0))
    assert authenticate_user(f"Bearer {sign(keys)}", secrets, NOON).id == "alice"


WRITE_TASKS = Permission("tasks:write", role="user")
READ_AUDIT_LOG = Permission("audit:read", role="operator")


@pytest.mark.parametrize(
    ("roles", "permission", "is_allowed"),
    [
        ({"user"}, WRITE_TASKS, True),
        ({"user"}, READ_AUDIT_LOG, False),
        ({"operator"}, READ_AUDIT_LOG, True),
        ({"operator"}, WRITE_TASKS, False),
        ({"user", "operator"}, READ_AUDIT_LOG, True),
        ({"emperor"}, WRITE_TASKS, False),
        (set(), WRITE_TASKS, False),
    ],
)
def test_a_permission_is_granted_by_its_role(
    roles: set[str],
    permission: Permission,
    is_allowed: bool,  # noqa: FBT001 - a column of the table
) -> None:
    """A user has a permission if one of their roles grants it; an unknown role grants no permission."""
    user = User("alice", frozenset(roles))
    if is_allowed:
        check_permission(user, permission)
        return
    with pytest.raises(Problem, match=permission.name) as rejected:
        check_permission(user, permission)
    assert rejected.value.status == 403
