"""The public port: every service's paths, on one address."""

import time
from http import HTTPStatus

from aiohttp import web

from knative.function_list import FunctionList
from knative.local.console import Console
from knative.local.exchange import Call
from knative.local.proxy import MAX_BODY, forward, problem, read_request, too_large
from knative.local.routes import Routes


def front_door(functions: FunctionList, *, call: Call, console: Console) -> web.Application:
    """Return the application that routes requests to functions by path or host."""
    routes = Routes(functions)

    async def handle(request: web.Request) -> web.StreamResponse:
        name = routes.function_for(request.host, request.path)
        if name is None:
            return _index(functions) if request.path == "/" else _unknown(request.path)
        began = time.perf_counter()
        try:
            answer = await forward(name, await read_request(request, request.rel_url.raw_path_qs), call)
        except web.HTTPRequestEntityTooLarge:
            answer = too_large()
        console.answered(name, request.method, request.path, answer.status, time.perf_counter() - began)
        return answer

    door = web.Application(client_max_size=MAX_BODY)
    door.router.add_route("*", "/{path:.*}", handle)
    return door


def _index(functions: FunctionList) -> web.Response:
    """Answer ``/`` with what there is, for somebody who looks around."""
    return web.json_response(
        {"services": [{"name": function.name, "paths": function.paths} for function in functions.functions]}
    )


def _unknown(path: str) -> web.Response:
    first = path.split("/")[1]
    return problem(HTTPStatus.NOT_FOUND, f"no function answers /{first}; GET / lists those that there are")
