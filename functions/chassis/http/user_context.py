"""Who calls: a signed user context (a JWT) from the front end, or from a function on a user's behalf (RFC 8693)."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Final

import jwt

from functions.chassis.http.problem import Problem
from functions.chassis.runtime.secret_store import SecretStore

USER_CONTEXT_KEYS: Final = "user-context-keys"
AUDIENCE: Final = "todo"
FRONT_END: Final = "todo-frontend"
SERVICE_PREFIX: Final = "todo/"
TOKEN_LIMIT = 8192
SKEW = timedelta(seconds=30)
"""How far ahead of ours the clock of whoever issued a token may be."""


@dataclass(frozen=True, slots=True)
class Permission:
    """What an operation requires of its caller, such as ``tasks:read``, and the role that grants it."""

    name: str
    role: str


@dataclass(frozen=True, slots=True)
class User:
    """A verified user, and the service that acts for them where one does."""

    id: str
    roles: frozenset[str]
    acting: str | None = None


def authenticate(header: str | None, secrets: SecretStore, now: datetime) -> User:
    """Return the user whose token an ``Authorization`` header carries; raise the 401 that says what is wrong."""
    if not header:
        raise _refused("a token is required: send Authorization: Bearer …")
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise _refused("authorization: must be Bearer and a token")
    keys = secrets.get(USER_CONTEXT_KEYS)
    if _key_id(token.strip()) not in _keys(keys):
        keys = secrets.refresh(USER_CONTEXT_KEYS)  # a key that was rotated in since
    return verify(token.strip(), keys, now=now)


def verify(token: str, keys: str, *, now: datetime) -> User:
    """Return the user of a token signed by one of ``keys`` (a JWKS), or raise the 401 that says what is wrong.

    Only EdDSA is accepted, whatever the token says of itself (RFC 8725, section 3.1). A key's ``todo_issuer`` says
    whose tokens it may verify: a function's key makes no tokens of the front end, and so no operators.
    """
    key = _keys(keys).get(_key_id(token))
    if key is None:
        raise _refused("the token is signed by a key that is not known here")
    try:
        claims = jwt.decode(
            token,
            key["key"],
            algorithms=["EdDSA"],
            audience=AUDIENCE,
            # The time is checked below, against a clock that is handed in.
            options={"require": ["exp", "iat", "sub", "iss"], "verify_exp": False, "verify_iat": False},
        )
    except jwt.MissingRequiredClaimError as error:
        raise _refused(f"the token lacks {error.claim}") from None
    except jwt.InvalidAudienceError:
        raise _refused("the token is for somebody else: its aud must be todo") from None
    except jwt.InvalidTokenError:
        raise _refused("the token is not valid: its signature or its form is wrong") from None
    _check_time(claims, now)
    return _user(claims, service=key["service"])


def issue(subject: str, *, service: str, key: str, now: datetime, ttl: timedelta = timedelta(seconds=60)) -> str:
    """Return a short-lived token with which ``service`` acts for a user; ``key`` is a private JWK."""
    document = json.loads(key)
    claims = {
        "iss": f"{SERVICE_PREFIX}{service}",
        "aud": AUDIENCE,
        "sub": subject,
        "roles": ["user"],
        "act": {"sub": service},
        "iat": int(now.timestamp()),
        "exp": int((now + ttl).timestamp()),
    }
    return jwt.encode(claims, jwt.PyJWK(document).key, algorithm="EdDSA", headers={"kid": document["kid"]})


def permit(user: User, permission: Permission) -> None:
    """Raise the 403 of a user who lacks the role that grants a permission."""
    if permission.role not in user.roles:
        raise Problem(403, f"this needs the permission {permission.name}")


def _check_time(claims: dict[str, Any], now: datetime) -> None:
    try:
        issued, expires = (datetime.fromtimestamp(float(claims[name]), UTC) for name in ("iat", "exp"))
    except (ValueError, TypeError, OverflowError, OSError):
        raise _refused("the token is not valid: iat and exp must be times") from None
    if expires <= now:
        raise _refused("the token has expired")
    if issued > now + SKEW:
        raise _refused("the token is from the future")


def _user(claims: dict[str, Any], *, service: bool) -> User:
    issuer, subject, roles = claims["iss"], claims["sub"], claims.get("roles", ["user"])
    if not (issuer.startswith(SERVICE_PREFIX) if service else issuer == FRONT_END):
        raise _refused("the token is signed by a key that its iss may not use")
    if not subject or len(subject) > 200 or not subject.isprintable():  # noqa: PLR2004 - as events.fields.UserId
        raise _refused("the token is not valid: sub must be 1 to 200 printable characters")
    if not isinstance(roles, list) or not all(isinstance(role, str) for role in roles):
        raise _refused("the token is not valid: roles must be a list of names")
    if service:
        return User(subject, frozenset({"user"}), issuer.removeprefix(SERVICE_PREFIX))
    return User(subject, frozenset(roles))


def _key_id(token: str) -> str:
    if len(token) > TOKEN_LIMIT:
        raise _refused(f"the token is longer than {TOKEN_LIMIT} characters")
    try:
        return str(jwt.get_unverified_header(token).get("kid", ""))
    except jwt.InvalidTokenError:
        raise _refused("the token is no JWT") from None


@lru_cache(maxsize=4)
def _keys(keys: str) -> dict[str, dict[str, Any]]:
    """Return the keys of a JWKS by their ids."""
    return {
        document["kid"]: {"key": jwt.PyJWK(document), "service": document.get("todo_issuer") == "service"}
        for document in json.loads(keys)["keys"]
    }


def _refused(detail: str) -> Problem:
    challenge = 'Bearer realm="todo"' + ("" if detail.startswith("a token is required") else ', error="invalid_token"')
    return Problem(401, detail, headers={"WWW-Authenticate": challenge})
