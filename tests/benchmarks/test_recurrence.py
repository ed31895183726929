"""How long one step from the last occurrence takes, at any distance from the start.

A step is all that the reaction works out between a rule that is read and the next moment: nothing of it is kept from
one step to the next, so each measured here is the first of a cold process, but for the calendar's own tables, which
come with the module. Reading the rule is a step before (the 256 last are kept), and printed beside.
"""

import os
import random
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from zoneinfo import ZoneInfo

import pytest

from functions.schedule.beginning import check_beginning
from functions.schedule.rule import Rule, RuleError
from functions.schedule.rule_parser import parse_rule
from functions.schedule.series import Occurrence, next_occurrence
from functions.schedule.wall_clock import to_instant
from tests.unit.schedule.random_rules import random_rule

pytestmark = pytest.mark.benchmark

ZONE = ZoneInfo("Europe/Berlin")
SEARCHED = int(os.environ.get("STEP_RULES", "50000"))
"""How many random rules are stepped through, each once."""
WITHIN = timedelta(days=50 * 365.25)
SLOW = 60e-6
"""Seconds from which on a measurement is made again, as what else the machine does may be in it."""

RULES = (
    "FREQ=DAILY",
    "FREQ=DAILY;INTERVAL=7;BYMONTH=1",
    "FREQ=DAILY;INTERVAL=91;BYMONTH=2",
    "FREQ=DAILY;INTERVAL=365;BYDAY=SA;BYMONTHDAY=-30,30",
    "FREQ=DAILY;INTERVAL=1461;BYMONTH=2",
    "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=29;BYDAY=MO",
    "FREQ=WEEKLY;BYDAY=MO,WE,FR",
    "FREQ=WEEKLY;INTERVAL=13;BYMONTH=2",
    "FREQ=WEEKLY;INTERVAL=52;BYMONTH=1",
    "FREQ=WEEKLY;INTERVAL=53;BYMONTH=2;BYDAY=MO,TU,WE,TH,FR,SA,SU;BYSETPOS=7",
    "FREQ=WEEKLY;INTERVAL=2605",
    "FREQ=MONTHLY",
    "FREQ=MONTHLY;BYDAY=-1FR",
    "FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13",
    "FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=29;BYDAY=MO",
    "FREQ=MONTHLY;INTERVAL=5;BYMONTH=2;BYMONTHDAY=29",
    "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
    "FREQ=MONTHLY;BYMONTHDAY=3,-26,-28,-29;BYDAY=TH,FR,SA,SU;BYSETPOS=4",
    "FREQ=YEARLY",
    "FREQ=YEARLY;INTERVAL=7;BYMONTH=2;BYMONTHDAY=29",
    "FREQ=YEARLY;BYDAY=SU,MO,TU,WE,TH,FR,SA",
    "FREQ=YEARLY;BYDAY=53TH,53FR;BYSETPOS=2",
    "FREQ=YEARLY;BYMONTH=1,2,3,4,5,6,7,8,9,10,11,12;BYDAY=5MO,5TU,5WE;BYSETPOS=14",
    "FREQ=YEARLY;INTERVAL=2;BYMONTH=1,2,3,4,5,6,7,10,11,12;BYYEARDAY=134,-96,281,227;BYDAY=-1WE,TU,53FR,5TU;BYSETPOS=2",
    "FREQ=YEARLY;BYMONTHDAY=13;BYDAY=FR",
    "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;BYDAY=MO",
    "FREQ=YEARLY;BYYEARDAY=366;BYDAY=MO",
    "FREQ=YEARLY;BYWEEKNO=20",
    "FREQ=YEARLY;BYWEEKNO=53;BYMONTHDAY=29;BYDAY=TU",
    "FREQ=YEARLY;BYWEEKNO=16,53;BYMONTHDAY=-1,28;BYDAY=TU,SA,FR;BYSETPOS=-12,-7,-5,8,-2,5",
    "FREQ=YEARLY;BYWEEKNO=-30,-4,25,22,52,-52,32,36,-49,-9,40;BYMONTHDAY=-11;BYDAY=FR,TU,SU;BYSETPOS=2;WKST=FR",
    "FREQ=HOURLY;INTERVAL=5",
    "FREQ=MINUTELY",
)
"""Those that people use, and those that were found to be hardest."""
STEPS = 60


@dataclass(frozen=True)
class Step:
    """A rule with its start, and an occurrence that was completed in time."""

    text: str
    rule: Rule
    start: datetime
    last: Occurrence

    def __str__(self) -> str:
        return f"{self.text} {self.rule.month_end}, from {self.start:%Y-%m-%d}, after {self.last.wall:%Y-%m-%d}"

    def __call__(self) -> Occurrence | None:
        """Return the next one."""
        done = to_instant(self.last.wall, ZONE)
        return next_occurrence(
            self.rule,
            start=self.start,
            zone=ZONE,
            current=self.last,
            anchor="due",
            missed="skip",
            completed_at=done,
        )


