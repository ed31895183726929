"""A ping source with a simulated clock."""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest

from functions.chassis.messaging.outbox import MAX_TICK_INTERVAL
from knative.function_list import ClockEntry, FunctionListError
from knative.local.console import Console
from knative.local.function_call import FunctionRequest, FunctionResponse, NoResponseError
from knative.local.ping_source import PREPARATION, PingSource
from tests.unit.knative.scripted_functions import ACCEPTED

START = datetime(2026, 3, 1, 12, 0, 30, tzinfo=UTC)


class SimulatedLaptop:
    """A laptop whose time passes only while the source sleeps and while the sink handles a tick.

    A number in ``responses`` is the duration in seconds after which the sink accepts the tick. A text is the reason why
    the sink does not respond. The last response is repeated.
    """

    def __init__(
        self, schedule: str = "* * * * *", responses: list[FunctionResponse | float | str] | None = None
    ) -> None:
        self.now = START
        self.ticks: list[datetime] = []
        self.requests: list[FunctionRequest] = []
        self.activity = 0
        self.active_at: set[datetime] = set()
        self._responses = responses or [ACCEPTED]
        self._clock = ClockEntry(name="tick", schedule=schedule, sink="sink")

    def run(self, minutes: float) -> list[str]:
        """Run the source for this long, and return the times of its ticks."""
        self._until = START + timedelta(minutes=minutes)
        source = PingSource(
            self._clock,
            call=self._call,
            delays=[0.5, 1.0],
            activity=lambda: self.activity,
            now=lambda: self.now,
            console=Console(StringIO()),
            sleep=self._sleep,
        )

        async def run() -> None:
            with suppress(asyncio.CancelledError):
                await source.run()

        asyncio.run(run())
        return [f"{tick:%H:%M:%S}" for tick in self.ticks]

    async def _sleep(self, seconds: float) -> None:
        self._advance(seconds)

    def _advance(self, seconds: float) -> None:
        before, self.now = self.now, self.now + timedelta(seconds=seconds)
        self.activity += sum(before < moment <= self.now for moment in self.active_at)
        if self.now > self._until:
            raise asyncio.CancelledError

    async def _call(self, name: str, request: FunctionRequest) -> FunctionResponse:
        assert name == "sink"
        self.ticks.append(self.now)
        self.requests.append(request)
        response = self._responses.pop(0) if len(self._responses) > 1 else self._responses[0]
        if isinstance(response, str):
            raise NoResponseError(response)
        if isinstance(response, float):
            self._advance(response)
            return ACCEPTED
        return response


def test_the_first_tick_is_sent_at_once() -> None:
    """Work may be left from the last run. Later ticks follow the schedule."""
    assert SimulatedLaptop().run(3) == ["12:00:30", "12:01:00", "12:02:00", "12:03:00"]


def test_a_schedule_is_in_utc_and_may_have_seconds() -> None:
    """With six fields the first one is seconds, as in a PingSource."""
    assert SimulatedLaptop("*/20 * * * * *").run(1) == ["12:00:30", "12:00:40", "12:01:00", "12:01:20"]
    assert SimulatedLaptop("0 13 * * *").run(120) == ["12:00:30", "13:00:00"]


def test_a_tick_has_the_attributes_of_knatives() -> None:
    """Type and source are those of a PingSource, and every tick has its own id."""
    laptop = SimulatedLaptop()
    laptop.run(1)
    first, second = (dict(request.headers) for request in laptop.requests)
    assert first["ce-type"] == "dev.knative.sources.ping"
    assert first["ce-source"] == "/apis/v1/namespaces/local/pingsources/tick"
    assert first["ce-time"] == "2026-03-01T12:00:30+00:00"
    assert first["ce-id"] != second["ce-id"]


def test_ticks_do_not_overlap() -> None:
    """Ticks are skipped while the sink handles one."""
    assert SimulatedLaptop(responses=[100.0, ACCEPTED]).run(4) == ["12:00:30", "12:03:00", "12:04:00"]


def test_a_failed_tick_is_retried() -> None:
    """After the last retry, the next tick follows on schedule."""
    laptop = SimulatedLaptop(responses=["it died", FunctionResponse(503), ACCEPTED])
    assert laptop.run(1) == ["12:00:30", "12:00:30", "12:00:31", "12:01:00"]
    assert SimulatedLaptop(responses=["it died"]).run(0.9) == [
        "12:00:30",
        "12:00:30",
        "12:00:31",
        "12:01:00",
        "12:01:00",
        "12:01:01",
    ]


def test_a_resting_sink_gets_no_ticks() -> None:
    """After Retry-After, only the last tick before that time is sent."""
    rest = FunctionResponse(202, [("Retry-After", "200")])  # until 12:03:50
    assert SimulatedLaptop(responses=[rest, ACCEPTED]).run(4) == ["12:00:30", "12:03:00", "12:04:00"]


def test_the_last_tick_of_a_rest_leaves_time_to_wake_functions() -> None:
    """If the rest ends right after a tick, the tick before is sent as well."""
    assert MAX_TICK_INTERVAL - timedelta(minutes=1) < PREPARATION
    rest = FunctionResponse(202, [("Retry-After", "153")])  # until 12:03:03
    assert SimulatedLaptop(responses=[rest, ACCEPTED]).run(3) == ["12:00:30", "12:02:00", "12:03:00"]


def test_a_call_to_a_function_ends_the_rest() -> None:
    """The call may have created work for the sink."""
    laptop = SimulatedLaptop(responses=[FunctionResponse(202, [("Retry-After", "3600")])])
    laptop.active_at = {START + timedelta(seconds=100)}
    assert laptop.run(5) == ["12:00:30", "12:03:00"]


def test_an_unknown_retry_after_is_ignored() -> None:
    """Only seconds count. The source keeps its schedule for a date or any other text."""
    assert len(SimulatedLaptop(responses=[FunctionResponse(202, [("Retry-After", "tomorrow")])]).run(2)) == 3


def test_an_invalid_schedule_is_rejected() -> None:
    """The error names the clock."""
    with pytest.raises(FunctionListError, match="clock tick: schedule: "):
        SimulatedLaptop("61 * * * *").run(1)
