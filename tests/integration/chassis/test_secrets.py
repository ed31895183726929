"""The secret store: one set of promises, kept by a file and by Dapr alike."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from functions.chassis.adapters import open_secret_store
from functions.chassis.runtime.cached_secrets import CACHE_SECONDS, CachedSecrets
from functions.chassis.runtime.secret_store import SecretStore, SecretUnavailableError
from tests.daprd import Daprd

Write = Callable[[str, str], None]


@pytest.fixture(params=["file", "dapr"])
def store(request: pytest.FixtureRequest, tmp_path: Path, daprd: Daprd) -> tuple[SecretStore, Write]:
    """Open each back end in turn, with a way to write it."""
    if request.param == "dapr":
        return open_secret_store("dapr://secretstore"), lambda name, value: daprd.secrets.update({name: {name: value}})
    file = tmp_path / "a folder" / "secrets.json"
    file.parent.mkdir()
    return open_secret_store(file.as_uri()), lambda name, value: _add(file, name, value)


def _add(file: Path, name: str, value: str) -> None:
    kept = json.loads(file.read_text()) if file.exists() else {}
    file.write_text(json.dumps({**kept, name: value}))


def test_a_secret_is_read(store: tuple[SecretStore, Write]) -> None:
    """A secret that is there is read by its name."""
    secrets, write = store
    write("key", "value ü")
    assert secrets.get("key") == "value ü"


def test_a_secret_is_kept_until_it_is_refreshed(store: tuple[SecretStore, Write]) -> None:
    """A secret is read once; ``refresh`` sees what it was rotated to."""
    secrets, write = store
    write("key", "old")
    assert secrets.get("key") == "old"
    write("key", "new")
    assert secrets.get("key") == "old"
    assert secrets.refresh("key") == "new"
    assert secrets.get("key") == "new"


def test_a_secret_that_is_not_there_is_named(store: tuple[SecretStore, Write]) -> None:
    """What cannot be read is named, and nothing else is shown."""
    secrets, write = store
    write("other", "hush")
    with pytest.raises(SecretUnavailableError, match=r"^missing$"):
        secrets.get("missing")


def test_a_kept_secret_outlives_its_store() -> None:
    """After a while a secret is read again; where that fails the kept one is used on."""
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


def test_a_sidecar_that_is_down_is_a_missing_secret(daprd: Daprd) -> None:
    """Without its component a secret cannot be read."""
    daprd.down = True
    with pytest.raises(SecretUnavailableError):
        open_secret_store("dapr://secretstore").get("key")
