"""Create the Secrets that an installation needs and that do not exist yet. The chart's Job ``make-secrets`` runs this.

An existing value is never replaced, so an operator's own keys stay, and an upgrade changes no password. Two values
follow others: the database URLs follow the database's address, and the audit log's verifier keys follow its keys.
"""

import os
import secrets
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Protocol, Self
from urllib.parse import quote

from functions.migrations import DATABASE_DOMAINS
from knative.audit_keys import AuditKeyError, ensure_audit_keys, extend_verifier_keys
from knative.cluster.kubernetes_secrets import KubernetesError, KubernetesSecrets
from knative.user_context_keys import make_key_set, make_private_key

LABELS: Final = {"app.kubernetes.io/part-of": "todo"}

TODO_DATABASE: Final = "todo-database"
"""``admin-url`` and ``admin-password`` are for the migrations, ``url-DOMAIN`` and ``password-DOMAIN`` for functions."""

TODO_REDIS: Final = "todo-redis"


class MissingSecretError(Exception):
    """A Secret is missing, and a new one would not match an existing Secret. The message gives the remedy."""


class SecretRepository(Protocol):
    """Where Secrets are stored: Kubernetes, or memory in a test."""

    def read(self, name: str) -> dict[str, str] | None:
        """Return a Secret's values, or None."""
        ...

    def create(self, name: str, values: Mapping[str, str], labels: Mapping[str, str]) -> None:
        """Create a Secret."""
        ...

    def update(self, name: str, values: Mapping[str, str]) -> None:
        """Set some of a Secret's values."""
        ...


@dataclass(frozen=True)
class DatabaseAddress:
    """The address of the database. ``admin_url`` is empty if the administrator gets a generated password."""

    host: str
    port: int
    name: str
    options: str = ""
    admin_url: str = ""

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Self:
        """Return the address in DATABASE_HOST, _PORT, _NAME, _OPTIONS and DATABASE_ADMIN_URL; raises KeyError."""
        return cls(
            environ["DATABASE_HOST"],
            int(environ.get("DATABASE_PORT", "5432")),
            environ["DATABASE_NAME"],
            environ.get("DATABASE_OPTIONS", ""),
            environ.get("DATABASE_ADMIN_URL", ""),
        )

    def url_for(self, role: str, password: str) -> str:
        """Return the SQLAlchemy URL for a role's login."""
        options = f"?{self.options}" if self.options else ""
        return f"postgresql+pg8000://{role}:{quote(password, safe='')}@{self.host}:{self.port}/{self.name}{options}"


def make_secrets(repository: SecretRepository, database: DatabaseAddress, *, audit_origin: str) -> list[str]:
    """Create or complete all Secrets; return the names of those that changed.

    ``audit_origin`` is the name of the audit log for a key that has no name. Raises :class:`MissingSecretError` and
    :class:`knative.audit_keys.AuditKeyError`.
    """
    user_context_keys = _make_user_context_keys(repository)
    redis = {TODO_REDIS: {"password": secrets.token_urlsafe(24)}}
    changed = [name for name, values in (user_context_keys | redis).items() if _add_missing(repository, name, values)]
    audit_keys = _make_audit_keys(repository, audit_origin)
    changed += [name for name, key in audit_keys.items() if _set_values(repository, name, {name: key})]
    if _set_values(repository, TODO_DATABASE, _make_database_values(repository, database)):
        changed.append(TODO_DATABASE)
    return changed


def _make_user_context_keys(repository: SecretRepository) -> dict[str, dict[str, str]]:
    """Return the three Secrets of user contexts: two private keys, and the set of their public keys."""
    service = (repository.read("service-key") or {}).get("service-key")
    if repository.read("user-context-keys"):
        if service is None:
            raise MissingSecretError(
                "the Secret user-context-keys exists and service-key does not: make service-key with the private JWK of"
                " a key in that set whose todo_issuer is service, or delete user-context-keys to have both made"
            )
        return {}
    service = service or make_private_key()
    frontend = (repository.read("frontend-key") or {}).get("frontend-key") or make_private_key()
    return {
        "frontend-key": {"frontend-key": frontend},
        "service-key": {"service-key": service},
        "user-context-keys": {"user-context-keys": make_key_set(frontend=frontend, service=service)},
    }


def _make_audit_keys(repository: SecretRepository, origin: str) -> dict[str, str]:
    """Return the two Secrets of the audit log: its private keys, and the verifier keys that follow from them."""
    private, public = ((repository.read(name) or {}).get(name) for name in ("audit-key", "audit-verifier-keys"))
    private = ensure_audit_keys(private, origin)
    return {"audit-key": private, "audit-verifier-keys": extend_verifier_keys(public, private)}


def _make_database_values(repository: SecretRepository, database: DatabaseAddress) -> dict[str, str]:
    stored = repository.read(TODO_DATABASE) or {}
    values = {"admin-password": stored.get("admin-password") or secrets.token_urlsafe(24)}
    # The chart's own PostgreSQL reads the file `password`.
    values["password"] = values["admin-password"]
    values["admin-url"] = database.admin_url or database.url_for("postgres", values["admin-password"])
    for domain in DATABASE_DOMAINS:
        password = stored.get(f"password-{domain}") or secrets.token_urlsafe(24)
        values[f"password-{domain}"] = password
        values[f"url-{domain}"] = database.url_for(f"todo_{domain}", password)
    return values


def _add_missing(repository: SecretRepository, name: str, values: Mapping[str, str]) -> bool:
    """Create a Secret, or add its missing keys; return whether it changed."""
    stored = repository.read(name) or {}
    return _set_values(repository, name, {key: value for key, value in values.items() if key not in stored})


def _set_values(repository: SecretRepository, name: str, values: Mapping[str, str]) -> bool:
    """Create a Secret, or update the values that differ; return whether it changed."""
    stored = repository.read(name)
    if stored is None:
        repository.create(name, values, LABELS)
    elif {**stored, **values} != stored:
        repository.update(name, values)
    else:
        return False
    return True


def main() -> None:
    """Create the missing Secrets of this pod's namespace, and print their names."""
    try:
        repository = KubernetesSecrets.from_service_account(
            os.environ["KUBERNETES_SERVICE_HOST"], os.environ["KUBERNETES_SERVICE_PORT"]
        )
        origin = os.environ.get("AUDIT_ORIGIN") or f"audit.{repository.namespace}"
        changed = make_secrets(repository, DatabaseAddress.from_environment(os.environ), audit_origin=origin)
    except KeyError as error:
        sys.exit(f"make-secrets: {error.args[0]} is not set")
    except (AuditKeyError, KubernetesError, MissingSecretError) as error:
        sys.exit(f"make-secrets: {error}")
    print(f"created or completed: {', '.join(changed)}" if changed else "every Secret exists")


if __name__ == "__main__":
    main()
