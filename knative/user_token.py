"""Sign user tokens as the front end does, for tests, ``helm test`` and development."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta

import jwt

LIFETIME = timedelta(hours=24)


def make_user_token(
    user: str, *, key: str, roles: Sequence[str] = ("user",), now: datetime, lifetime: timedelta = LIFETIME
) -> str:
    """Return a signed user context (a JWT); ``key`` is the front end's private JWK."""
    document = json.loads(key)
    claims = {
        "iss": "todo-frontend",
        "aud": "todo",
        "sub": user,
        "roles": list(roles),
        "iat": int(now.timestamp()),
        "exp": int((now + lifetime).timestamp()),
    }
    return jwt.encode(claims, jwt.PyJWK(document).key, algorithm="EdDSA", headers={"kid": document["kid"]})
