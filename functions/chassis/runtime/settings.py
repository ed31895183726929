"""The settings of a function's instance: environment variables, validated before the first request."""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    StringConstraints,
    model_validator,
)

from functions.chassis.runtime.environment import read_environment
from functions.postgresql import check_sslmode

if TYPE_CHECKING:
    from functions.chassis.telemetry.export_settings import ExportSettings

_NAME = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_DATABASE = re.compile(r"postgresql(\+pg8000)?://[^/]*/[^/?]+(\?.*)?")
_BUS = rf"^(https?://[^/\s]+\S*|dapr://{_NAME}/[-.\w]+)$"


class Settings(BaseModel):
    """The settings of one function's instance. Each field is the environment variable of that name in capitals."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    service_name: Annotated[str, StringConstraints(pattern=rf"^{_NAME}$", max_length=63)]
    node_env: Literal["development", "staging", "production"]
    database_url: SecretStr
    event_bus_url: Annotated[str, StringConstraints(pattern=_BUS)]
    services_url: Annotated[str, StringConstraints(pattern=r"^https?://[^\s]*\{service\}[^\s]*$")]
    secret_store_url: Annotated[str, StringConstraints(pattern=rf"^(file:///.+|dapr://{_NAME})$")]
    state_store_url: Annotated[str, StringConstraints(pattern=rf"^(postgresql:|dapr://{_NAME})$")]
    threads: Annotated[int, Field(ge=1, le=64)]
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    @model_validator(mode="after")
    def _check_urls(self) -> Self:
        if not _DATABASE.fullmatch(self.database_url.get_secret_value()):
            raise ValueError("DATABASE_URL must be like postgresql+pg8000://role:password@host:5432/database")
        try:
            check_sslmode(self.database_url.get_secret_value())
        except ValueError as error:
            raise ValueError(f"DATABASE_URL: {error}") from None
        if self.secret_store_url.startswith("file:") and self.node_env != "development":
            raise ValueError("SECRET_STORE_URL may be a file only where NODE_ENV is development")
        return self

    def url_of(self, service: str) -> str:
        """Return the base URL of another function's HTTP service."""
        return self.services_url.format(service=service)


def load_settings(environ: Mapping[str, str]) -> Settings:
    """Return the settings in an environment. ``K_SINK`` is the default of ``EVENT_BUS_URL``.

    Raises :class:`functions.chassis.runtime.environment.SettingsError`.
    """
    sink = environ.get("K_SINK")
    return read_environment(Settings, environ, **({"event_bus_url": sink} if sink else {}))


def load_export_settings(environ: Mapping[str, str]) -> "ExportSettings | None":
    """Return the telemetry settings in an environment, or None if no endpoint is set or the SDK is disabled.

    Raises :class:`functions.chassis.runtime.environment.SettingsError`.
    """
    if not environ.get("OTEL_EXPORTER_OTLP_ENDPOINT") or environ.get("OTEL_SDK_DISABLED", "").lower() == "true":
        return None
    from functions.chassis.telemetry.export_settings import ExportSettings  # noqa: PLC0415 - imported on use only

    return read_environment(ExportSettings, environ)
