"""A bare function that also writes one row on pg8000, without any other library."""

import functions_framework
from flask import Request

from tests.benchmarks.functions.bench_connection import connection_of_thread


@functions_framework.http
def hello_row(request: Request) -> str:  # noqa: ARG001 - the framework passes it
    """Store a row and return a greeting."""
    connection = connection_of_thread()
    connection.cursor().execute("INSERT INTO bench.rows VALUES (gen_random_uuid(), %s)", ("hello",))
    connection.commit()
    return "hello"
