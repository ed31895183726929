"""The reaction, and the service that it asks."""

import threading
from collections.abc import Iterator

import pytest
from werkzeug.exceptions import NotFound
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.serving import make_server

from tests.functions import FunctionUnderTest, Load
from tests.integration.recurrence.stand_in import Tasks


@pytest.fixture
def tasks(function: Load) -> FunctionUnderTest:
    """The function tasks."""
    return function("tasks")


@pytest.fixture
def service(tasks: FunctionUnderTest) -> Iterator[Tasks]:
    """The service tasks, listening on loopback."""
    service = Tasks(tasks.client.application.wsgi_app)
    server = make_server("127.0.0.1", 0, DispatcherMiddleware(NotFound(), {"/services/tasks": service}), threaded=True)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    service.url = f"http://127.0.0.1:{server.server_port}/services/{{service}}"
    yield service
    server.shutdown()
    server.server_close()


@pytest.fixture
def reaction(function: Load, service: Tasks) -> FunctionUnderTest:
    """The reaction, which finds tasks there."""
    return function("create-next-occurrence", SERVICES_URL=service.url)
