"""Authenticates callers by a user context: a signed JWT from the front end, or from a function on a user's behalf."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Final

from functions.chassis.http.problem import Problem
from functions.chassis.runtime.secret_store import SecretStore

USER_CONTEXT_KEYS: Final = "user-context-keys"
"""The secret that holds the public keys, as a JWKS."""

AUDIENCE: Final = "todo"
FRONT_END: Final = "todo-frontend"
SERVICE_PREFIX: Final = "todo/"
MAX_TOKEN_LENGTH: Final = 8192
CLOCK_SKEW: Final = timedelta(seconds=30)
"""How far the clock of a token's issuer may be ahead of this one."""


@dataclass(frozen=True, slots=True)
class Permission:
    """A permission that an operation requires, such as ``tasks:read``, and the role that grants it."""

    name: str
    role: str


@dataclass(frozen=True, slots=True)
class User:
    """An authenticated user; ``acting`` is the name of the function that acts for them, or None."""

    id: str
    roles: frozenset[str]
    acting: str | None = None


def authenticate_user(header: str | None, secrets: SecretStore, now: datetime) -> User:
    """Return the user of the token in an ``Authorization`` header, or raise 401 with the reason.

    A token with an unknown key id makes the keys be read again, so that a new key is valid at once.
    """
    if not header:
        raise _unauthorized("a token is required: send Authorization: Bearer …")
    scheme, _, credentials = header.partition(" ")
    token = credentials.strip()
    if scheme.lower() != "bearer" or not token:
        raise _unauthorized("authorization: must be Bearer and a token")
    keys = secrets.get(USER_CONTEXT_KEYS)
    if _read_key_id(token) not in _parse_keys(keys):
        keys = secrets.refresh(USER_CONTEXT_KEYS)
    return verify_token(token, keys, now=now)


def verify_token(token: str, keys: str, *, now: datetime) -> User:
    """Return the user of a token that one of ``keys`` (a JWKS) signed, or raise 401 with the reason.

    Only EdDSA is accepted, independent of the token's ``alg`` (RFC 8725, section 3.1). A key's ``todo_issuer`` decides
    which tokens it may verify. A function's key therefore signs no tokens of the front end, and makes no operators.
    """
    import jwt  # noqa: PLC0415 - imported by the first token: it imports cryptography

    key = _parse_keys(keys).get(_read_key_id(token))
    if key is None:
        raise _unauthorized("the token is signed by an unknown key")
    try:
        claims = jwt.decode(
            token,
            key["key"],
            algorithms=["EdDSA"],
            audience=AUDIENCE,
            # Times are checked below, against the injected clock.
            options={"require": ["exp", "iat", "sub", "iss"], "verify_exp": False, "verify_iat": False},
        )
    except jwt.MissingRequiredClaimError as error:
        raise _unauthorized(f"the token lacks {error.claim}") from None
    except jwt.InvalidAudienceError:
        raise _unauthorized("the token is for another audience: its aud must be todo") from None
    except jwt.InvalidTokenError:
        raise _unauthorized("the token is not valid: its signature or its form is wrong") from None
    _check_times(claims, now)
    return _read_user(claims, is_service_key=key["is_service_key"])


def check_permission(user: User, permission: Permission) -> None:
    """Raise 403 if a user lacks the role that grants a permission."""
    if permission.role not in user.roles:
        raise Problem(403, f"this needs the permission {permission.name}")


def issue_token(subject: str, *, service: str, key: str, now: datetime, ttl: timedelta = timedelta(seconds=60)) -> str:
    """Return a token with which ``service`` acts for the user ``subject`` (RFC 8693); ``key`` is a private JWK."""
    import jwt  # noqa: PLC0415 - as above

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


def _read_key_id(token: str) -> str:
    import jwt  # noqa: PLC0415 - as above

    if len(token) > MAX_TOKEN_LENGTH:
        raise _unauthorized(f"the token is longer than {MAX_TOKEN_LENGTH} characters")
    try:
        return str(jwt.get_unverified_header(token).get("kid", ""))
    except jwt.InvalidTokenError:
        raise _unauthorized("the token is not a JWT") from None


@lru_cache(maxsize=4)
def _parse_keys(keys: str) -> dict[str, dict[str, Any]]:
    """Return the keys of a JWKS by their ids."""
    import jwt  # noqa: PLC0415 - as above

    return {
        document["kid"]: {"key": jwt.PyJWK(document), "is_service_key": document.get("todo_issuer") == "service"}
        for document in json.loads(keys)["keys"]
    }


def _check_times(claims: dict[str, Any], now: datetime) -> None:
    try:
        issued, expires = (datetime.fromtimestamp(float(claims[name]), UTC) for name in ("iat", "exp"))
    except (ValueError, TypeError, OverflowError, OSError):
        raise _unauthorized("the token is not valid: iat and exp must be times") from None
    if expires <= now:
        raise _unauthorized("the token has expired")
    if issued > now + CLOCK_SKEW:
        raise _unauthorized("the token was issued in the future")


def _read_user(claims: dict[str, Any], *, is_service_key: bool) -> User:
    issuer, subject, roles = claims["iss"], claims["sub"], claims.get("roles", ["user"])
    is_issuer = str(issuer).startswith(SERVICE_PREFIX) if is_service_key else issuer == FRONT_END
    if not is_issuer:
        raise _unauthorized("the token is signed by a key that its iss may not use")
    if not subject or len(subject) > 200 or not subject.isprintable():  # noqa: PLR2004 - as events.fields.UserId
        raise _unauthorized("the token is not valid: sub must be 1 to 200 printable characters")
    if not isinstance(roles, list) or not all(isinstance(role, str) for role in roles):
        raise _unauthorized("the token is not valid: roles must be a list of names")
    if is_service_key:
        return User(subject, frozenset({"user"}), issuer.removeprefix(SERVICE_PREFIX))
    return User(subject, frozenset(roles))


def _unauthorized(detail: str) -> Problem:
    # RFC 6750, section 3.1: a request without a token gets a challenge without an error code.
    challenge = 'Bearer realm="todo"' + ("" if detail.startswith("a token is required") else ', error="invalid_token"')
    return Problem(401, detail, headers={"WWW-Authenticate": challenge})
