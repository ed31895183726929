"""Send an event to a function on a cron schedule, as Knative's PingSource does."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import uuid4

from cronsim import CronSim, CronSimError

from events.envelope import Envelope
from events.ticks import PING_TYPE
from knative.function_list import ClockEntry, FunctionListError
from knative.local.console import Console
from knative.local.event_delivery import DeliveryFailure, Sleep, deliver_event, encode_delivery
from knative.local.function_call import CallFunction, FunctionResponse

LONGEST_SLEEP: Final = 10.0
"""Seconds after which the source reads the wall clock again, because a laptop may sleep and its clock may be set."""

PREPARATION: Final = timedelta(seconds=15)
"""How long before the end of its rest a sink needs a tick, so that it has time to start and to wake other functions."""


class PingSource:
    """Sends a tick at once, then one at each time of the schedule. It skips ticks while the sink handles one.

    Knative's PingSource never stops ticking, and so starts the functions of an idle system again and again. On a laptop
    an idle system rests: if the sink responds with ``Retry-After``, it needs no tick before that time. The source then
    skips every tick but the last one before that time. A call to any function ends the rest. ``activity`` returns a
    number that grows with every call.

    Raises :class:`knative.function_list.FunctionListError` for an invalid schedule.
    """

    def __init__(
        self,
        clock: ClockEntry,
        *,
        call: CallFunction,
        delays: list[float],
        activity: Callable[[], int],
        now: Callable[[], datetime],
        console: Console,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        try:
            CronSim(clock.schedule, now())
        except CronSimError as error:
            raise FunctionListError(f"clock {clock.name}: schedule: {error}") from None
        self._clock = clock
        self._call = call
        self._delays = delays
        self._activity = activity
        self._now = now
        self._console = console
        self._sleep = sleep
        self._rest_until: datetime | None = None
        self._activity_at_last_tick = 0

    async def run(self) -> None:
        """Send ticks until cancelled."""
        await self._tick()
        while True:
            schedule = CronSim(self._clock.schedule, self._now().astimezone(UTC))
            await self._sleep_until(next(schedule))
            if not self._can_skip(next_tick=next(schedule)):
                await self._tick()

    async def _sleep_until(self, moment: datetime) -> None:
        while (left := (moment - self._now()).total_seconds()) > 0:
            await self._sleep(min(left, LONGEST_SLEEP))

    def _can_skip(self, next_tick: datetime) -> bool:
        if self._rest_until is None or self._activity() != self._activity_at_last_tick:
            return False
        return next_tick + PREPARATION <= self._rest_until

    async def _tick(self) -> None:
        self._rest_until, self._activity_at_last_tick = None, self._activity()
        sink = self._clock.sink
        outcome = await deliver_event(
            encode_delivery(self._ping()),
            sink,
            call=self._call,
            delays=self._delays,
            sleep=self._sleep,
            on_retry=lambda failure, wait: self._console.show_retry(sink, PING_TYPE, failure.reason, wait),
        )
        if isinstance(outcome, DeliveryFailure):
            self._console.show_missed_tick(sink, PING_TYPE, outcome.reason)
        else:
            self._rest_until = self._end_of_rest(outcome)

    def _end_of_rest(self, response: FunctionResponse) -> datetime | None:
        seconds = response.header("retry-after") or ""
        return self._now() + timedelta(seconds=int(seconds)) if seconds.isascii() and seconds.isdigit() else None

    def _ping(self) -> Envelope:
        return Envelope(
            {
                "specversion": "1.0",
                "id": str(uuid4()),
                "source": f"/apis/v1/namespaces/local/pingsources/{self._clock.name}",
                "type": PING_TYPE,
                "time": self._now().astimezone(UTC).isoformat(),
                "datacontenttype": "application/json",
            },
            b"{}",
        )
