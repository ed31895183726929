"""The environment of each function on a laptop: the same variables as in a cluster, other values."""

from collections.abc import Mapping
from pathlib import Path

from knative.function_list import Function
from knative.local.dapr_resources import SECRET_STORE, STATE_STORE, has_sidecar
from knative.local.postgres import Postgres
from knative.local.secrets import FILE as SECRETS_FILE


class Environments:
    """Makes the environment variables of a function from what the data folder holds.

    With ``dapr``, a function that has secrets or state gets them from its sidecar.
    """

    def __init__(self, data: Path, postgres: Postgres, secrets: Mapping[str, str], *, dapr: bool = False) -> None:
        self._data = data
        self._postgres = postgres
        self._secrets = secrets
        self._dapr = dapr

    def __call__(self, function: Function, internal_url: str) -> dict[str, str]:
        """Return the variables that are a function's own; ``internal_url`` is the platform's, for functions only."""
        sidecar = self._dapr and has_sidecar(function)
        return {
            "SERVICE_NAME": function.name,
            "NODE_ENV": "development",
            "DATABASE_URL": self._database_url(function.domain),
            "EVENT_BUS_URL": f"{internal_url}/broker",
            "SERVICES_URL": f"{internal_url}/services/{{service}}",
            "SECRET_STORE_URL": f"dapr://{SECRET_STORE}" if sidecar else (self._data / SECRETS_FILE).as_uri(),
            "STATE_STORE_URL": f"dapr://{STATE_STORE}" if sidecar else "postgresql:",
            "THREADS": str(function.scale.concurrency),
            "FUNCTION_SOURCE": function.source,
            "FUNCTION_TARGET": function.target,
        }

    def _database_url(self, domain: str) -> str:
        return self._postgres.url_of(f"todo_{domain}", self._secrets[f"database-password-{domain}"])
