"""Reads secrets from a Dapr secret store component."""

from functions.chassis.runtime import dapr_sidecar
from functions.chassis.runtime.secret_store import SecretUnavailableError


def read_dapr_secret(store: str, name: str) -> str:
    """Return a secret of the component ``store``; raises :class:`SecretUnavailableError`."""
    try:
        return dapr_sidecar.get_secret(store, name)
    except dapr_sidecar.DaprUnavailableError as error:
        raise SecretUnavailableError(name) from error
