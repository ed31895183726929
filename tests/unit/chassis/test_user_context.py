"""Who calls: signed user contexts, and what is wrong with those that are none."""

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
    authenticate,
    issue,
    permit,
    verify,
)
from functions.chassis.runtime.cached_secrets import CachedSecrets
from knative.local.local_secrets import load_local_secrets
from knative.user_token import make_user_token
from tests.samples import NOON


@pytest.fixture
def keys(tmp_path: Path) -> dict[str, str]:
    """Make the keys of a laptop."""
    return load_local_secrets(tmp_path, ())


def signed(keys: dict[str, str], key: str = "frontend-key", *, kid: str | None = None, **changes: Any) -> str:
    """Return a token whose claims are those of the front end's for alice, but for some changes."""
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


def refusal(keys: dict[str, str], bad: str, now: datetime = NOON) -> Problem:
    """Return the problem that a token is answered with."""
    with pytest.raises(Problem) as refused:
        verify(bad, keys["user-context-keys"], now=now)
    assert refused.value.status == 401
    assert refused.value.headers["WWW-Authenticate"] == 'Bearer realm="todo", error="invalid_token"'
    return refused.value


def test_the_front_end_says_who_calls(keys: dict[str, str]) -> None:
    """A token of the front end's brings its user and roles."""
    made = make_user_token("alice", key=keys["frontend-key"], roles=["user", "operator"], now=NOON)
    assert verify(made, keys["user-context-keys"], now=NOON) == User("alice", frozenset({"user", "operator"}))


def test_a_function_acts_for_a_user(keys: dict[str, str]) -> None:
    """A function's token says whom it acts for and who it is, and makes nobody an operator."""
    made = issue("alice", service="create-next-occurrence", key=keys["service-key"], now=NOON)
    assert verify(made, keys["user-context-keys"], now=NOON) == User(
        "alice", frozenset({"user"}), "create-next-occurrence"
    )
    grabbing = signed(keys, "service-key", iss="todo/tasks", roles=["user", "operator"])
    assert verify(grabbing, keys["user-context-keys"], now=NOON).roles == {"user"}


@pytest.mark.parametrize(
    ("changes", "detail"),
    [
        ({"exp": int(NOON.timestamp())}, "expired"),
        ({"iat": int((NOON + timedelta(minutes=1)).timestamp())}, "from the future"),
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
def test_wrong_claims_are_refused_by_name(keys: dict[str, str], changes: dict[str, Any], detail: str) -> None:
    """Each claim that is missing or wrong has its own refusal."""
    assert detail in refusal(keys, signed(keys, **changes)).detail


def test_a_functions_key_makes_no_token_of_the_front_end(keys: dict[str, str]) -> None:
    """Whoever has only a function's key cannot say that anybody is logged in."""
    assert "iss may not use" in refusal(keys, signed(keys, "service-key")).detail


def test_a_forged_signature_is_refused(keys: dict[str, str]) -> None:
    """A token that another key signed, under the id of a known one, is no token."""
    kid = json.loads(keys["frontend-key"])["kid"]
    assert "signature" in refusal(keys, signed(keys, "service-key", kid=kid)).detail


def test_an_unknown_key_is_refused(keys: dict[str, str]) -> None:
    """A key that nobody here knows verifies nothing."""
    assert "not known here" in refusal(keys, signed(keys, kid="somebody-elses")).detail


@pytest.mark.parametrize("algorithm", ["none", "HS256"])
def test_a_token_does_not_choose_its_algorithm(keys: dict[str, str], algorithm: str) -> None:
    """RFC 8725, section 3.1: neither no signature nor a public key used as a shared secret will do."""
    header = {"alg": algorithm, "typ": "JWT", "kid": json.loads(keys["frontend-key"])["kid"]}
    parts = signed(keys).split(".")
    parts[0] = base64.urlsafe_b64encode(json.dumps(header).encode()).decode().rstrip("=")
    assert "signature" in refusal(keys, ".".join(parts)).detail


def test_a_key_that_was_rotated_in_is_found(keys: dict[str, str]) -> None:
    """A token signed by a key that the kept ones lack makes the store be asked once more."""
    held = ['{"keys": []}', keys["user-context-keys"]]
    secrets = CachedSecrets(lambda _: held.pop(0))
    assert authenticate(f"Bearer {signed(keys)}", secrets, NOON).id == "alice"


WRITE_TASKS = Permission("tasks:write", role="user")
READ_AUDIT_LOG = Permission("audit:read", role="operator")


@pytest.mark.parametrize(
    ("roles", "permission", "allowed"),
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
    allowed: bool,  # noqa: FBT001 - a column of the table
) -> None:
    """A user may do what one of their roles grants; an unknown role grants nothing."""
    user = User("alice", frozenset(roles))
    if allowed:
        permit(user, permission)
        return
    with pytest.raises(Problem, match=permission.name) as refused:
        permit(user, permission)
    assert refused.value.status == 403
