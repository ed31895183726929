"""Opens the adapters that the settings choose: event bus, secret store, state store and tracer.

The adapters for Dapr and OpenTelemetry are imported on use only: each import takes up to a third of a second.
"""

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from functions.chassis.messaging.broker_bus import BrokerBus
from functions.chassis.messaging.event_bus import EventBus
from functions.chassis.runtime.cached_secrets import CachedSecrets
from functions.chassis.runtime.clock import Clock
from functions.chassis.runtime.database import Database
from functions.chassis.runtime.file_secrets import read_file_secret
from functions.chassis.runtime.postgres_state import PostgresState
from functions.chassis.runtime.secret_store import SecretStore
from functions.chassis.runtime.state_store import StateStore
from functions.chassis.telemetry.tracing import NonRecordingTracer, Tracer

if TYPE_CHECKING:
    from functions.chassis.telemetry.export_settings import ExportSettings


def open_event_bus(url: str, *, connections: int) -> EventBus:
    """Return the event bus at ``http(s)://…`` (a Broker's ingress) or ``dapr://pubsub/topic``.

    ``connections`` is the number of connections to the ingress that stay open.
    """
    parts = urlsplit(url)
    if parts.scheme == "dapr":
        from functions.chassis.messaging.dapr_bus import DaprBus  # noqa: PLC0415 - imported on use only

        return DaprBus(parts.netloc, parts.path.lstrip("/"))
    return BrokerBus(url, connections=connections)


def open_secret_store(url: str) -> SecretStore:
    """Return the secret store at ``file:///…`` (a JSON object of strings, for development) or ``dapr://store``."""
    parts = urlsplit(url)
    if parts.scheme == "dapr":
        from functions.chassis.runtime.dapr_secrets import read_dapr_secret  # noqa: PLC0415 - imported on use only

        return CachedSecrets(lambda name: read_dapr_secret(parts.netloc, name))
    return CachedSecrets(lambda name: read_file_secret(Path(unquote(parts.path)), name))


def open_state_store(url: str, database: Database, clock: Clock) -> StateStore:
    """Return the state store at ``postgresql:`` (a table in the function's own database) or ``dapr://store``."""
    parts = urlsplit(url)
    if parts.scheme == "dapr":
        from functions.chassis.runtime.dapr_state import DaprState  # noqa: PLC0415 - imported on use only

        return DaprState(parts.netloc)
    return PostgresState(database, clock)


def open_tracer(settings: "ExportSettings | None", *, service: str, environment: str) -> Tracer:
    """Return a tracer that exports spans and metrics, or one that records no spans if ``settings`` is None."""
    if settings is None:
        return NonRecordingTracer()
    from functions.chassis.telemetry.otlp.tracer import OtlpTracer  # noqa: PLC0415 - imported on use only

    return OtlpTracer(settings, service=service, environment=environment)
