"""The secrets of a laptop: made once, kept in the data folder for its owner only. For development and nothing else."""

import json
import os
import secrets
from collections.abc import Iterable
from pathlib import Path

from knative.audit_keys import AuditKeyError, ensure_audit_keys, extend_verifier_keys
from knative.local.start_error import StartError
from knative.user_context_keys import make_key_set, make_private_key

FILE = "secrets.json"
AUDIT_ORIGIN = "localhost/todo-audit"


def open_secrets(data: Path, domains: Iterable[str]) -> dict[str, str]:
    """Return the secrets of a data folder by name; those that are missing are made, the others stay as they are.

    ``user-context-keys`` is a JWKS (RFC 7517) of the public keys; each says in ``todo_issuer`` whose tokens it may
    verify. ``frontend-key`` and ``service-key`` are the private JWKs, ``database-password-<domain>`` the roles';
    ``audit-key`` is what checkpoints of the audit log are signed with, ``audit-verifier-keys`` its public half.
    Raises :class:`StartError`.
    """
    path = data / FILE
    try:
        found: dict[str, str] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    except (ValueError, OSError) as error:
        raise StartError(f"{path} cannot be read ({error}): mend it, or start anew with --fresh") from None
    missing = {f"database-password-{domain}": secrets.token_urlsafe(24) for domain in domains}
    if not found:
        missing |= _make_keys()
    try:
        complete = {**missing, **found, **_audit_keys(found)}
    except AuditKeyError as error:
        raise StartError(f"{path}: {error}") from None
    if complete != found:
        _write(path, complete)
    return complete


def _write(path: Path, content: dict[str, str]) -> None:
    """Write the file whole or not at all."""
    partial = path.with_suffix(".partial")
    partial.unlink(missing_ok=True)
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        json.dump(content, file, indent=2)
        file.flush()
        os.fsync(file.fileno())
    partial.rename(path)


def _make_keys() -> dict[str, str]:
    frontend, service = make_private_key(), make_private_key()
    return {
        "user-context-keys": make_key_set(frontend=frontend, service=service),
        "frontend-key": frontend,
        "service-key": service,
    }


def _audit_keys(found: dict[str, str]) -> dict[str, str]:
    """Return the audit log's keys; the public ones follow whatever was added to the private ones."""
    private = ensure_audit_keys(found.get("audit-key"), AUDIT_ORIGIN)
    return {
        "audit-key": private,
        "audit-verifier-keys": extend_verifier_keys(found.get("audit-verifier-keys"), private),
    }
