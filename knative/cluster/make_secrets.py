"""Makes the Secrets that an installation needs and nobody has made; run as a Job, by its module's name.

Nothing that is there is ever replaced: an operator who brings keys of their own finds them kept, and an upgrade changes
no password. Only the database's URLs follow its address, and the audit log's verifier keys what is added to its key.
"""

import os
import secrets
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Protocol, Self
from urllib.parse import quote

from functions.migrations import DOMAINS
from knative.audit_keys import AuditKeyError, audit_keys, verifier_keys
from knative.cluster.kubernetes_secrets import KubernetesError, KubernetesSecrets
from knative.keys import key_set, make_key

LABELS: Final = {"app.kubernetes.io/part-of": "todo"}

DATABASE: Final = "todo-database"
"""``admin-url`` and ``admin-password`` for the migrations; ``url-<domain>`` and ``password-<domain>`` for functions."""

REDIS: Final = "todo-redis"


class MissingSecretError(Exception):
    """A Secret cannot be made here, as others of its kind exist; the message says what to do."""


class Store(Protocol):
    """Wherever the Secrets are."""

    def read(self, name: str) -> dict[str, str] | None:
        """Return a Secret's values, or None."""
        ...

    def make(self, name: str, values: Mapping[str, str], labels: Mapping[str, str]) -> None:
        """Make a Secret."""
        ...

    def add(self, name: str, values: Mapping[str, str]) -> None:
        """Set some of its values."""
        ...


@dataclass(frozen=True)
class DatabaseAddress:
    """Where the database is, and how its own administrator gets in: by a URL, or by a password that is made here."""

    host: str
    port: int
    name: str
    options: str = ""
    admin_url: str = ""

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> Self:
        """Return what DATABASE_HOST, _PORT, _NAME, _OPTIONS and DATABASE_ADMIN_URL say."""
        return cls(
            environ["DATABASE_HOST"],
            int(environ.get("DATABASE_PORT", "5432")),
            environ["DATABASE_NAME"],
            environ.get("DATABASE_OPTIONS", ""),
            environ.get("DATABASE_ADMIN_URL", ""),
        )

    def url(self, role: str, password: str) -> str:
        """Return the SQLAlchemy URL at which a role logs in."""
        options = f"?{self.options}" if self.options else ""
        return f"postgresql+pg8000://{role}:{quote(password, safe='')}@{self.host}:{self.port}/{self.name}{options}"


def make_secrets(store: Store, database: DatabaseAddress, *, audit_origin: str) -> list[str]:
    """Make or complete every Secret; return the names of those that changed.

    ``audit_origin`` names the audit log where its key does not. Raises :class:`MissingSecretError` or
    :class:`knative.audit_keys.AuditKeyError`.
    """
    wanted = {**_keys(store), REDIS: {"password": secrets.token_urlsafe(24)}}
    changed = [name for name, values in wanted.items() if _complete(store, name, values)]
    changed += [name for name, value in _audit_keys(store, audit_origin).items() if _set(store, name, {name: value})]
    if _complete_database(store, database):
        changed.append(DATABASE)
    return changed


def _keys(store: Store) -> dict[str, dict[str, str]]:
    """Return the three Secrets of user contexts: two private keys, and the set that verifies both."""
    known = store.read("user-context-keys")
    service = (store.read("service-key") or {}).get("service-key")
    if known:
        if service is None:
            raise MissingSecretError(
                "the Secret user-context-keys exists and service-key does not: make service-key with the private JWK of"
                " a key in that set whose todo_issuer is service, or delete user-context-keys to have both made"
            )
        return {}
    service = service or make_key()
    frontend = (store.read("frontend-key") or {}).get("frontend-key") or make_key()
    return {
        "frontend-key": {"frontend-key": frontend},
        "service-key": {"service-key": service},
        "user-context-keys": {"user-context-keys": key_set(frontend=frontend, service=service)},
    }


def _audit_keys(store: Store, origin: str) -> dict[str, str]:
    """Return the two Secrets of the audit log: the private keys, and the public ones that follow them."""
    private, public = ((store.read(name) or {}).get(name) for name in ("audit-key", "audit-verifier-keys"))
    private = audit_keys(private, origin)
    return {"audit-key": private, "audit-verifier-keys": verifier_keys(public, private)}


def _complete(store: Store, name: str, values: Mapping[str, str]) -> bool:
    """Make a Secret, or add the keys it lacks; False where it has them all."""
    found = store.read(name)
    if found is None:
        store.make(name, values, LABELS)
        return True
    lacking = {key: value for key, value in values.items() if key not in found}
    if lacking:
        store.add(name, lacking)
    return bool(lacking)


def _complete_database(store: Store, database: DatabaseAddress) -> bool:
    found = store.read(DATABASE) or {}
    values = {"admin-password": found.get("admin-password") or secrets.token_urlsafe(24)}
    # `password` is the file that a PostgreSQL of the chart's own reads.
    values["password"] = values["admin-password"]
    values["admin-url"] = database.admin_url or database.url("postgres", values["admin-password"])
    for domain in DOMAINS:
        password = found.get(f"password-{domain}") or secrets.token_urlsafe(24)
        values[f"password-{domain}"] = password
        values[f"url-{domain}"] = database.url(f"todo_{domain}", password)
    return _set(store, DATABASE, values)


def _set(store: Store, name: str, values: Mapping[str, str]) -> bool:
    """Make a Secret, or let it have these values; False where it has them."""
    found = store.read(name)
    if found is None:
        store.make(name, values, LABELS)
    elif {**found, **values} != found:
        store.add(name, values)
    else:
        return False
    return True


def main() -> None:
    """Make what is missing in this pod's namespace, and say what that was."""
    try:
        store = KubernetesSecrets.of_this_pod(
            os.environ["KUBERNETES_SERVICE_HOST"], os.environ["KUBERNETES_SERVICE_PORT"]
        )
        origin = os.environ.get("AUDIT_ORIGIN") or f"audit.{store.namespace}"
        changed = make_secrets(store, DatabaseAddress.of(os.environ), audit_origin=origin)
    except KeyError as error:
        sys.exit(f"make-secrets: {error.args[0]} is not set")
    except (AuditKeyError, KubernetesError, MissingSecretError) as error:
        sys.exit(f"make-secrets: {error}")
    print(f"made or completed: {', '.join(changed)}" if changed else "every Secret is there")


if __name__ == "__main__":
    main()
