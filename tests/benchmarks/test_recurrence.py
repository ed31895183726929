"""How long one step from the last occurrence takes, far from the start."""

import time
from datetime import datetime
from itertools import islice
from zoneinfo import ZoneInfo

import pytest

from functions.recurrence.rule import parse
from functions.recurrence.series import Occurrence, occurrences

pytestmark = pytest.mark.benchmark

RULES = (
    "FREQ=DAILY",
    "FREQ=DAILY;INTERVAL=7;BYMONTH=1",
    "FREQ=WEEKLY;BYDAY=MO,WE,FR",
    "FREQ=MONTHLY;BYDAY=-1FR",
    "FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13",
    "FREQ=YEARLY;BYDAY=SU,MO,TU,WE,TH,FR,SA",
    "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;BYDAY=MO",
    "FREQ=HOURLY;INTERVAL=5",
)
STEPS = 200


@pytest.mark.parametrize("text", RULES)
def test_one_step(text: str) -> None:
    """Print the mean time of a step 50 years from the start, from another date each time."""
    rule, zone = parse(text), ZoneInfo("Europe/Berlin")
    start = datetime(1972, 2, 29, 9)  # noqa: DTZ001 - a wall-clock time
    last = Occurrence(1, datetime(2022, 3, 1, 9))  # noqa: DTZ001 - likewise
    began = time.perf_counter()
    for _ in range(STEPS):
        last = next(islice(occurrences(rule, start=start, zone=zone, after=last), 1), last)
    print(f"{text}: {(time.perf_counter() - began) / STEPS * 1e6:.0f} µs")  # noqa: T201 - what it is for
