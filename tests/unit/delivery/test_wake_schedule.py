"""Tests of deciding which functions to wake now."""

from datetime import datetime, timedelta

import pytest

from functions.chassis.messaging.outbox import WAKE_AHEAD
from functions.delivery.wake_schedule import LOOK_INTERVAL, WakeSchedule
from tests.samples import NOON

FIRST_LOOK = NOON - WAKE_AHEAD


def wake_until_noon(schedule: WakeSchedule, *functions: str) -> list[tuple[str, datetime]]:
    """Look once a second before an event that is due at noon; return what was woken, and when."""
    now, woken = FIRST_LOOK, list[tuple[str, datetime]]()
    while now < NOON:
        woken += [(name, now) for name in schedule.choose(functions, due_at=NOON, now=now)]
        now += LOOK_INTERVAL
    return woken


def test_functions_are_woken_together_and_once() -> None:
    """With the window of the list, one request keeps a function awake until the event is due."""
    schedule = WakeSchedule({"notify": timedelta(seconds=15), "send": timedelta(seconds=15)})
    assert wake_until_noon(schedule, "send", "notify") == [("notify", FIRST_LOOK), ("send", FIRST_LOOK)]


def test_the_events_of_a_burst_share_a_request() -> None:
    """Further events that are due while a function is awake wake it no more."""
    schedule = WakeSchedule({"notify": timedelta(seconds=15)})
    assert schedule.choose(["notify"], due_at=NOON, now=FIRST_LOOK) == ["notify"]
    for seconds in (0, 1, 5):
        assert schedule.choose(["notify"], due_at=NOON + timedelta(seconds=seconds), now=NOON) == []


def test_a_function_is_woken_again_before_it_falls_asleep() -> None:
    """A later event gets a request of its own, at the last look before the function would stop."""
    schedule = WakeSchedule({"notify": timedelta(seconds=15)})
    schedule.choose(["notify"], due_at=NOON, now=FIRST_LOOK)
    due_at, now, woken = NOON + timedelta(seconds=8), NOON, list[datetime]()
    while now < due_at:
        woken += [now] * len(schedule.choose(["notify"], due_at=due_at, now=now))
        now += LOOK_INTERVAL
    assert woken == [NOON + timedelta(seconds=5)]


@pytest.mark.parametrize("window", [2, 6, 8, 9])
def test_a_short_window_needs_several_requests(window: int) -> None:
    """A function that would stop before the event is due is awake the whole time."""
    idle_time = timedelta(seconds=window)
    woken = [moment for _, moment in wake_until_noon(WakeSchedule({"notify": idle_time}), "notify")]
    gaps = [later - earlier for earlier, later in zip(woken, [*woken[1:], NOON], strict=True)]
    assert woken[0] == FIRST_LOOK
    assert max(gaps) < idle_time


def test_a_late_event_wakes_functions_at_once() -> None:
    """The functions of an event that is due already start at the same time."""
    schedule = WakeSchedule({"notify": timedelta(seconds=15)})
    assert schedule.choose(["notify"], due_at=NOON, now=NOON + timedelta(seconds=3)) == ["notify"]
    assert schedule.choose(["notify"], due_at=NOON, now=NOON + timedelta(seconds=4)) == []


def test_a_failed_request_counts_as_none() -> None:
    """The next look chooses the function again."""
    schedule = WakeSchedule({"notify": timedelta(seconds=15)})
    schedule.choose(["notify"], due_at=NOON, now=FIRST_LOOK)
    schedule.forget("notify")
    assert schedule.choose(["notify"], due_at=NOON, now=FIRST_LOOK + LOOK_INTERVAL) == ["notify"]
