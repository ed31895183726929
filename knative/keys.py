"""The keys that sign and verify user contexts, made where there are none yet."""

import json
from typing import Any
from uuid import uuid4

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


def make_key() -> str:
    """Return a new private Ed25519 key as a JWK (RFC 8037) in JSON."""
    made = jwt.algorithms.OKPAlgorithm.to_jwk(Ed25519PrivateKey.generate(), as_dict=True)
    return json.dumps({**made, "kid": str(uuid4()), "use": "sig", "alg": "EdDSA"})


def key_set(*, frontend: str, service: str) -> str:
    """Return the JWKS (RFC 7517) of two private keys' public halves; each says whose tokens it may verify."""
    return json.dumps({"keys": [_public(frontend, "frontend"), _public(service, "service")]})


def _public(key: str, issuer: str) -> dict[str, Any]:
    return {**{name: value for name, value in json.loads(key).items() if name != "d"}, "todo_issuer": issuer}
