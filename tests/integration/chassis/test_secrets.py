"""The adapters of the secret store, a file and Dapr, behave alike."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from functions.chassis.adapters import open_secret_store
from functions.chassis.runtime.cached_secrets import CACHE_SECONDS, CachedSecrets
from functions.chassis.runtime.secret_store import SecretStore, SecretUnavailableError
from tests.daprd import Daprd

WriteSecret = Callable[[str, str], None]


@pytest.fixture(params=["file", "dapr"])
def store(request: pytest.FixtureRequest, tmp_path: Path, daprd: Daprd) -> tuple[SecretStore, WriteSecret]:
    """Each adapter in turn, with a function that writes a secret."""
    if request.param == "dapr":
        return open_secret_store("dapr://secretstore"), lambda name, value: daprd.secrets.update({name: {name: value}})
    file = tmp_path / "a folder" / "secrets.json"
    file.parent.mkdir()
    return open_secret_store(file.as_uri()), lambda name, value: _write_secret(file, name, value)


def _write_secret(file: Path, name: str, value: str) -> None:
    secrets = json.loads(file.read_text()) if file.exists() else {}
    file.write_text(json.dumps({**secrets, name: value}))


def test_a_secret_is_read(store: tuple[SecretStore, WriteSecret]) -> None:
    """A secret is read by its name."""
    secrets, write = store
    write("key", "value ü")
    assert secrets.get("key") == "value ü"


def test_a_secret_is_cached_until_it_is_refreshed(store: tuple[SecretStore, WriteSecret]) -> None:
    """A secret is read once; ``refresh`` returns its rotated value."""
    secrets, write = store
    write("key", "old")
    assert secrets.get("key") == "old"
    write("key", "new")
    assert secrets.get("key") == "old"
    assert secrets.refresh("key") == "new"
    assert secrets.get("key") == "new"


def test_a_missing_secret_is_unavailable(store: tuple[SecretStore, WriteSecret]) -> None:
    """The error's message is the secret's name, and nothing else."""
    secrets, write = store
    write("other", "hush")
    with pytest.raises(SecretUnavailableError, match=r"^missing$"):
        secrets.get("missing")


def test_a_cached_secret_is_used_while_the_store_is_down() -> None:
    """An expired secret is read again. If that fails, the cached value is returned."""
    now = 0.0
    values = ["first", "second"]

    def read(name: str) -> str:
        if not values:
            raise SecretUnavailableError(name)
        return values.pop(0)

    secrets = CachedSecrets(read, monotonic=lambda: now)
    assert secrets.get("key") == "first"
    now += CACHE_SECONDS
    assert secrets.get("key") == "second"
    now += CACHE_SECONDS
    assert secrets.get("key") == "second"


def test_a_secret_is_unavailable_while_the_component_is_down(daprd: Daprd) -> None:
    """An error of the component is the same error as a missing secret."""
    daprd.down = True
    with pytest.raises(SecretUnavailableError):
        open_secret_store("dapr://secretstore").get("key")
