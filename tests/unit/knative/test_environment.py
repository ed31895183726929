"""The environment of a function on a laptop."""

from pathlib import Path

import pytest

from functions.chassis.runtime.settings import load_settings
from functions.migrations import DATABASE_DOMAINS
from knative.function_list import Function, load_function_list
from knative.local.environment import Environments
from knative.local.postgres import Postgres
from knative.local.secrets import open_secrets

INTERNAL = "http://127.0.0.1:41234"


@pytest.mark.parametrize("function", load_function_list().functions, ids=lambda function: function.name)
def test_fits_the_settings_of_every_function(function: Function, tmp_path: Path) -> None:
    """What a function is given is what its settings ask for, whatever the data folder's name."""
    data = tmp_path / "my data #1"
    data.mkdir()
    secrets = open_secrets(data, DATABASE_DOMAINS)
    settings = load_settings(Environments(data, Postgres(data), secrets)(function, INTERNAL))
    assert settings.service_name == function.name
    assert settings.event_bus_url == f"{INTERNAL}/broker"
    assert settings.url_of("tasks") == f"{INTERNAL}/services/tasks"
    assert settings.secret_store_url.endswith("/my%20data%20%231/secrets.json")
    assert settings.threads == function.scale.concurrency
    assert settings.state_store_url == "postgresql:"
    password = secrets[f"database-password-{function.domain}"]
    assert f"//todo_{function.domain}:{password}@/todo?" in settings.database_url.get_secret_value()


@pytest.mark.parametrize("function", load_function_list().functions, ids=lambda function: function.name)
def test_with_dapr_state_and_secrets_come_from_it(function: Function, tmp_path: Path) -> None:
    """Whoever has any gets them from its sidecar; for the others nothing changes, as they have none."""
    secrets = open_secrets(tmp_path, DATABASE_DOMAINS)
    postgres = Postgres(tmp_path)
    plain = Environments(tmp_path, postgres, secrets)(function, INTERNAL)
    given = Environments(tmp_path, postgres, secrets, dapr=True)(function, INTERNAL)
    load_settings(given)
    if function.secrets or function.state:
        stores = {"SECRET_STORE_URL": "dapr://secretstore", "STATE_STORE_URL": "dapr://statestore"}
        assert given == {**plain, **stores}
    else:
        assert given == plain
