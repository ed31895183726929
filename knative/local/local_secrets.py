"""Create and read the secrets of a laptop, in a file of the data folder. They are for development only."""

import json
import os
import secrets
from collections.abc import Iterable
from pathlib import Path

from knative.audit_keys import AuditKeyError, ensure_audit_keys, extend_verifier_keys
from knative.local.start_error import StartError
from knative.user_context_keys import make_key_set, make_private_key

SECRETS_FILE = "secrets.json"
AUDIT_ORIGIN = "localhost/todo-audit"


def load_local_secrets(data: Path, domains: Iterable[str]) -> dict[str, str]:
    """Return the secrets of a data folder by name. Missing secrets are created, existing ones stay.

    - ``user-context-keys``: public keys as a JWKS (RFC 7517); ``todo_issuer`` is the issuer that signs with a key
    - ``frontend-key`` and ``service-key``: their private keys as JWKs
    - ``database-password-<domain>``: the password of a domain's database role
    - ``audit-key`` and ``audit-verifier-keys``: the private and the public keys of the audit log's checkpoints

    Raises :class:`StartError` if the file cannot be read.
    """
    path = data / SECRETS_FILE
    try:
        stored: dict[str, str] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    except (ValueError, OSError) as error:
        raise StartError(f"{path} cannot be read ({error}): repair it, or delete all data with --fresh") from None
    missing = {f"database-password-{domain}": secrets.token_urlsafe(24) for domain in domains}
    if not stored:
        missing |= _create_keys()
    try:
        complete = {**missing, **stored, **_complete_audit_keys(stored)}
    except AuditKeyError as error:
        raise StartError(f"{path}: {error}") from None
    if complete != stored:
        _write_atomically(path, complete)
    return complete


def _write_atomically(path: Path, content: dict[str, str]) -> None:
    partial = path.with_suffix(".partial")
    partial.unlink(missing_ok=True)
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        json.dump(content, file, indent=2)
        file.flush()
        os.fsync(file.fileno())
    partial.rename(path)


def _create_keys() -> dict[str, str]:
    frontend, service = make_private_key(), make_private_key()
    return {
        "user-context-keys": make_key_set(frontend=frontend, service=service),
        "frontend-key": frontend,
        "service-key": service,
    }


def _complete_audit_keys(stored: dict[str, str]) -> dict[str, str]:
    """Return the audit log's keys. Private keys that were added by hand get their public keys here."""
    private = ensure_audit_keys(stored.get("audit-key"), AUDIT_ORIGIN)
    return {
        "audit-key": private,
        "audit-verifier-keys": extend_verifier_keys(stored.get("audit-verifier-keys"), private),
    }
