"""Functions over real HTTP on loopback, by themselves or as services that others call."""

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
    """Serve an application on loopback, at the URL that is yielded."""
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
    """Serve an application as the service of a name, and give the ``SERVICES_URL`` by which it is found."""
    routes: dict[str, Any] = {f"/services/{name}": application}
    with serving(DispatcherMiddleware(NotFound(), routes)) as url:
        yield f"{url}/services/{{service}}"
