"""A PingSource with time that a test moves."""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest

from knative.function_list import ClockEntry, FunctionListError
from knative.local.clock import PingSource
from knative.local.console import Console
from knative.local.exchange import Answer, NoAnswerError, Request
from tests.unit.knative.samples import TAKEN

START = datetime(2026, 3, 1, 12, 0, 30, tzinfo=UTC)


class Laptop:
    """Time that passes only in sleeps and in a sink's answer, until an hour is over."""

    def __init__(self, schedule: str = "* * * * *", answers: list[Answer | float | str] | None = None) -> None:
        self.now = START
        self.ticks: list[datetime] = []
        self.requests: list[Request] = []
        self.activity = 0
        self.busy_at: set[datetime] = set()
        self._answers = answers or [TAKEN]
        self._clock = ClockEntry(name="tick", schedule=schedule, sink="sink")

    def run(self, minutes: float) -> list[str]:
        """Let so much time pass, and return when the sink was told the time."""
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
        self._pass(seconds)

    def _pass(self, seconds: float) -> None:
        before, self.now = self.now, self.now + timedelta(seconds=seconds)
        self.activity += sum(before < moment <= self.now for moment in self.busy_at)
        if self.now > self._until:
            raise asyncio.CancelledError

    async def _call(self, name: str, request: Request) -> Answer:
        assert name == "sink"
        self.ticks.append(self.now)
        self.requests.append(request)
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, str):
            raise NoAnswerError(answer)
        if isinstance(answer, float):
            self._pass(answer)
            return TAKEN
        return answer


def test_it_ticks_at_once_and_then_on_schedule() -> None:
    """The first tick does not wait: there may be something left from the last run."""
    assert Laptop().run(3) == ["12:00:30", "12:01:00", "12:02:00", "12:03:00"]


def test_a_schedule_is_in_utc_and_may_have_seconds() -> None:
    """Six fields are seconds first, as for a PingSource."""
    assert Laptop("*/20 * * * * *").run(1) == ["12:00:30", "12:00:40", "12:01:00", "12:01:20"]
    assert Laptop("0 13 * * *").run(120) == ["12:00:30", "13:00:00"]


def test_a_tick_is_what_knative_sends() -> None:
    """Type and source are a PingSource's, and every tick has an id of its own."""
    laptop = Laptop()
    laptop.run(1)
    first, second = (dict(request.headers) for request in laptop.requests)
    assert first["ce-type"] == "dev.knative.sources.ping"
    assert first["ce-source"] == "/apis/v1/namespaces/local/pingsources/tick"
    assert first["ce-time"] == "2026-03-01T12:00:30+00:00"
    assert first["ce-id"] != second["ce-id"]


def test_ticks_do_not_overlap() -> None:
    """What falls due while the sink holds a tick is left out."""
    assert Laptop(answers=[100.0, TAKEN]).run(4) == ["12:00:30", "12:03:00", "12:04:00"]


def test_a_failed_tick_is_tried_again_and_then_given_up() -> None:
    """A clock tries as its PingSource does; the next tick comes on time all the same."""
    assert Laptop(answers=["it died", Answer(503), TAKEN]).run(1) == ["12:00:30", "12:00:30", "12:00:31", "12:01:00"]
    assert Laptop(answers=["it died"]).run(0.9) == [
        "12:00:30",
        "12:00:30",
        "12:00:31",
        "12:01:00",
        "12:01:00",
        "12:01:01",
    ]


def test_a_sink_with_nothing_to_do_is_left_alone() -> None:
    """After Retry-After, the last tick that is still in time comes, and none before."""
    rest = Answer(202, [("Retry-After", "200")])  # until 12:03:50
    assert Laptop(answers=[rest, TAKEN]).run(4) == ["12:00:30", "12:03:00", "12:04:00"]


def test_a_tick_is_in_time_for_a_cold_start() -> None:
    """A moment right after a tick needs the tick before that one."""
    rest = Answer(202, [("Retry-After", "153")])  # until 12:03:03
    assert Laptop(answers=[rest, TAKEN]).run(3) == ["12:00:30", "12:02:00", "12:03:00"]


def test_activity_ends_the_rest() -> None:
    """Once any function was called, there may be something to do."""
    laptop = Laptop(answers=[Answer(202, [("Retry-After", "3600")])])
    laptop.busy_at = {START + timedelta(seconds=100)}
    assert laptop.run(5) == ["12:00:30", "12:03:00"]


def test_a_strange_retry_after_is_no_rest() -> None:
    """Only seconds count; a date or nonsense does not stop the clock."""
    assert len(Laptop(answers=[Answer(202, [("Retry-After", "tomorrow")])]).run(2)) == 3


def test_a_wrong_schedule_is_named() -> None:
    """A schedule that is none stops the start with one line."""
    with pytest.raises(FunctionListError, match="clock tick: schedule: "):
        Laptop("61 * * * *").run(1)
