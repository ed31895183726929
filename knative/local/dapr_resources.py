"""What a function's sidecar is given: the components it may use, and the secrets it may read of them."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from knative.function_list import Function

COMPONENTS: Final = Path(__file__).resolve().parents[2] / "dapr-components" / "local"

SECRET_STORE: Final = "secretstore"  # noqa: S105 - a name
STATE_STORE: Final = "statestore"
RESILIENCY: Final = "resiliency"
"""Each is a file there, and the name of what is in it."""

_CONFIGURATION: Final = "configuration.yaml"


def has_sidecar(function: Function) -> bool:
    """Tell whether a function needs Dapr at all: the others start without waiting for it, and cost nothing more."""
    return function.state or bool(function.secrets)


def write_resources(folder: Path, function: Function) -> tuple[Path, Path]:
    """Write a function's resources anew, and return their folder and its Configuration.

    What the function has not is not there, so that its sidecar need not even say no.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    stores = [name for name, has in ((SECRET_STORE, function.secrets), (STATE_STORE, function.state)) if has]
    for name in (*stores, RESILIENCY):
        shutil.copy(COMPONENTS / f"{name}.yaml", folder)
    configuration = folder / _CONFIGURATION
    configuration.write_text(yaml.safe_dump(_configuration(function), sort_keys=False), encoding="utf-8")
    return folder, configuration


def component_environment(function: Function, *, secrets: Path, state: str) -> Mapping[str, str]:
    """Return the variables that the components take their values from, of those that a function has."""
    values = {}
    if function.secrets:
        values["SECRETS_FILE"] = str(secrets)
    if function.state:
        values["STATE_STORE_CONNECTION"] = state
    return values


def _configuration(function: Function) -> dict[str, Any]:
    scope = {"storeName": SECRET_STORE, "defaultAccess": "deny", "allowedSecrets": function.secrets}
    return {
        "apiVersion": "dapr.io/v1alpha1",
        "kind": "Configuration",
        "metadata": {"name": function.name},
        "spec": {"secrets": {"scopes": [scope]}},
    }
