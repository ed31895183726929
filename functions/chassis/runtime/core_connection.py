"""Runs statements of SQLAlchemy Core in a transaction of :mod:`functions.chassis.runtime.transaction`."""

from sqlalchemy import Connection, NullPool, create_engine

from functions.chassis.runtime.pipelined_connection import PipelinedConnection


def open_core_connection(connection: PipelinedConnection) -> Connection:
    """Return a SQLAlchemy connection on an open connection. It sends neither BEGIN nor COMMIT."""
    engine = create_engine(
        "postgresql+pg8000://",
        creator=lambda: connection.raw,
        poolclass=NullPool,
        isolation_level="AUTOCOMMIT",
        _initialize=False,
    )
    return engine.connect()
