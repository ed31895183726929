"""What follows an occurrence that was moved, done early or late, or left out: against a list of all there are."""

import random
import secrets
from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from events.task import Recurrence
from functions.schedule.wall_clock import to_instant
from functions.tasks.following import occurrence_after
from tests.samples import a_series, a_task

CASES = 3_000
ZONES = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "UTC")
STEPS = {"MINUTELY": timedelta(minutes=1), "HOURLY": timedelta(hours=1), "DAILY": timedelta(days=1)}
LISTED = 120


class Listed(NamedTuple):
    """An occurrence with its ordinal."""

    number: int
    due_at: datetime


def every(frequency: str, interval: int, start: datetime, zone: ZoneInfo) -> list[Listed]:
    """List the first occurrences of a rule without an end: days on the wall clock, all else in absolute time."""
    walls = [start + STEPS[frequency] * interval * step for step in range(LISTED)]
    if frequency == "DAILY":
        return [Listed(number, to_instant(wall, zone)) for number, wall in enumerate(walls, 1)]
    return [Listed(number, to_instant(start, zone) + (wall - start)) for number, wall in enumerate(walls, 1)]


def expected(following: list[Listed], missed: str, completed_at: datetime) -> Listed | None:
    """Return which of those that may follow does."""
    before = [one for one in following if one.due_at <= completed_at and missed != "all"]
    ahead = following[len(before) :]
    if missed == "latest" and before:
        return before[-1]
    return ahead[0] if ahead else None


def test_what_follows_is_what_a_list_of_all_says() -> None:
    """Random rules, ends, exclusions, moves and completions, over the changes of the clocks."""
    seed = secrets.randbits(32)
    print(f"seed {seed}")  # noqa: T201 - to try it again
    chance = random.Random(seed)
    for _ in range(CASES):
        zone = ZoneInfo(chance.choice(ZONES))
        start = datetime(2026, chance.choice([3, 10]), chance.randint(1, 31), chance.randint(0, 23), 30)  # noqa: DTZ001
        frequency, interval = chance.choice(list(STEPS)), chance.choice([1, 2, 7, 45])
        rule, occurrences = f"FREQ={frequency};INTERVAL={interval}", every(frequency, interval, start, zone)
        last = chance.randint(1, 60)
        match chance.choice(["", "COUNT", "UNTIL"]):
            case "COUNT":
                rule, occurrences = f"{rule};COUNT={last}", occurrences[:last]
            case "UNTIL":
                rule, occurrences = f"{rule};UNTIL={occurrences[last].due_at:%Y%m%dT%H%M%SZ}", occurrences[: last + 1]
        current = chance.choice(occurrences[:60])
        span = STEPS[frequency] * interval * 20
        due_at = current.due_at + span * chance.choice([0, 0, chance.uniform(-1, 1)])
        completed_at = due_at + span * chance.choice([0, chance.uniform(-1, 1)])
        exdates = sorted(one.due_at for one in chance.sample(occurrences, min(3, len(occurrences))))
        missed = chance.choice(["skip", "latest", "all"])
        reached = max(current.due_at, due_at)
        following = [one for one in occurrences if one.due_at > reached and one.due_at not in exdates]
        recurrence = Recurrence(rule=rule, missed=missed)
        task = a_task(due_at=due_at, recurrence_id=current.due_at, occurrence=current.number, recurrence=recurrence)
        series = a_series(start=start, time_zone=zone.key, recurrence=recurrence, exdates=exdates)
        found = occurrence_after(task, series, completed_at=completed_at)
        assert found == expected(following, missed, completed_at), (seed, series, task, completed_at)
