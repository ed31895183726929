"""The Secrets of an installation: what is missing is made, and what is there stays."""

from base64 import b64encode
from collections.abc import Mapping

from knative.audit_keys import make_audit_key, verifier_keys
from knative.cluster.make_secrets import DatabaseAddress, make_secrets

ADDRESS = DatabaseAddress("db", 5432, "todo")


class Store:
    """Secrets in memory."""

    def __init__(self) -> None:
        self.held: dict[str, dict[str, str]] = {}

    def read(self, name: str) -> dict[str, str] | None:
        """Return a Secret's values, or None."""
        return dict(self.held[name]) if name in self.held else None

    def make(self, name: str, values: Mapping[str, str], labels: Mapping[str, str]) -> None:
        """Make one that is not there."""
        assert name not in self.held
        assert labels
        self.held[name] = dict(values)

    def add(self, name: str, values: Mapping[str, str]) -> None:
        """Set some of the values of one that is there."""
        self.held[name] |= values


def made(store: Store) -> list[str]:
    """Make what is missing; return the names of what changed."""
    return make_secrets(store, ADDRESS, audit_origin="example.com/log")


def test_all_of_them_once() -> None:
    """The first run makes every Secret, the second changes none."""
    store = Store()
    assert set(made(store)) == set(store.held)
    assert {"audit-key", "audit-verifier-keys", "user-context-keys", "todo-database", "todo-redis"} <= set(store.held)
    assert made(store) == []


def test_the_public_half_follows_the_audit_key() -> None:
    """The Secret that `audit` may read has the verifier key of whatever `append-audit` signs with, and nothing more."""
    store = Store()
    made(store)
    private = store.held["audit-key"]["audit-key"]
    assert private.startswith("PRIVATE+KEY+example.com/log+")
    assert store.held["audit-verifier-keys"] == {"audit-verifier-keys": verifier_keys(None, private)}
    added = make_audit_key("example.com/log")
    store.held["audit-key"]["audit-key"] = added
    assert made(store) == ["audit-verifier-keys"]
    assert store.held["audit-verifier-keys"]["audit-verifier-keys"].split() == [
        verifier_keys(None, private),
        verifier_keys(None, added),
    ]


def test_an_installation_from_before_checkpoints() -> None:
    """A bare seed, which signed nothing yet, becomes the key; an installation without one gets a new one."""
    store = Store()
    made(store)
    for before in ({"audit-key": {"audit-key": b64encode(bytes(32)).decode()}}, {}):
        del store.held["audit-key"], store.held["audit-verifier-keys"]
        store.held |= before
        assert made(store) == ["audit-key", "audit-verifier-keys"]
        seed = make_audit_key("example.com/log", bytes(32))
        assert (store.held["audit-key"]["audit-key"] == seed) == bool(before)
