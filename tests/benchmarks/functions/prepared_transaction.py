"""A function that writes one row with a prepared statement between BEGIN and COMMIT: three exchanges."""

import uuid

import functions_framework
from flask import Request, Response

from tests.benchmarks.functions.bench_connection import statement_of_thread


@functions_framework.http
def prepared_transaction(request: Request) -> Response:
    """Store the request's body."""
    statement = statement_of_thread()
    statement.con.run("BEGIN")
    statement.run(id=uuid.uuid4(), body=request.get_data(as_text=True))
    statement.con.run("COMMIT")
    return Response(status=202)
