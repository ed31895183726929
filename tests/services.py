"""A service that other functions call, over real HTTP on loopback."""

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from werkzeug.exceptions import NotFound
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.serving import make_server

Application = Callable[..., Iterable[bytes]]
"""A WSGI application."""


@contextmanager
def listening(name: str, application: Application) -> Iterator[str]:
    """Serve an application as the service of a name, and give the ``SERVICES_URL`` by which it is found."""
    routes: dict[str, Any] = {f"/services/{name}": application}
    server = make_server("127.0.0.1", 0, DispatcherMiddleware(NotFound(), routes), threaded=True)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/services/{{service}}"
    server.shutdown()
    server.server_close()
