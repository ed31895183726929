"""What an instance is told through its environment."""

import pytest

from functions.chassis.runtime.environment import SettingsError
from functions.chassis.runtime.settings import load_settings

GOOD = {
    "SERVICE_NAME": "schedule-reminders",
    "NODE_ENV": "development",
    "DATABASE_URL": "postgresql+pg8000://todo_reminders:secret@/todo?unix_sock=/tmp/x/.s.PGSQL.5432",
    "EVENT_BUS_URL": "http://127.0.0.1:8090/broker",
    "SERVICES_URL": "http://127.0.0.1:8090/services/{service}",
    "SECRET_STORE_URL": "file:///tmp/secrets.json",
    "STATE_STORE_URL": "postgresql:",
    "THREADS": "8",
}


def test_good_settings_are_read() -> None:
    """Each variable arrives in its field; what is not set has its default."""
    settings = load_settings(GOOD)
    assert (settings.service_name, settings.threads, settings.log_level) == ("schedule-reminders", 8, "INFO")
    assert settings.url_of("tasks") == "http://127.0.0.1:8090/services/tasks"
    assert "secret@" not in repr(settings)


def test_knative_may_say_where_the_broker_is() -> None:
    """K_SINK stands in for EVENT_BUS_URL, which has precedence."""
    sunk = {**GOOD, "K_SINK": "http://broker.example"}
    assert load_settings(sunk).event_bus_url == GOOD["EVENT_BUS_URL"]
    sunk.pop("EVENT_BUS_URL")
    assert load_settings(sunk).event_bus_url == "http://broker.example"


@pytest.mark.parametrize("name", sorted(GOOD))
def test_what_is_missing_is_named_in_one_line(name: str) -> None:
    """A variable that is not set stops the function with one line that names it."""
    with pytest.raises(SettingsError, match=rf"^cannot start: {name} is not set$"):
        load_settings({other: value for other, value in GOOD.items() if other != name})


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("SERVICE_NAME", "Not A Name", "SERVICE_NAME"),
        ("NODE_ENV", "test", "NODE_ENV.*development"),
        ("DATABASE_URL", "mysql://localhost/todo", "DATABASE_URL must be like postgresql"),
        ("DATABASE_URL", "postgresql+pg8000://me:hush@db/todo?sslmode=prefer", "DATABASE_URL: sslmode must be one of"),
        ("EVENT_BUS_URL", "kafka:9092", "EVENT_BUS_URL"),
        ("SERVICES_URL", "http://example", "SERVICES_URL"),
        ("SECRET_STORE_URL", "vault", "SECRET_STORE_URL"),
        ("STATE_STORE_URL", "redis://x", "STATE_STORE_URL"),
        ("THREADS", "0", "THREADS.*greater than or equal to 1"),
        ("THREADS", "many", "THREADS.*integer"),
        ("LOG_LEVEL", "LOUD", "LOG_LEVEL"),
        ("NODE_ENV", "production", "SECRET_STORE_URL may be a file only where NODE_ENV is development"),
    ],
)
def test_what_is_wrong_is_named_in_one_line(name: str, value: str, message: str) -> None:
    """A variable that cannot be used stops the function with one line that says what it must be."""
    with pytest.raises(SettingsError, match=message) as stopped:
        load_settings({**GOOD, name: value})
    assert "\n" not in str(stopped.value)


def test_the_password_is_never_shown() -> None:
    """A wrong DATABASE_URL is explained without its value."""
    with pytest.raises(SettingsError) as stopped:
        load_settings({**GOOD, "DATABASE_URL": "mysql://me:hunter2@db/todo"})
    assert "hunter2" not in str(stopped.value)
