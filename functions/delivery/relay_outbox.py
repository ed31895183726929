"""The function `relay-outbox`: publishes the outbox's due events at each clock tick, and when OutboxDue arrives."""

import os

from flask import Response, current_app, has_app_context

from events.data import EventData
from events.event import Event
from events.ticks import OutboxDue, PingTicked
from functions.chassis.http.problem import unavailable_problem
from functions.chassis.instance import Instance, current_instance
from functions.chassis.receiver import Accepted, receiver
from functions.chassis.runtime.database import DatabaseUnavailableError
from functions.chassis.telemetry.logs import get_logger
from functions.delivery.cleanup import delete_expired_rows
from functions.delivery.event_routes import load_subscriptions
from functions.delivery.relay_runner import HOLD_PATH, RelayRunner
from functions.delivery.stop_signal import is_stopping

RUNNER_EXTENSION = "todo-relay-runner"
"""The key of the instance's runner in the Flask app's extensions."""

log = get_logger(__name__)


@receiver(OutboxDue, PingTicked)
def relay_outbox(event: Event[EventData]) -> Accepted:
    """Publish the events that are due before the clock's next tick.

    A tick's request stays open during the run, because Knative does not wait for its response. ``Retry-After`` in the
    response is the number of seconds until the next event is due. The publisher of OutboxDue waits for the response,
    so that this request is answered at once, and the run takes place in a request of the instance to itself.
    """
    runner = _current_runner()
    if isinstance(event.data, OutboxDue):
        if is_stopping():
            raise unavailable_problem("this instance")
        runner.start()
        return Accepted()
    retry_after = runner.run()
    _clean_up(current_instance())
    return Accepted(retry_after=retry_after)


def _hold() -> Response:
    """Answer the request of the instance to itself after a run."""
    return Accepted(retry_after=_current_runner().run()).to_flask_response()


def _current_runner() -> RelayRunner:
    runner: RelayRunner = current_app.extensions[RUNNER_EXTENSION]
    return runner


def _clean_up(instance: Instance) -> None:
    try:
        deleted = delete_expired_rows(instance.database, now=instance.clock())
    except DatabaseUnavailableError:
        return  # the next tick deletes them
    if deleted:
        log.info("deleted %s expired rows", deleted)


if has_app_context():
    current_app.extensions[RUNNER_EXTENSION] = RelayRunner(
        current_instance(), subscriptions=load_subscriptions(os.environ), is_stopping=is_stopping
    )
    current_app.add_url_rule(HOLD_PATH, "hold", _hold, methods=["POST"])
