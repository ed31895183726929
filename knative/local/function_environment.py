"""Compose the environment variables of a function: the same variables as in a cluster, with the values of a laptop."""

from collections.abc import Mapping
from pathlib import Path

from knative.function_list import Function
from knative.local.dapr_resources import SECRET_STORE, STATE_STORE, has_sidecar
from knative.local.local_secrets import SECRETS_FILE
from knative.local.postgres import Postgres


class FunctionEnvironment:
    """Composes environment variables from a data folder, its database and its secrets.

    With ``dapr``, functions that have secrets or state get these from their sidecar. ``subscriptions`` is the value of
    ``SUBSCRIPTIONS``, for functions that wake others.
    """

    def __init__(
        self,
        data: Path,
        postgres: Postgres,
        secrets: Mapping[str, str],
        *,
        dapr: bool = False,
        subscriptions: str = "[]",
    ) -> None:
        self._data = data
        self._postgres = postgres
        self._secrets = secrets
        self._dapr = dapr
        self._subscriptions = subscriptions

    def variables_of(self, function: Function, internal_url: str) -> dict[str, str]:
        """Return a function's variables. ``internal_url`` is the base URL of the platform's internal port."""
        has_dapr = self._dapr and has_sidecar(function)
        return {
            "SERVICE_NAME": function.name,
            "NODE_ENV": "development",
            "DATABASE_URL": self._database_url(function.domain),
            "EVENT_BUS_URL": f"{internal_url}/broker/{function.name}",
            "SERVICES_URL": f"{internal_url}/services/{{service}}",
            "SECRET_STORE_URL": f"dapr://{SECRET_STORE}" if has_dapr else (self._data / SECRETS_FILE).as_uri(),
            "STATE_STORE_URL": f"dapr://{STATE_STORE}" if has_dapr else "postgresql:",
            "THREADS": str(function.scale.concurrency),
            "FUNCTION_SOURCE": function.source,
            "FUNCTION_TARGET": function.target,
            **({"SUBSCRIPTIONS": self._subscriptions} if function.wakes else {}),
        }

    def _database_url(self, domain: str) -> str:
        return self._postgres.url_of(f"todo_{domain}", self._secrets[f"database-password-{domain}"])
