"""Rules against two other readings of them: python-dateutil's, and a search over every single day.

DIFFERENTIAL_PAIRS says how many pairs of a rule and a date are compared, and DIFFERENTIAL_SEED replays a run.
"""

import os
import random
from bisect import bisect_right
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import islice, takewhile
from zoneinfo import ZoneInfo, available_timezones

from dateutil.rrule import rrulestr

from functions.schedule.rule import Rule, RuleError
from functions.schedule.rule_parser import parse_rule
from functions.schedule.series import Occurrence, occurrences
from functions.schedule.wall_clock import to_instant
from tests.unit.schedule.random_rules import random_rule

PAIRS = int(os.environ.get("DIFFERENTIAL_PAIRS", "6000"))
DATES = 40
"""How many dates a rule is compared at."""
LAST = 2050
ZONES = sorted(available_timezones() - {"Factory", "localtime", "posixrules"})


def test_rules_agree_with_two_oracles() -> None:
    """From any date on, in every zone, a rule leads to the same moment here, in dateutil, and in a search over days."""
    seed = int(os.environ.get("DIFFERENTIAL_SEED") or random.SystemRandom().randrange(2**32))
    print(f"seed {seed}")  # noqa: T201 - it replays a failure
    chance = random.Random(seed)
    zones = chance.sample(ZONES, len(ZONES))
    compared = 0
    while compared < PAIRS:
        text, month_end = random_rule(chance), chance.choice(["skip", "skip", "skip", "clamp"])
        day = date(chance.randint(1998, 2030), 1, 1) + timedelta(chance.randrange(365))
        start = datetime(day.year, day.month, day.day, chance.choice([0, 1, 2, 3, 9, 23]), chance.choice([0, 30]))  # noqa: DTZ001 - wall clock
        try:
            rule = parse_rule(text, month_end)
        except RuleError:
            continue
        expected = list(islice(by_search(rule, start), DATES))
        if month_end == "skip" and not dateutil_differs(rule):
            assert expected == list(islice(by_dateutil(text, start), DATES)), (text, start)
        assert list(islice(in_turn(rule, start), DATES)) == expected, (text, month_end, start)
        for after in some_dates(chance, start, expected):
            zone = ZoneInfo(zones[compared % len(zones)])
            found = next(occurrences(rule, start=start, zone=zone, after=Occurrence(1, after)), None)
            ours = found.wall if found and found.wall.year <= LAST else None
            theirs = next(iter(expected[bisect_right(expected, after) :]), None)
            assert ours == theirs, (text, month_end, start, after)
            if ours:
                assert to_instant(ours, zone) == by_offsets(ours, zone), (ours, zone)
            compared += 1
    print(f"{compared} pairs in {min(compared, len(zones))} zones")  # noqa: T201 - what was shown


