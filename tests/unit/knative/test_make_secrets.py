"""Tests of the Secrets of an installation: missing values are created, and existing values stay."""

from base64 import b64encode
from collections.abc import Mapping

from knative.audit_keys import extend_verifier_keys, make_audit_key
from knative.cluster.make_secrets import DatabaseAddress, make_secrets

ADDRESS = DatabaseAddress("db", 5432, "todo")


class SecretsInMemory:
    """Secrets in a dictionary."""

    def __init__(self) -> None:
        self.stored: dict[str, dict[str, str]] = {}

    def read(self, name: str) -> dict[str, str] | None:
        """Return a Secret's values, or None."""
        return dict(self.stored[name]) if name in self.stored else None

    def create(self, name: str, values: Mapping[str, str], labels: Mapping[str, str]) -> None:
        """Create a Secret that does not exist."""
        assert name not in self.stored
        assert labels
        self.stored[name] = dict(values)

    def update(self, name: str, values: Mapping[str, str]) -> None:
        """Set some values of an existing Secret."""
        self.stored[name] |= values


def run_job(repository: SecretsInMemory) -> list[str]:
    """Create what is missing; return the names of the Secrets that changed."""
    return make_secrets(repository, ADDRESS, audit_origin="example.com/log")


def test_the_second_run_changes_no_secret() -> None:
    """The first run creates every Secret."""
    repository = SecretsInMemory()
    assert set(run_job(repository)) == set(repository.stored)
    names = {"audit-key", "audit-verifier-keys", "user-context-keys", "todo-database", "todo-redis"}
    assert names <= set(repository.stored)
    assert run_job(repository) == []


def test_the_verifier_keys_follow_the_audit_key() -> None:
    """The Secret for `audit` has the verifier keys of the private keys of `append-audit`, and no private key."""
    repository = SecretsInMemory()
    run_job(repository)
    private = repository.stored["audit-key"]["audit-key"]
    assert private.startswith("PRIVATE+KEY+example.com/log+")
    expected = {"audit-verifier-keys": extend_verifier_keys(None, private)}
    assert repository.stored["audit-verifier-keys"] == expected
    added = make_audit_key("example.com/log")
    repository.stored["audit-key"]["audit-key"] = added
    assert run_job(repository) == ["audit-verifier-keys"]
    assert repository.stored["audit-verifier-keys"]["audit-verifier-keys"].split() == [
        extend_verifier_keys(None, private),
        extend_verifier_keys(None, added),
    ]


def test_an_installation_from_before_checkpoints_is_upgraded() -> None:
    """A stored seed, which has signed nothing yet, becomes the key; without a seed a new key is generated."""
    repository = SecretsInMemory()
    run_job(repository)
    for before in ({"audit-key": {"audit-key": b64encode(bytes(32)).decode()}}, {}):
        del repository.stored["audit-key"], repository.stored["audit-verifier-keys"]
        repository.stored |= before
        assert run_job(repository) == ["audit-key", "audit-verifier-keys"]
        seed = make_audit_key("example.com/log", bytes(32))
        assert (repository.stored["audit-key"]["audit-key"] == seed) == bool(before)
