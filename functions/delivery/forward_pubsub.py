"""The way from Dapr's pub/sub to the broker, for functions that publish through Dapr.

It keeps no inbox: a repeat goes on to the broker as a repeat, and whoever hears it there knows what it has handled.
"""

import os
from collections.abc import Mapping
from typing import Final

from flask import Response, current_app, has_app_context

from events.data import EventData
from events.event import Event
from functions.chassis.bus import BrokerBus, BusUnavailableError
from functions.chassis.problem import unavailable
from functions.chassis.publisher import THREADS, TRY_SECONDS
from functions.chassis.reaction import accepted
from functions.chassis.receiver import receiver
from functions.chassis.settings import SettingsError

BROKER: Final = "todo-broker"


def broker_url(environ: Mapping[str, str]) -> str:
    """Return the broker's ingress: BROKER_URL, or what Knative injects as K_SINK, or an http EVENT_BUS_URL."""
    for name in ("BROKER_URL", "K_SINK", "EVENT_BUS_URL"):
        url = environ.get(name, "")
        if url.startswith(("http://", "https://")):
            return url
    raise SettingsError("cannot start: BROKER_URL is not set, and neither K_SINK nor EVENT_BUS_URL is http(s)://…")


@receiver()
def forward_pubsub(event: Event[EventData]) -> Response:
    """Put an event on the broker, and accept it only when the broker has: until then Dapr tries again."""
    try:
        current_app.extensions[BROKER].publish(event, timeout=TRY_SECONDS)
    except BusUnavailableError:
        raise unavailable("the broker") from None
    return accepted("forwarded")


if has_app_context():
    current_app.extensions[BROKER] = BrokerBus(broker_url(os.environ), connections=THREADS)
