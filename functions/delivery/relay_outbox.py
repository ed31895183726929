"""The relay: publishes what falls due, woken by the clock's tick or by whoever left something for sooner."""

from datetime import timedelta
from typing import Final

from flask import Response, current_app, has_app_context

from events.data import EventData
from events.event import Event
from events.ticks import OutboxDue, PingTicked
from functions.chassis.adapters import open_event_bus
from functions.chassis.http.problem import unavailable_problem
from functions.chassis.instance import Instance, current_instance
from functions.chassis.messaging import outbox
from functions.chassis.messaging.publisher import Publisher
from functions.chassis.receiver import Accepted, receiver
from functions.chassis.runtime.database import DatabaseUnavailableError
from functions.chassis.telemetry.logs import get_logger
from functions.delivery.awake import Awake
from functions.delivery.lanes import LANES
from functions.delivery.relay import Relay
from functions.delivery.sweep import sweep
from functions.delivery.termination import is_stopping

HELD: Final = timedelta(seconds=55)
"""How long a request is held at most: below the function's time limit. A further one follows where there is more."""

HOLD: Final = "/hold"

log = get_logger(__name__)


class Watch:
    """An instance's relay, and how it is kept awake."""

    def __init__(self, instance: Instance) -> None:
        settings = instance.settings
        bus = open_event_bus(settings.event_bus_url, connections=LANES)
        # One of its own: it publishes many at once, where other functions' publishers send a few.
        publisher = Publisher(
            instance.database, bus, service=settings.service_name, clock=instance.clock, tracer=instance.tracer
        )
        self.instance = instance
        self.relay = Relay(instance.database, send=publisher.send, clock=instance.clock, stopping=is_stopping)
        self.awake = Awake(settings.url_of(settings.service_name) + HOLD, instead=self.hold)

    def hold(self) -> Accepted:
        """Publish each event at its moment, as long as one is due before the clock's next tick.

        The answer's Retry-After says in how many seconds the next one is due: until then, a clock that can see that
        no function ran need not tick. Knative does not read it.
        """
        moment = self.relay.run(self.instance.clock() + HELD)
        if moment is None:
            return Accepted()
        now = self.instance.clock()
        if moment > now + outbox.TICK:
            return Accepted(retry_after=int((moment - now).total_seconds()))
        if is_stopping():
            self.instance.publisher.wake_relay(moment)  # another instance takes over
        else:
            self.awake.ask()
        return Accepted()


def _watch() -> Watch:
    found: Watch = current_app.extensions[HOLD]
    return found


def _hold() -> Response:
    return _watch().hold().to_flask_response()


@receiver(OutboxDue, PingTicked)
def relay_outbox(event: Event[EventData]) -> Accepted:
    """Publish what falls due before the clock's next tick.

    Nobody waits for the answer to a tick, so it is held. The publisher of OutboxDue waits for its own: it is answered
    at once, and the instance stays awake by a request to itself.
    """
    watch = _watch()
    if isinstance(event.data, OutboxDue):
        if is_stopping():
            raise unavailable_problem("this instance")
        watch.relay.wake()
        watch.awake.ask()
        return Accepted()
    accepted = watch.hold()
    _sweep(watch.instance)
    return accepted


def _sweep(instance: Instance) -> None:
    try:
        with instance.database.transaction() as connection:
            swept = sweep(connection, now=instance.clock())
    except DatabaseUnavailableError:
        return  # what is old can wait
    if swept:
        log.info("forgot %s rows that nobody asks for any more", swept)


if has_app_context():
    current_app.extensions[HOLD] = Watch(current_instance())
    current_app.add_url_rule(HOLD, "hold", _hold, methods=["POST"])
