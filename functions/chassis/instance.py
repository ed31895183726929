"""The instance: everything that one process of a function opens at start, as its settings describe it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from flask import current_app, has_app_context

from events.event import Cause
from functions.chassis.adapters import open_event_bus, open_secret_store, open_state_store, open_tracer
from functions.chassis.messaging.event_bus import EventBus
from functions.chassis.messaging.event_sender import EventSender
from functions.chassis.messaging.publisher import PUBLISHER_THREADS, Publisher
from functions.chassis.messaging.row_sender import RowSender
from functions.chassis.messaging.unit_of_work import UnitOfWork
from functions.chassis.runtime.clock import Clock, system_clock
from functions.chassis.runtime.database import Database
from functions.chassis.runtime.secret_store import SecretStore
from functions.chassis.runtime.settings import Settings, load_export_settings, load_settings
from functions.chassis.runtime.state_store import StateStore
from functions.chassis.telemetry.logs import configure_logging
from functions.chassis.telemetry.tracing import Tracer

if TYPE_CHECKING:
    from functions.chassis.telemetry.export_settings import ExportSettings

_EXTENSION = "todo-instance"
"""The instance's key in the extensions of its Flask app."""


@dataclass
class Instance:
    """The dependencies of one process of one function. Tests replace only ``clock``."""

    settings: Settings
    clock: Clock
    database: Database
    bus: EventBus
    publisher: Publisher
    secrets: SecretStore
    state: StateStore
    tracer: Tracer

    @contextmanager
    def unit_of_work(self, cause: Cause | None = None) -> Iterator[UnitOfWork]:
        """Run one transaction, and publish its events after the commit.

        ``cause`` is the default cause of each event that the block emits; without it, each needs its own. Raises
        :class:`functions.chassis.runtime.database.DatabaseUnavailableError`.
        """
        with self.database.transaction() as transaction:
            work = UnitOfWork(
                transaction,
                service=self.settings.service_name,
                cause=cause,
                now=self.clock(),
                max_leased=self.publisher.free_slots,
            )
            yield work
            work.flush()
        self.publisher.publish(work.due_now, leased_at=work.now)
        if work.due_before_next_tick:
            self.publisher.wake_relay(work.due_before_next_tick)


def open_instance() -> Instance | None:
    """Open the instance of the app that is being loaded, once, and return it.

    Returns None without an app, for example if a test imports a function's module. Raises
    :class:`functions.chassis.runtime.environment.SettingsError` if the environment is not usable.
    """
    if not has_app_context():
        return None
    if _EXTENSION not in current_app.extensions:
        current_app.extensions[_EXTENSION] = _open(load_settings(os.environ), load_export_settings(os.environ))
    return current_instance()


def current_instance() -> Instance:
    """Return the instance of the app that handles the current request."""
    return cast("Instance", current_app.extensions[_EXTENSION])


def _open(settings: Settings, export: "ExportSettings | None") -> Instance:
    configure_logging(settings.service_name, settings.log_level)
    tracer = open_tracer(export, service=settings.service_name, environment=settings.node_env)
    clock = system_clock
    database = Database(settings.database_url.get_secret_value(), threads=settings.threads)
    bus = open_event_bus(settings.event_bus_url, connections=PUBLISHER_THREADS)
    return Instance(
        settings=settings,
        clock=clock,
        database=database,
        bus=bus,
        publisher=Publisher(
            RowSender(database, EventSender(bus, service=settings.service_name, tracer=tracer), clock=clock),
            service=settings.service_name,
            clock=clock,
        ),
        secrets=open_secret_store(settings.secret_store_url),
        state=open_state_store(settings.state_store_url, database, clock),
        tracer=tracer,
    )
