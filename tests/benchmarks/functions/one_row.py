"""A function that writes one row in one transaction on pg8000, as its DB-API is used: statement and commit."""

import uuid

import functions_framework
from flask import Request, Response

from tests.benchmarks.functions.bench_connection import connection_of_thread


@functions_framework.http
def one_row(request: Request) -> Response:
    """Store the request's body."""
    connection = connection_of_thread()
    cursor = connection.cursor()
    cursor.execute("INSERT INTO bench.rows VALUES (%s, %s)", (uuid.uuid4(), request.get_data(as_text=True)))
    connection.commit()
    return Response(status=202)
