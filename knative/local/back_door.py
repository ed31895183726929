"""The internal port, for functions only: the broker's ingress, other functions, and a look at what runs."""

import time
from http import HTTPStatus

from aiohttp import web

from events.envelope import MalformedEventError
from knative.local.broker import Broker
from knative.local.console import Console
from knative.local.proxy import MAX_BODY, forward, problem, read_request, too_large
from knative.local.services import Services


def back_door(services: Services, broker: Broker, *, console: Console) -> web.Application:
    """Return the application behind EVENT_BUS_URL and SERVICES_URL."""

    async def publish(request: web.Request) -> web.StreamResponse:
        """Answer 202 once every function that hears the event has it, or the dead-letter sink does."""
        try:
            taken = await broker.publish(request.headers, await request.read())
        except web.HTTPRequestEntityTooLarge:
            return too_large()
        except MalformedEventError as error:
            return problem(HTTPStatus.BAD_REQUEST, str(error))
        if not taken:
            return problem(HTTPStatus.SERVICE_UNAVAILABLE, "the event could not be delivered", retry_after=1)
        return web.Response(status=HTTPStatus.ACCEPTED)

    async def call(request: web.Request) -> web.StreamResponse:
        name, path = request.match_info["name"], "/" + request.match_info.get("path", "")
        if name not in services.by_name:
            return problem(HTTPStatus.NOT_FOUND, f"there is no function {name}")
        began = time.perf_counter()
        target = request.rel_url.raw_path_qs.removeprefix(f"/services/{name}")
        try:
            answer = await forward(name, await read_request(request, target or "/"), services.call)
        except web.HTTPRequestEntityTooLarge:
            answer = too_large()
        console.answered(name, request.method, path, answer.status, time.perf_counter() - began)
        return answer

    async def instances(_request: web.Request) -> web.StreamResponse:
        """List the processes of each function that has any."""
        running = {name: service.instance.pids for name, service in services.by_name.items() if service.instance}
        return web.json_response(running)

    door = web.Application(client_max_size=MAX_BODY)
    door.router.add_post("/broker", publish)
    door.router.add_route("*", "/services/{name}", call)
    door.router.add_route("*", "/services/{name}/{path:.*}", call)
    door.router.add_get("/instances", instances)
    return door
