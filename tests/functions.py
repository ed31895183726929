"""Fixtures that load a function as functions-framework does, with a real database and a manual clock."""

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from functions_framework import create_app
from sqlalchemy import text
from werkzeug.test import TestResponse

from events.data import EventData
from events.event import Event
from functions.chassis.instance import Instance
from functions.migrations import DATABASE_DOMAINS
from knative.function_list import load_function_list
from knative.local.local_secrets import load_local_secrets
from knative.user_token import make_user_token
from tests.broker import RecordingBroker
from tests.database import TestDatabase
from tests.event_encoding import decode_document, encode_binary
from tests.samples import NOON
from tests.services import serving

ROOT = Path(__file__).parent.parent


class ManualClock:
    """A clock that shows the same time until a test moves it."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        """Return the current time of the test."""
        return self.now

    def forward(self, **by: float) -> None:
        """Move the clock forward by the arguments of a ``timedelta``, such as ``minutes=5``."""
        self.now += timedelta(**by)


class FunctionUnderTest:
    """A loaded function: tests send it events and requests, and read its responses and events."""

    def __init__(
        self, client: FlaskClient, broker: RecordingBroker, database: TestDatabase, clock: ManualClock
    ) -> None:
        self.client = client
        self.broker = broker
        self.database = database
        self.clock = clock
        self.instance: Instance = client.application.extensions["todo-instance"]
        self.keys: dict[str, str] = {}

    @property
    def emitted(self) -> list[Event[EventData]]:
        """The events that the broker received from this function so far, without wake-ups of the relay."""
        self.instance.publisher.wait()
        return [event for event in self.broker.events if event.attributes.type != "todo.OutboxDue"]

    def emitted_types(self) -> list[str]:
        """Return the types of the published events without their prefix, such as ``TaskCreated``."""
        return [event.attributes.type.removeprefix("todo.") for event in self.emitted]

    @property
    def scheduled(self) -> list[Event[EventData]]:
        """The events in the outbox that are due in the future, the earliest first."""
        query = "SELECT event FROM delivery.outbox WHERE due_at > :now ORDER BY due_at, id"
        return [decode_document(row["event"]) for row in self.database.rows(query, now=self.clock.now)]

    def deliver(self, event: Event[EventData], **headers: str) -> TestResponse:
        """Post an event as a broker does; ``headers`` are those that the broker adds."""
        encoded, body = encode_binary(event)
        return self.client.post("/", data=body, headers={**encoded, **headers})

    def served(self) -> AbstractContextManager[str]:
        """Serve the function over HTTP; the context's value is its URL."""
        return serving(self.client.application)

    def token(self, user: str = "alice", *roles: str, lifetime: timedelta = timedelta(hours=1)) -> str:
        """Return a front-end token for a user with the role user and further ``roles``."""
        granted = ("user", *roles)
        return make_user_token(
            user, key=self.keys["frontend-key"], roles=granted, now=self.clock.now, lifetime=lifetime
        )

    def call(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        user: str = "alice",
        roles: tuple[str, ...] = (),
        **headers: str,
    ) -> TestResponse:
        """Call an operation as a user; ``headers`` are in Python's spelling, such as ``if_match``."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        sent.setdefault("Authorization", f"Bearer {self.token(user, *roles)}")
        return self.client.open(path, method=method, json=body, headers=sent)


Load = Callable[..., FunctionUnderTest]


@pytest.fixture
def clock() -> ManualClock:
    """A clock that shows noon until a test moves it."""
    return ManualClock()


@pytest.fixture
def broker() -> Iterator[RecordingBroker]:
    """A broker that accepts and records every event."""
    recording = RecordingBroker()
    yield recording
    recording.close()


@pytest.fixture
def function(
    database: TestDatabase,
    broker: RecordingBroker,
    clock: ManualClock,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> Iterator[Load]:
    """Load a function by its service's name; ``settings`` are further environment variables.

    If a test gives a ``source``, that file is loaded instead, with the settings and the database role of the named
    function. All tables are empty at the start of a test.
    """
    _empty(database)
    keys = load_local_secrets(tmp_path, DATABASE_DOMAINS)
    listed = {
        entry.name: entry for entry in load_function_list(ROOT / "knative" / "chart" / "functions.yaml").functions
    }
    loaded: list[FunctionUnderTest] = []

    def load_function(name: str, source: Path | None = None, **settings: str) -> FunctionUnderTest:
        entry = listed[name]
        file, target = (source, source.stem) if source else (ROOT / entry.source, entry.target)
        environment = {
            "SERVICE_NAME": name,
            "NODE_ENV": "development",
            "DATABASE_URL": database.url_of(entry.domain),
            "EVENT_BUS_URL": broker.url,
            "SERVICES_URL": "http://127.0.0.1:9/services/{service}",
            "SECRET_STORE_URL": (tmp_path / "secrets.json").as_uri(),
            "STATE_STORE_URL": "postgresql:",
            "THREADS": str(entry.scale.concurrency),
            **settings,
        }
        for variable, value in environment.items():
            monkeypatch.setenv(variable, value)
        monkeypatch.setattr("functions.chassis.instance.system_clock", clock)
        app = create_app(target, str(file), "http")  # type: ignore[no-untyped-call] # it has no type hints
        under_test = FunctionUnderTest(app.test_client(), broker, database, clock)
        under_test.keys = keys
        loaded.append(under_test)
        return under_test

    yield load_function
    for thread in threading.enumerate():
        if thread.name == "self-request":  # of the relay; it still holds a connection
            thread.join()
    for under_test in loaded:
        under_test.instance.publisher.drain()  # also stops its threads
        under_test.instance.tracer.close()
        under_test.instance.database.close()


def _empty(database: TestDatabase) -> None:
    tables = database.rows(
        "SELECT schemaname || '.' || tablename AS name FROM pg_tables"
        " WHERE schemaname NOT IN ('pg_catalog', 'information_schema', 'public')"
    )
    with database.as_admin() as connection, connection.begin():
        connection.execute(text("TRUNCATE " + ", ".join(row["name"] for row in tables) + " CASCADE"))
