"""SQLAlchemy engines for migrations and administration. Functions use :mod:`functions.chassis.runtime.database`."""

from typing import Any

from sqlalchemy import create_engine
from sqlalchemy.engine import Engine

from functions.postgresql import STATEMENT_SECONDS, connect_postgresql


def create_postgresql_engine(
    url: str,
    *,
    statement_seconds: float | None = STATEMENT_SECONDS,
    **options: Any,  # noqa: ANN401 - SQLAlchemy types them
) -> Engine:
    """Return an engine for a URL as in :func:`functions.postgresql.connect_postgresql`.

    ``options`` are those of SQLAlchemy's ``create_engine``.
    """
    return create_engine(
        "postgresql+pg8000://",
        creator=lambda: connect_postgresql(url, statement_seconds=statement_seconds),
        **options,
    )
