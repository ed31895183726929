"""How long one step from the last occurrence takes, far from the start."""

import time
from datetime import datetime
from statistics import median
from zoneinfo import ZoneInfo

import pytest

from functions.recurrence.calendar import days_of
from functions.recurrence.rule import parse
from functions.recurrence.series import Occurrence, occurrences

pytestmark = pytest.mark.benchmark

RULES = (
    "FREQ=DAILY",
    "FREQ=DAILY;INTERVAL=7;BYMONTH=1",
    "FREQ=DAILY;INTERVAL=91;BYMONTH=2",
    "FREQ=DAILY;INTERVAL=1461;BYMONTH=2",
    "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=29;BYDAY=MO",
    "FREQ=WEEKLY;BYDAY=MO,WE,FR",
    "FREQ=WEEKLY;INTERVAL=13;BYMONTH=2",
    "FREQ=MONTHLY",
    "FREQ=MONTHLY;BYDAY=-1FR",
    "FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13",
    "FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=29;BYDAY=MO",
    "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
    "FREQ=YEARLY",
    "FREQ=YEARLY;BYDAY=SU,MO,TU,WE,TH,FR,SA",
    "FREQ=YEARLY;BYMONTHDAY=13;BYDAY=FR",
    "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;BYDAY=MO",
    "FREQ=YEARLY;BYYEARDAY=366;BYDAY=MO",
    "FREQ=YEARLY;BYWEEKNO=20",
    "FREQ=YEARLY;BYWEEKNO=53;BYMONTHDAY=29;BYDAY=TU",
    "FREQ=HOURLY;INTERVAL=5",
    "FREQ=MINUTELY",
)
STEPS = 100


@pytest.mark.parametrize("text", RULES)
def test_one_step(text: str) -> None:
    """Print the time of a step 50 years from the start, from another date each time and with nothing cached.

    Each step is the best of three, as a busy machine interrupts some.
    """
    rule, zone = parse(text), ZoneInfo("Europe/Berlin")
    start = datetime(1972, 2, 29, 9)  # noqa: DTZ001 - a wall-clock time
    last: Occurrence | None = Occurrence(1, datetime(2022, 3, 1, 9))  # noqa: DTZ001 - likewise
    times: list[float] = []
    while last is not None and len(times) < STEPS:
        tries, from_here = [], last
        for _ in range(3):
            days_of.cache_clear()
            began = time.perf_counter()
            last = next(occurrences(rule, start=start, zone=zone, after=from_here), None)
            tries.append(time.perf_counter() - began)
        times.append(min(tries))
    print(f"{text}: {median(times) * 1e6:.0f} µs, at most {max(times) * 1e6:.0f}")  # noqa: T201 - what it is for
