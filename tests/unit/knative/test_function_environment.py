"""The environment variables of a function on a laptop."""

from pathlib import Path

import pytest

from functions.chassis.runtime.settings import load_settings
from functions.migrations import DATABASE_DOMAINS
from knative.function_list import Function, load_function_list
from knative.local.function_environment import FunctionEnvironment
from knative.local.local_secrets import load_local_secrets
from knative.local.postgres import Postgres

INTERNAL = "http://127.0.0.1:41234"


@pytest.mark.parametrize("function", load_function_list().functions, ids=lambda function: function.name)
def test_the_variables_are_valid_settings(function: Function, tmp_path: Path) -> None:
    """Every function can load its settings, even if the name of the data folder needs quotes."""
    data = tmp_path / "my data #1"
    data.mkdir()
    secrets = load_local_secrets(data, DATABASE_DOMAINS)
    variables = FunctionEnvironment(data, Postgres(data), secrets).variables_of(function, INTERNAL)
    settings = load_settings(variables)
    assert settings.service_name == function.name
    assert settings.event_bus_url == f"{INTERNAL}/broker/{function.name}"
    assert settings.url_of("tasks") == f"{INTERNAL}/services/tasks"
    assert settings.secret_store_url.endswith("/my%20data%20%231/secrets.json")
    assert settings.threads == function.scale.concurrency
    assert settings.state_store_url == "postgresql:"
    password = secrets[f"database-password-{function.domain}"]
    assert f"//todo_{function.domain}:{password}@/todo?" in settings.database_url.get_secret_value()


def test_only_the_relay_has_the_subscriptions(tmp_path: Path) -> None:
    """It wakes the functions that handle due events."""
    secrets = load_local_secrets(tmp_path, DATABASE_DOMAINS)
    environment = FunctionEnvironment(tmp_path, Postgres(tmp_path), secrets, subscriptions="[1]")
    found = {
        function.name: environment.variables_of(function, INTERNAL).get("SUBSCRIPTIONS")
        for function in load_function_list().functions
    }
    assert {name: value for name, value in found.items() if value} == {"relay-outbox": "[1]"}


@pytest.mark.parametrize("function", load_function_list().functions, ids=lambda function: function.name)
def test_dapr_provides_state_and_secrets(function: Function, tmp_path: Path) -> None:
    """The variables of functions without state and secrets stay the same."""
    secrets = load_local_secrets(tmp_path, DATABASE_DOMAINS)
    postgres = Postgres(tmp_path)
    without_dapr = FunctionEnvironment(tmp_path, postgres, secrets).variables_of(function, INTERNAL)
    with_dapr = FunctionEnvironment(tmp_path, postgres, secrets, dapr=True).variables_of(function, INTERNAL)
    load_settings(with_dapr)
    if function.secrets or function.state:
        stores = {"SECRET_STORE_URL": "dapr://secretstore", "STATE_STORE_URL": "dapr://statestore"}
        assert with_dapr == {**without_dapr, **stores}
    else:
        assert with_dapr == without_dapr
