"""The first of a rule's occurrences, as the RFC's examples list them."""

from datetime import datetime
from itertools import islice
from zoneinfo import ZoneInfo

from functions.schedule.rule import Rule
from functions.schedule.series import Occurrence, occurrences
from functions.schedule.wall_clock import to_instant


def upcoming(
    rule: Rule, *, start: datetime, zone: ZoneInfo, limit: int, after: datetime | None = None
) -> list[Occurrence]:
    """Return the first ``limit`` occurrences, or the first after a wall-clock time; ``start`` itself is number 1."""
    following = occurrences(rule, start=start, zone=zone, after=Occurrence(1, start))
    if after is None:
        return [Occurrence(1, start), *islice(following, limit - 1)]
    moment = to_instant(after, zone)  # in a fold the hour after another may show less on the wall
    return list(islice((one for one in following if to_instant(one.wall, zone) > moment), limit))
