"""Opens connections to the database that holds a log."""

from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from .verification_errors import CannotVerifyError

OpenConnection = Callable[[], Any]
"""Opens a connection of pg8000, which has no types."""


def connect(**parameters: Any) -> Any:  # noqa: ANN401 - pg8000 has no types
    """Return a connection with pg8000's parameters; raises CannotVerifyError if none can be made."""
    try:
        from pg8000 import native  # noqa: PLC0415 - the verifier works without it for files and HTTP
    except ModuleNotFoundError:
        remedy = "run `python -m pip install pg8000`"
        raise CannotVerifyError(f"the package pg8000 is missing, which a database needs: {remedy}") from None
    try:
        return native.Connection(**parameters)
    except (native.Error, OSError) as error:
        raise CannotVerifyError(f"the database cannot be reached: {error}") from None


def parse_database_url(url: str) -> OpenConnection:
    """Return a function that connects to a URL such as ``postgresql://todo_audit:secret@127.0.0.1:5432/todo``.

    The query may have ``sslmode=require`` or ``verify-full`` for TLS, or ``unix_sock`` with the path of a socket.
    """
    parts = urlsplit(url)
    options = {name: values[0] for name, values in parse_qs(parts.query).items()}
    address = {"unix_sock": options["unix_sock"]} if "unix_sock" in options else {"port": parts.port or 5432}
    return partial(
        connect,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        host=parts.hostname or "localhost",
        database=parts.path.lstrip("/"),
        ssl_context=options.get("sslmode") in {"require", "verify-full"},
        **address,
    )
