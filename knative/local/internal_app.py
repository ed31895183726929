"""The web application on the internal port, for functions only: the Broker's ingress and the other functions."""

import time
from contextlib import nullcontext
from http import HTTPStatus

from aiohttp import web

from events.envelope import MalformedEventError
from knative.local.console import Console
from knative.local.function_registry import FunctionRegistry
from knative.local.local_broker import LocalBroker
from knative.local.request_forwarding import (
    MAX_BODY,
    body_too_large_response,
    forward_request,
    problem_response,
    to_function_request,
)


def create_internal_app(functions: FunctionRegistry, broker: LocalBroker, *, console: Console) -> web.Application:
    """Return the application that serves ``EVENT_BUS_URL`` and ``SERVICES_URL``."""

    async def publish(request: web.Request) -> web.StreamResponse:
        """Respond 202 when every subscriber, or the dead-letter sink, has accepted the event.

        The path ends with the name of the publisher. An instance with events left to publish is not idle.
        """
        publisher = functions.by_name.get(request.match_info.get("publisher", ""))
        try:
            with publisher.prevent_idle_stop() if publisher else nullcontext():
                accepted = await broker.publish(request.headers, await request.read())
        except web.HTTPRequestEntityTooLarge:
            return body_too_large_response()
        except MalformedEventError as error:
            return problem_response(HTTPStatus.BAD_REQUEST, str(error))
        if not accepted:
            return problem_response(HTTPStatus.SERVICE_UNAVAILABLE, "the event could not be delivered", retry_after=1)
        return web.Response(status=HTTPStatus.ACCEPTED)

    async def call(request: web.Request) -> web.StreamResponse:
        name, path = request.match_info["name"], "/" + request.match_info.get("path", "")
        if name not in functions.by_name:
            return problem_response(HTTPStatus.NOT_FOUND, f"there is no function {name}")
        began = time.perf_counter()
        target = request.rel_url.raw_path_qs.removeprefix(f"/services/{name}") or "/"
        try:
            response = await forward_request(name, await to_function_request(request, target), functions.call)
        except web.HTTPRequestEntityTooLarge:
            response = body_too_large_response()
        console.show_request(name, request.method, path, response.status, time.perf_counter() - began)
        return response

    async def list_instances(_request: web.Request) -> web.StreamResponse:
        """Return the process ids of each function that has an instance, by function."""
        running = {name: service.instance.pids for name, service in functions.by_name.items() if service.instance}
        return web.json_response(running)

    app = web.Application(client_max_size=MAX_BODY)
    app.router.add_post("/broker", publish)
    app.router.add_post("/broker/{publisher}", publish)
    app.router.add_route("*", "/services/{name}", call)
    app.router.add_route("*", "/services/{name}/{path:.*}", call)
    app.router.add_get("/instances", list_instances)
    return app