@dataclass(frozen=True)
class Reading:
    """A rule that nobody has read yet."""

    text: str

    def __call__(self) -> None:
        """Read it, or refuse it."""
        with suppress(RuleError):
            parse_rule.__wrapped__(self.text)


@dataclass(frozen=True)
class Beginning:
    """A rule and where it would begin."""

    rule: Rule
    start: datetime

    def __call__(self) -> bool:
        """Tell whether it leads anywhere."""
        try:
            check_beginning(self.rule, start=self.start, zone=ZONE)
        except RuleError:
            return False
        return True


@pytest.mark.parametrize("text", RULES)
def test_one_step(text: str) -> None:
    """Print what steps take that begin 50 years from the start, each from another date."""
    times: list[float] = []
    start = datetime(1972, 2, 29, 9)  # noqa: DTZ001 - a wall-clock time
    last: Occurrence | None = Occurrence(1, datetime(2022, 3, 1, 9))  # noqa: DTZ001 - likewise
    while last is not None and len(times) < STEPS:
        step = Step(text, parse_rule(text), start, last)
        last = step()
        if last is not None and last.wall - step.last.wall <= WITHIN:
            times.append(shortest(step))
    print(f"{text}: {figures(times)}")  # noqa: T201 - what it is for


def test_any_step() -> None:
    """Print what a step of random rules takes that come again within 50 years, and which took longest."""
    chance = seeded()
    times: dict[Step, float] = {}
    while len(times) < SEARCHED:
        step = random_step(chance)
        following = step() if step else None
        if step and following and following.wall - step.last.wall <= WITHIN:
            times[step] = shortest(step)
    print(figures(list(times.values())))  # noqa: T201 - what it is for
    for step in sorted(times, key=times.__getitem__)[-5:]:
        print(f"{times[step] * 1e6:.0f} µs: {step}")  # noqa: T201 - likewise


def test_reading_and_refusing() -> None:
    """Print what it takes to read a rule, and to refuse one that never comes, or never from its start."""
    chance = seeded()
    read, refused, leads_nowhere = [], [], []
    for _ in range(SEARCHED // 10):
        text, start = random_text(chance), random_day(chance, 60)
        try:
            rule = parse_rule(text)
        except RuleError:
            refused.append(shortest(Reading(text)))
            continue
        read.append(shortest(Reading(text)))
        beginning = Beginning(rule, start)
        if not beginning():
            leads_nowhere.append(shortest(beginning))
    for what, times in (("read", read), ("refused", refused), ("refused from its start", leads_nowhere)):
        print(f"{what}: {figures(times)}")  # noqa: T201 - what it is for


def seeded() -> random.Random:
    """Return a source of chance, and print what replays it."""
    seed = int(os.environ.get("STEP_SEED") or random.SystemRandom().randrange(2**32))
    print(f"\nseed {seed}")  # noqa: T201 - it replays a run
    return random.Random(seed)


def random_step(chance: random.Random) -> Step | None:
    """Return a step from any day of 160 years on, or None where there is no such rule."""
    text = random_text(chance)
    try:
        rule = parse_rule(text, chance.choice(["skip", "skip", "clamp"]))
    except RuleError:
        return None
    start = random_day(chance, 60)
    return Step(text, rule, start, Occurrence(1, max(start, random_day(chance, 160))))


def random_text(chance: random.Random) -> str:
    """Return a rule that may have an end far away."""
    return random_rule(chance) + chance.choice(["", "", "", ";COUNT=500", ";UNTIL=22000615T080000Z"])


def random_day(chance: random.Random, years: int) -> datetime:
    """Return nine o'clock on any day of some years from 1970 on."""
    return datetime(1970, 1, 1, 9) + timedelta(chance.randrange(365 * years))  # noqa: DTZ001 - a wall-clock time


def shortest(work: Callable[[], object]) -> float:
    """Return the shortest time, in seconds, that something took of several: the others were interrupted."""
    times = [timed(work) for _ in range(3)]
    for repeats in (20, 200):
        if min(times) > SLOW:
            times += [timed(work) for _ in range(repeats)]
    return min(times)


def timed(work: Callable[[], object]) -> float:
    """Return how many seconds something took."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def figures(times: list[float]) -> str:
    """Return the median and the worst of some times in seconds, and what all but one in 10,000 stay below."""
    ordered = [seconds * 1e6 for seconds in sorted(times)]
    if not ordered:
        return "none within 50 years"
    most = ordered[int(len(ordered) * 0.9999)]
    return f"{median(ordered):.0f} µs, 99.99 % {most:.0f}, worst {ordered[-1]:.0f} of {len(ordered)}"
