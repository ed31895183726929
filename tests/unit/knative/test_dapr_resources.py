"""What a function's sidecar is given, and what ``dapr run`` is."""

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


def read(path: Path) -> dict[str, Any]:
    """Return the one document in a file."""
    found: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return found


def variables_of(folder: Path) -> set[str]:
    """Return the environment variables that a folder's components take values from."""
    resources = [read(path) for path in folder.glob("*.yaml")]
    entries = [entry for one in resources for entry in one["spec"].get("metadata", [])]
    return {entry["envRef"] for entry in entries if "envRef" in entry}


def test_only_who_has_secrets_or_state_has_a_sidecar() -> None:
    """A reaction that has neither costs nothing more."""
    names = {function.name for function in WITH_SIDECAR}
    assert {"tasks", "audit", "create-next-occurrence"} <= names
    assert "notify-user" not in names


@pytest.mark.parametrize("function", WITH_SIDECAR, ids=lambda function: function.name)
def test_a_function_may_read_its_secrets_and_no_others(function: Function, tmp_path: Path) -> None:
    """The Configuration denies what the list of functions does not say."""
    _, configuration = write_resources(tmp_path / "resources", function)
    made = read(configuration)
    assert (made["kind"], made["metadata"]["name"]) == ("Configuration", function.name)
    assert made["spec"]["secrets"]["scopes"] == [
        {"storeName": "secretstore", "defaultAccess": "deny", "allowedSecrets": function.secrets}
    ]


@pytest.mark.parametrize("function", WITH_SIDECAR, ids=lambda function: function.name)
def test_a_function_has_the_stores_it_needs_and_their_values(function: Function, tmp_path: Path) -> None:
    """What it has not is not there, and neither are its values."""
    folder, _ = write_resources(tmp_path / "resources", function)
    assert (folder / f"{SECRET_STORE}.yaml").exists() == bool(function.secrets)
    assert (folder / f"{STATE_STORE}.yaml").exists() == function.state
    assert (folder / f"{RESILIENCY}.yaml").exists()
    given = component_environment(function, secrets=tmp_path / "secrets.json", state="host=somewhere")
    assert set(given) == variables_of(folder)


def test_resources_are_written_anew(tmp_path: Path) -> None:
    """What an earlier list of functions allowed is gone."""
    [tasks] = [function for function in WITH_SIDECAR if function.name == "tasks"]
    write_resources(tmp_path / "resources", tasks)
    folder, _ = write_resources(tmp_path / "resources", tasks.model_copy(update={"state": False}))
    assert not (folder / f"{STATE_STORE}.yaml").exists()


def test_the_local_folder_is_what_dapr_run_can_take() -> None:
    """Each file is named after what it holds, and takes from variables what is somebody's own."""
    files = sorted(COMPONENTS.glob("*.yaml"))
    assert [path.stem for path in files] == sorted([SECRET_STORE, STATE_STORE, RESILIENCY])
    for path in files:
        assert read(path)["metadata"]["name"] == path.stem
    assert variables_of(COMPONENTS) == VARIABLES


def test_the_local_stores_have_the_cluster_s_names_and_prefix() -> None:
    """A function's settings name the same stores everywhere, and functions share keys in the same way."""
    cluster = COMPONENTS.parent / "templates"
    for name in (SECRET_STORE, STATE_STORE, RESILIENCY):
        assert f"name: {name}\n" in (cluster / f"{name}.yaml").read_text(encoding="utf-8")
    prefix = "{name: keyPrefix, value: name}"
    for place in (COMPONENTS, cluster):
        assert prefix in (place / f"{STATE_STORE}.yaml").read_text(encoding="utf-8")