def some_dates(chance: random.Random, start: datetime, expected: list[datetime]) -> list[datetime]:
    """Return occurrences, and times in between, from which the next one is known."""
    if len(expected) < DATES:  # all there are until the last year
        between = [start + timedelta(minutes=chance.randrange(10**7)) for _ in range(DATES)]
        return [one for one in [start, *expected, *between] if one.year < LAST][:DATES]
    span = (expected[-1] - start) // timedelta(minutes=1)
    between = [start + timedelta(minutes=chance.randrange(span)) for _ in range(DATES // 2)]
    return [start, *chance.sample(expected[:-1], DATES - len(between) - 1), *between]


def by_offsets(wall: datetime, zone: ZoneInfo) -> datetime:
    """Return the moment of a wall-clock time: the first that shows it, or what the offset before a gap makes of it."""
    around = [(wall + timedelta(days=days)).replace(tzinfo=UTC).astimezone(zone).utcoffset() for days in (-1, 0, 1)]
    moments = [(wall - offset).replace(tzinfo=UTC) for offset in around if offset is not None]
    shown = [moment for moment in moments if moment.astimezone(zone).replace(tzinfo=None) == wall]
    return min(shown) if shown else moments[0]


def dateutil_differs(rule: Rule) -> bool:
    """Tell whether dateutil is known to read a rule otherwise than RFC 5545 has it.

    It cuts a weekly set at DTSTART before BYSETPOS counts in it, and it looks for a last week of the year, and for one
    with the number 53, in years that have none.
    """
    return bool(rule.freq == "WEEKLY" and rule.bysetpos) or any(
        abs(number) > 51 or number == -1 for number in rule.byweekno
    )


def in_turn(rule: Rule, start: datetime) -> Iterator[datetime]:
    """Yield what follows the start, one after another."""
    following = occurrences(rule, start=start, zone=ZoneInfo("UTC"), after=Occurrence(1, start))
    return takewhile(lambda wall: wall.year <= LAST, (occurrence.wall for occurrence in following))


def by_dateutil(text: str, start: datetime) -> Iterator[datetime]:
    """Yield what dateutil finds after the start."""
    for moment in rrulestr(f"{text};UNTIL={LAST}1231T235959", dtstart=start):
        if moment > start:
            yield moment


def by_search(rule: Rule, start: datetime) -> Iterator[datetime]:
    """Yield the days after the start that satisfy a rule, found by looking at each one's whole period."""
    day = start.date()
    while day < date(LAST, 12, 31):
        day += timedelta(days=1)
        if on_beat(rule, start.date(), day) and fits(rule, start.date(), day):
            if rule.bysetpos:
                period = fitting(rule, start.date(), tuple(period_of(rule, day)))
                place = period.index(day)
                if place + 1 not in rule.bysetpos and place - len(period) not in rule.bysetpos:
                    continue
            yield datetime.combine(day, start.time())


@lru_cache(maxsize=64)
def fitting(rule: Rule, start: date, period: tuple[date, ...]) -> list[date]:
    """Return the days of a period that satisfy every BY part."""
    return [day for day in period if fits(rule, start, day)]


def on_beat(rule: Rule, start: date, day: date) -> bool:
    """Tell whether a day's period is one of every INTERVAL from the start's."""
    match rule.freq:
        case "DAILY":
            distance = (day - start).days
        case "WEEKLY":
            distance = (week(rule, day) - week(rule, start)).days // 7
        case "MONTHLY":
            distance = (day.year - start.year) * 12 + day.month - start.month
        case _:
            distance = day.year - start.year
    return distance % rule.interval == 0


def week(rule: Rule, day: date) -> date:
    """Return the day on which a day's week begins."""
    return day - timedelta((day.weekday() - rule.wkst) % 7)


def period_of(rule: Rule, day: date) -> list[date]:
    """Return all days of a day's period."""
    first, length = {
        "DAILY": (day, 1),
        "WEEKLY": (week(rule, day), 7),
        "MONTHLY": (day.replace(day=1), 31),
        "YEARLY": (day.replace(month=1, day=1), 366),
    }[rule.freq]
    days = [first + timedelta(number) for number in range(length)]
    if rule.freq in {"DAILY", "WEEKLY"}:
        return days
    return [one for one in days if one.year == day.year and (rule.freq == "YEARLY" or one.month == day.month)]


def fits(rule: Rule, start: date, day: date) -> bool:
    """Tell whether a day satisfies every BY part, and what the start stands in for."""
    month_length = ((day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)).day
    year_length = 366 if (day.year % 4 == 0 and day.year % 100 != 0) or day.year % 400 == 0 else 365
    number = day.timetuple().tm_yday
    dated = rule.byday or rule.bymonthday or rule.byyearday or rule.byweekno
    months = rule.bymonth or ((start.month,) if rule.freq == "YEARLY" and not dated else ())
    monthdays = rule.bymonthday or ((start.day,) if rule.freq in {"MONTHLY", "YEARLY"} and not dated else ())
    weekdays = rule.byday or (((0, start.weekday()),) if rule.freq == "WEEKLY" else ())
    clamps = rule.month_end == "clamp" and rule.freq in {"MONTHLY", "YEARLY"} and not (rule.byyearday or rule.byweekno)
    clamped = clamps and day.day == month_length and any(one > month_length for one in monthdays)
    return (
        (not months or day.month in months)
        and (not monthdays or day.day in monthdays or day.day - month_length - 1 in monthdays or clamped)
        and (not rule.byyearday or number in rule.byyearday or number - year_length - 1 in rule.byyearday)
        and (not rule.byweekno or in_numbered_week(rule, day))
        and (not weekdays or any(is_weekday(rule, day, *one) for one in weekdays))
    )


def is_weekday(rule: Rule, day: date, ordinal: int, weekday: int) -> bool:
    """Tell whether a day is a weekday, or the nth of its month or year from either end."""
    if day.weekday() != weekday or ordinal == 0:
        return day.weekday() == weekday
    monthly = rule.freq == "MONTHLY" or bool(rule.bymonth)
    same = [
        one
        for one in (day + timedelta(weeks=number) for number in range(-53, 54))
        if one.year == day.year and (not monthly or one.month == day.month)
    ]
    return same.index(day) == (ordinal - 1 if ordinal > 0 else len(same) + ordinal)


def in_numbered_week(rule: Rule, day: date) -> bool:
    """Tell whether a day's week has one of the numbers: the first has four days in its year, the last is minus one."""
    middle = week(rule, day) + timedelta(days=3)
    weeks = sorted({week(rule, date(middle.year, 1, 1) + timedelta(number)) for number in range(366)})
    weeks = [one for one in weeks if (one + timedelta(days=3)).year == middle.year]
    place = weeks.index(week(rule, day))
    return place + 1 in rule.byweekno or place - len(weeks) in rule.byweekno
