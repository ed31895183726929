"""Serves WSGI applications over HTTP on loopback, for tests of clients and of calls between functions."""

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
def serving(application: Application) -> Iterator[str]:
    """Serve an application on loopback; the context's value is its URL."""
    server = make_server("127.0.0.1", 0, application, threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def listening(name: str, application: Application) -> Iterator[str]:
    """Serve an application as the service ``name``; the context's value is the ``SERVICES_URL`` that leads to it."""
    routes: dict[str, Any] = {f"/services/{name}": application}
    with serving(DispatcherMiddleware(NotFound(), routes)) as url:
        yield f"{url}/services/{{service}}"
