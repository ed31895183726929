"""A PingSource: an event straight to its sink at the times of a cron schedule."""

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
from knative.local.delivery import Failure, Sleep, deliver
from knative.local.exchange import Answer, Call

LONGEST_SLEEP: Final = 10.0
"""Seconds after which the wall clock is looked at again: a laptop may have been asleep, or its clock set."""

COLD_START: Final = timedelta(seconds=5)
"""How long before its moment a sink that asked for rest must be told the time again."""


class PingSource:
    """Ticks at once, then on schedule. A tick that falls due while the sink holds the one before is left out.

    Knative ticks on for ever, and so keeps starting an idle system. A laptop should come to rest: a sink whose answer
    has a ``Retry-After`` has nothing to do until then. Ticks are left out as long as the one after is still in time
    for that, and no function was called in between, which ``activity``, a count that grows with every call, tells.

    Raises :class:`knative.function_list.FunctionListError` for a schedule that is none.
    """

    def __init__(
        self,
        clock: ClockEntry,
        *,
        call: Call,
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
        self._quiet_until: datetime | None = None
        self._activity_then = 0

    async def run(self) -> None:
        """Tick until cancelled."""
        await self._tick()
        while True:
            schedule = CronSim(self._clock.schedule, self._now().astimezone(UTC))
            await self._sleep_until(next(schedule))
            if not self._may_rest(next(schedule)):
                await self._tick()

    async def _sleep_until(self, moment: datetime) -> None:
        while (left := (moment - self._now()).total_seconds()) > 0:
            await self._sleep(min(left, LONGEST_SLEEP))

    def _may_rest(self, following: datetime) -> bool:
        if self._quiet_until is None or self._activity() != self._activity_then:
            return False
        return following + COLD_START <= self._quiet_until

    async def _tick(self) -> None:
        self._quiet_until, self._activity_then = None, self._activity()
        sink = self._clock.sink
        outcome = await deliver(
            self._event(),
            sink,
            call=self._call,
            delays=self._delays,
            sleep=self._sleep,
            on_retry=lambda failure, wait: self._console.retried(sink, PING_TYPE, failure.reason, wait),
        )
        if isinstance(outcome, Failure):
            self._console.missed(sink, PING_TYPE, outcome.reason)
        else:
            self._quiet_until = self._rest(outcome)

    def _rest(self, answer: Answer) -> datetime | None:
        seconds = answer.header("retry-after") or ""
        return self._now() + timedelta(seconds=int(seconds)) if seconds.isascii() and seconds.isdigit() else None

    def _event(self) -> Envelope:
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
