"""Generate the Ed25519 keys that sign and verify user contexts."""

import json
from typing import Any
from uuid import uuid4

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


def make_private_key() -> str:
    """Return a new private Ed25519 key as a JWK (RFC 8037) in JSON."""
    key = jwt.algorithms.OKPAlgorithm.to_jwk(Ed25519PrivateKey.generate(), as_dict=True)
    return json.dumps({**key, "kid": str(uuid4()), "use": "sig", "alg": "EdDSA"})


def make_key_set(*, frontend: str, service: str) -> str:
    """Return the JWKS (RFC 7517) with the public keys of two private keys.

    Each public key's ``todo_issuer`` names the issuer whose tokens it verifies: ``frontend`` or ``service``.
    """
    return json.dumps({"keys": [_public_key(frontend, "frontend"), _public_key(service, "service")]})


def _public_key(private_key: str, issuer: str) -> dict[str, Any]:
    return {**{name: value for name, value in json.loads(private_key).items() if name != "d"}, "todo_issuer": issuer}
