"""The function `forward-pubsub`: a bridge from Dapr's pub/sub to the Broker, for functions that publish through Dapr.

The bridge has no inbox: it forwards a duplicate, and the subscribers' inboxes recognize it. The bridge accepts types,
attributes and data of other releases, so that an older bridge forwards a newer function's events during an upgrade.
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
from functions.chassis.messaging.event_sender import TRY_SECONDS
from functions.chassis.messaging.publisher import PUBLISHER_THREADS
from functions.chassis.runtime.environment import SettingsError
from functions.chassis.telemetry import metrics
from functions.chassis.telemetry.event_spans import event_type_label, trace_handling
from functions.delivery.posted_document import read_posted_document

BROKER_EXTENSION: Final = "todo-broker"
"""The key of the Broker's client in the Flask app's extensions."""

_PREFIXES: Final = {"source": "/todo/", "type": "todo."}
"""The prefixes of the attributes of every event of this system, in every release."""


def find_broker_url(environ: Mapping[str, str]) -> str:
    """Return the URL of the Broker's ingress: the first of BROKER_URL, K_SINK and EVENT_BUS_URL that is http(s)://.

    Knative injects K_SINK. Raises :class:`SettingsError` if none of the three is an HTTP URL.
    """
    for name in ("BROKER_URL", "K_SINK", "EVENT_BUS_URL"):
        url = environ.get(name, "")
        if url.startswith(("http://", "https://")):
            return url
    raise SettingsError(
        "cannot start: BROKER_URL is not set; set BROKER_URL, K_SINK or EVENT_BUS_URL to the Broker's http(s):// URL"
    )


def read_own_event(document: object) -> Envelope:
    """Return the event in a document. Raises :class:`MalformedEventError` if it is not an event of this system."""
    event = read_document(document)
    for name, prefix in _PREFIXES.items():
        if not str(event.attributes[name]).startswith(prefix):
            raise MalformedEventError(f"{name}: must start with {prefix}; only events of this system are forwarded")
    return event


prepare_app("forward-pubsub")


@functions_framework.http
def forward_pubsub(request: Request) -> Response:
    """Publish a posted event to the Broker unchanged.

    The response is 202 after the Broker's 2xx, 400 for a request that is not an event of this system, and 503 if the
    Broker does not accept the event. Dapr delivers the event again unless the response is 2xx.
    """
    started = time.perf_counter()
    try:
        event = read_own_event(read_posted_document(request))
    except MalformedEventError as error:
        metrics.record_handled_event("unknown", "malformed", 0.0, 0.0)
        raise Problem(400, str(error)) from None
    traceparent, tracer = request.headers.get("traceparent"), current_instance().tracer
    with trace_handling(
        tracer, event.attributes, service="forward-pubsub", request_traceparent=traceparent, system="dapr"
    ):
        try:
            current_app.extensions[BROKER_EXTENSION].publish(event, timeout=TRY_SECONDS)
        except BusUnavailableError:
            raise unavailable_problem("the broker") from None
    metrics.record_handled_event(event_type_label(event.type), "forwarded", time.perf_counter() - started, 0.0)
    return Response(status=202)


if has_app_context():
    current_app.extensions[BROKER_EXTENSION] = BrokerBus(find_broker_url(os.environ), connections=PUBLISHER_THREADS)
