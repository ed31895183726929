"""The Dapr resources of functions, and the folder that ``dapr run`` uses."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from knative.function_list import Function, load_function_list
from knative.local.dapr_resources import (
    COMPONENTS,
    RESILIENCY,
    SECRET_STORE,
    STATE_STORE,
    component_environment,
    has_sidecar,
    write_resources,
)

WITH_SIDECAR = [function for function in load_function_list().functions if has_sidecar(function)]
VARIABLES = {"SECRETS_FILE", "STATE_STORE_CONNECTION"}


def read_resource(path: Path) -> dict[str, Any]:
    """Return the resource in a file."""
    resource: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return resource


def variables_of(folder: Path) -> set[str]:
    """Return the environment variables that a folder's components refer to."""
    resources = [read_resource(path) for path in folder.glob("*.yaml")]
    entries = [entry for resource in resources for entry in resource["spec"].get("metadata", [])]
    return {entry["envRef"] for entry in entries if "envRef" in entry}


def test_only_functions_with_secrets_or_state_have_a_sidecar() -> None:
    """A reaction with neither runs without Dapr."""
    names = {function.name for function in WITH_SIDECAR}
    assert {"tasks", "audit", "create-next-occurrence"} <= names
    assert "notify-user" not in names


@pytest.mark.parametrize("function", WITH_SIDECAR, ids=lambda function: function.name)
def test_a_function_may_read_only_its_secrets(function: Function, tmp_path: Path) -> None:
    """The Configuration denies all secrets but those in functions.yaml."""
    _, file = write_resources(tmp_path / "resources", function)
    configuration = read_resource(file)
    assert (configuration["kind"], configuration["metadata"]["name"]) == ("Configuration", function.name)
    assert configuration["spec"]["secrets"]["scopes"] == [
        {"storeName": "secretstore", "defaultAccess": "deny", "allowedSecrets": function.secrets}
    ]


@pytest.mark.parametrize("function", WITH_SIDECAR, ids=lambda function: function.name)
def test_a_function_gets_the_stores_it_needs(function: Function, tmp_path: Path) -> None:
    """Other stores, and their variables, are left out."""
    folder, _ = write_resources(tmp_path / "resources", function)
    assert (folder / f"{SECRET_STORE}.yaml").exists() == bool(function.secrets)
    assert (folder / f"{STATE_STORE}.yaml").exists() == function.state
    assert (folder / f"{RESILIENCY}.yaml").exists()
    variables = component_environment(function, secrets=tmp_path / "secrets.json", state="host=somewhere")
    assert set(variables) == variables_of(folder)


def test_earlier_resources_are_deleted(tmp_path: Path) -> None:
    """A store that the function no longer needs is gone."""
    [tasks] = [function for function in WITH_SIDECAR if function.name == "tasks"]
    write_resources(tmp_path / "resources", tasks)
    folder, _ = write_resources(tmp_path / "resources", tasks.model_copy(update={"state": False}))
    assert not (folder / f"{STATE_STORE}.yaml").exists()


def test_the_local_folder_is_usable_by_dapr_run() -> None:
    """Each file has the name of its resource, and personal values come from environment variables."""
    files = sorted(COMPONENTS.glob("*.yaml"))
    assert [path.stem for path in files] == sorted([SECRET_STORE, STATE_STORE, RESILIENCY])
    for path in files:
        assert read_resource(path)["metadata"]["name"] == path.stem
    assert variables_of(COMPONENTS) == VARIABLES


def test_the_local_stores_have_the_names_and_the_prefix_of_a_cluster() -> None:
    """Functions use the same settings and share keys in the same way everywhere."""
    cluster = COMPONENTS.parent / "templates"
    for name in (SECRET_STORE, STATE_STORE, RESILIENCY):
        assert f"name: {name}\n" in (cluster / f"{name}.yaml").read_text(encoding="utf-8")
    prefix = "{name: keyPrefix, value: name}"
    for folder in (COMPONENTS, cluster):
        assert prefix in (folder / f"{STATE_STORE}.yaml").read_text(encoding="utf-8")
