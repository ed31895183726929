"""Write the Dapr components and the Configuration that the sidecar of a function uses."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from knative.function_list import Function

COMPONENTS: Final = Path(__file__).resolve().parents[2] / "dapr-components" / "local"

SECRET_STORE: Final = "secretstore"  # noqa: S105 - the name of a component
STATE_STORE: Final = "statestore"
RESILIENCY: Final = "resiliency"
"""Each name is the name of a resource, and of its file in :data:`COMPONENTS`."""

_CONFIGURATION: Final = "configuration.yaml"


def has_sidecar(function: Function) -> bool:
    """Return whether a function needs Dapr. Functions without secrets and state start without a sidecar."""
    return function.state or bool(function.secrets)


def write_resources(folder: Path, function: Function) -> tuple[Path, Path]:
    """Replace the resources in a folder by those of a function. Return the folder, and the Configuration in it.

    A store that the function does not need is left out. Its sidecar then does not know the store at all.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    needed = [
        name for name, is_needed in ((SECRET_STORE, function.secrets), (STATE_STORE, function.state)) if is_needed
    ]
    for name in (*needed, RESILIENCY):
        shutil.copy(COMPONENTS / f"{name}.yaml", folder)
    configuration = folder / _CONFIGURATION
    configuration.write_text(yaml.safe_dump(_configuration(function), sort_keys=False), encoding="utf-8")
    return folder, configuration


def component_environment(function: Function, *, secrets: Path, state: str) -> Mapping[str, str]:
    """Return the environment variables that a function's components refer to.

    ``secrets`` is the file of secrets, ``state`` the connection string of the state store.
    """
    variables = {}
    if function.secrets:
        variables["SECRETS_FILE"] = str(secrets)
    if function.state:
        variables["STATE_STORE_CONNECTION"] = state
    return variables


def _configuration(function: Function) -> dict[str, Any]:
    scope = {"storeName": SECRET_STORE, "defaultAccess": "deny", "allowedSecrets": function.secrets}
    return {
        "apiVersion": "dapr.io/v1alpha1",
        "kind": "Configuration",
        "metadata": {"name": function.name},
        "spec": {"secrets": {"scopes": [scope]}},
    }
