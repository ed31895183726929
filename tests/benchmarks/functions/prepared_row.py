"""A function that writes one row in one transaction with a prepared statement, in one exchange with PostgreSQL."""

import uuid

import functions_framework
from flask import Request, Response

from tests.benchmarks.functions.bench_connection import statement_of_thread


@functions_framework.http
def prepared_row(request: Request) -> Response:
    """Store the request's body. PostgreSQL commits a statement outside of a transaction block by itself."""
    statement_of_thread().run(id=uuid.uuid4(), body=request.get_data(as_text=True))
    return Response(status=202)
