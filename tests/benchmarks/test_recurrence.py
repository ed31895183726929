"""Measures the computation of the next occurrence, at any distance from the start of a series.

A step computes the next occurrence of a parsed rule. No state is kept from one step to the next, so each measured step
costs as much as the first one of a process, apart from the tables of the calendar. Parsing a rule is measured
separately, as the last 256 rules are cached.

``STEP_RULES`` is the number of random rules, ``STEP_SEED`` repeats a run.
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

from functions.schedule.next_occurrence import find_next_occurrence
from functions.schedule.occurrences import Occurrence
from functions.schedule.rule import Rule, RuleError
from functions.schedule.rule_parser import parse_rule
from functions.schedule.rule_start import check_rule_start
from functions.schedule.wall_clock import to_instant
from tests.unit.schedule.random_rules import random_rule

pytestmark = pytest.mark.benchmark

ZONE = ZoneInfo("Europe/Berlin")
RANDOM_RULES = int(os.environ.get("STEP_RULES", "50000"))
"""The number of random rules, each measured with one step."""
WITHIN = timedelta(days=50 * 365.25)
SLOW = 60e-6
"""Seconds. A slower measurement is repeated, as other work of the machine may have caused it."""

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
"""Rules that people use, and the slowest rules that random searches have found."""
STEPS = 60


@dataclass(frozen=True)
class MeasuredStep:
    """A rule with its start, and an occurrence that was completed on its due date."""

    text: str
    rule: Rule
    start: datetime
    last: Occurrence

    def __str__(self) -> str:
        return f"{self.text} {self.rule.month_end}, from {self.start:%Y-%m-%d}, after {self.last.wall:%Y-%m-%d}"

    def __call__(self) -> Occurrence | None:
        """Return the next occurrence."""
        done = to_instant(self.last.wall, ZONE)
        return find_next_occurrence(
            self.rule,
            start=self.start,
            zone=ZONE,
            current=self.last,
            anchor="due",
            missed="skip",
            completed_at=done,
        )


@dataclass(frozen=True)
class MeasuredParsing:
    """The text of a rule, parsed without the cache."""

    text: str

    def __call__(self) -> None:
        """Parse or reject the rule."""
        with suppress(RuleError):
            parse_rule.__wrapped__(self.text)


@dataclass(frozen=True)
class MeasuredStartCheck:
    """A rule and the start of its series."""

    rule: Rule
    start: datetime

    def __call__(self) -> bool:
        """Return whether the rule has a second date."""
        try:
            check_rule_start(self.rule, start=self.start, zone=ZONE)
        except RuleError:
            return False
        return True


@pytest.mark.parametrize("text", RULES)
def test_one_step(text: str) -> None:
    """Print the time of steps that are 50 years from the start, each from another date."""
    times: list[float] = []
    start = datetime(1972, 2, 29, 9)  # noqa: DTZ001 - a wall-clock time
    last: Occurrence | None = Occurrence(1, datetime(2022, 3, 1, 9))  # noqa: DTZ001 - as above
    while last is not None and len(times) < STEPS:
        step = MeasuredStep(text, parse_rule(text), start, last)
        last = step()
        if last is not None and last.wall - step.last.wall <= WITHIN:
            times.append(shortest(step))
    print(f"{text}: {format_times(times)}")  # noqa: T201 - a benchmark prints its result


def test_any_step() -> None:
    """Print the time of steps of random rules with an occurrence within 50 years, and the slowest steps."""
    chance = seeded_random()
    times: dict[MeasuredStep, float] = {}
    while len(times) < RANDOM_RULES:
        step = random_step(chance)
        following = step() if step else None
        if step and following and following.wall - step.last.wall <= WITHIN:
            times[step] = shortest(step)
    print(format_times(list(times.values())))  # noqa: T201 - a benchmark prints its result
    for step in sorted(times, key=times.__getitem__)[-5:]:
        print(f"{times[step] * 1e6:.0f} µs: {step}")  # noqa: T201 - as above


def test_parsing_and_rejecting() -> None:
    """Print the time to parse a rule, and to reject one without any date or without a date after its start."""
    chance = seeded_random()
    parsed, rejected, rejected_start = [], [], []
    for _ in range(RANDOM_RULES // 10):
        text, start = random_text(chance), random_day(chance, 60)
        try:
            rule = parse_rule(text)
        except RuleError:
            rejected.append(shortest(MeasuredParsing(text)))
            continue
        parsed.append(shortest(MeasuredParsing(text)))
        start_check = MeasuredStartCheck(rule, start)
        if not start_check():
            rejected_start.append(shortest(start_check))
    for name, times in (("parsed", parsed), ("rejected", rejected), ("rejected with its start", rejected_start)):
        print(f"{name}: {format_times(times)}")  # noqa: T201 - a benchmark prints its result


def seeded_random() -> random.Random:
    """Return a random generator, and print its seed."""
    seed = int(os.environ.get("STEP_SEED") or random.SystemRandom().randrange(2**32))
    print(f"\nseed {seed}")  # noqa: T201 - to repeat the run
    return random.Random(seed)


def random_step(chance: random.Random) -> MeasuredStep | None:
    """Return a step from a random day of 160 years, or None if the random rule is invalid."""
    text = random_text(chance)
    try:
        rule = parse_rule(text, chance.choice(["skip", "skip", "clamp"]))
    except RuleError:
        return None
    start = random_day(chance, 60)
    return MeasuredStep(text, rule, start, Occurrence(1, max(start, random_day(chance, 160))))


def random_text(chance: random.Random) -> str:
    """Return the text of a rule, with a distant end or none."""
    return random_rule(chance) + chance.choice(["", "", "", ";COUNT=500", ";UNTIL=22000615T080000Z"])


def random_day(chance: random.Random, years: int) -> datetime:
    """Return 09:00 on a random day of a number of years from 1970 on."""
    return datetime(1970, 1, 1, 9) + timedelta(chance.randrange(365 * years))  # noqa: DTZ001 - a wall-clock time


def shortest(work: Callable[[], object]) -> float:
    """Return the shortest time of several calls, in seconds. Longer times include other work of the machine."""
    times = [timed(work) for _ in range(3)]
    for repeats in (20, 200):
        if min(times) > SLOW:
            times += [timed(work) for _ in range(repeats)]
    return min(times)


def timed(work: Callable[[], object]) -> float:
    """Return the time of one call, in seconds."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def format_times(times: list[float]) -> str:
    """Return the median, the 99.99th percentile and the maximum of times in seconds, as text in microseconds."""
    ordered = [seconds * 1e6 for seconds in sorted(times)]
    if not ordered:
        return "none within 50 years"
    most = ordered[int(len(ordered) * 0.9999)]
    return f"{median(ordered):.0f} µs, 99.99 % {most:.0f}, worst {ordered[-1]:.0f} of {len(ordered)}"
