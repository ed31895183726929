"""The way from Dapr's pub/sub to the broker, for functions that publish through Dapr.

It keeps no inbox: a repeat goes on to the broker as a repeat, and whoever hears it there knows what it has handled. Nor
does it know what it carries: during an upgrade, a newer function's event passes an older bridge unchanged.
"""

import os
import time
from collections.abc import Mapping
from typing import Final

import functions_framework
from flask import Request, Response, current_app, has_app_context

from events.envelope import Envelope, MalformedEventError
from events.reader import read_document
from functions.chassis.http.function_app import prepare_app
from functions.chassis.http.problem import Problem, unavailable_problem
from functions.chassis.instance import current_instance
from functions.chassis.messaging.broker_bus import BrokerBus
from functions.chassis.messaging.event_bus import BusUnavailableError
from functions.chassis.messaging.publisher import THREADS, TRY_SECONDS
from functions.chassis.runtime.environment import SettingsError
from functions.chassis.telemetry import metrics
from functions.chassis.telemetry.event_spans import known_type, processing
from functions.delivery.posted import posted_document

BROKER: Final = "todo-broker"

_OURS: Final = {"source": "/todo/", "type": "todo."}
"""How the attributes of every event begin that a function of this system says, in any version."""


def broker_url(environ: Mapping[str, str]) -> str:
    """Return the broker's ingress: BROKER_URL, or what Knative injects as K_SINK, or an http EVENT_BUS_URL."""
    for name in ("BROKER_URL", "K_SINK", "EVENT_BUS_URL"):
        url = environ.get(name, "")
        if url.startswith(("http://", "https://")):
            return url
    raise SettingsError("cannot start: BROKER_URL is not set, and neither K_SINK nor EVENT_BUS_URL is http(s)://…")


def read_event(document: object) -> Envelope:
    """Return the event in what came in; raises :class:`MalformedEventError` for one that this system did not say."""
    event = read_document(document)
    for name, beginning in _OURS.items():
        if not str(event.attributes[name]).startswith(beginning):
            raise MalformedEventError(f"{name}: must begin with {beginning}, or it is no event of this system")
    return event


prepare_app("forward-pubsub")


@functions_framework.http
def forward_pubsub(request: Request) -> Response:
    """Put an event on the broker as it is, and accept it only when the broker has: until then Dapr tries again."""
    started = time.perf_counter()
    try:
        event = read_event(posted_document(request))
    except MalformedEventError as error:
        metrics.handled("unknown", "malformed", 0.0, 0.0)
        raise Problem(400, str(error)) from None
    came, tracer = request.headers.get("traceparent"), current_instance().tracer
    with processing(tracer, event.attributes, service="forward-pubsub", came=came, system="dapr"):
        try:
            current_app.extensions[BROKER].publish(event, timeout=TRY_SECONDS)
        except BusUnavailableError:
            raise unavailable_problem("the broker") from None
    metrics.handled(known_type(event.type), "forwarded", time.perf_counter() - started, 0.0)
    return Response(status=202)


if has_app_context():
    current_app.extensions[BROKER] = BrokerBus(broker_url(os.environ), connections=THREADS)
