"""The web application on the public port: it routes requests to functions by path or host."""

import time
from http import HTTPStatus

from aiohttp import web

from knative.function_list import FunctionList
from knative.local.console import Console
from knative.local.function_call import CallFunction
from knative.local.request_forwarding import (
    MAX_BODY,
    body_too_large_response,
    forward_request,
    problem_response,
    to_function_request,
)
from knative.local.request_routing import RoutingTable


def create_public_app(functions: FunctionList, *, call: CallFunction, console: Console) -> web.Application:
    """Return the application that forwards each request to its function through ``call``."""
    routes = RoutingTable(functions)

    async def handle(request: web.Request) -> web.StreamResponse:
        name = routes.find_function(request.host, request.path)
        if name is None:
            return _index(functions) if request.path == "/" else _unknown_path(request.path)
        began = time.perf_counter()
        try:
            forwarded = await to_function_request(request, request.rel_url.raw_path_qs)
            response = await forward_request(name, forwarded, call)
        except web.HTTPRequestEntityTooLarge:
            response = body_too_large_response()
        console.show_request(name, request.method, request.path, response.status, time.perf_counter() - began)
        return response

    app = web.Application(client_max_size=MAX_BODY)
    app.router.add_route("*", "/{path:.*}", handle)
    return app


def _index(functions: FunctionList) -> web.Response:
    return web.json_response(
        {"services": [{"name": function.name, "paths": function.paths} for function in functions.functions]}
    )


def _unknown_path(path: str) -> web.Response:
    first = path.split("/")[1]
    return problem_response(HTTPStatus.NOT_FOUND, f"no function serves /{first}; GET / lists the functions")
