"""Lists the first occurrences of a rule, as the examples of RFC 5545 do."""

from datetime import datetime
from itertools import islice
from zoneinfo import ZoneInfo

from functions.schedule.occurrences import Occurrence, iterate_occurrences
from functions.schedule.rule import Rule


def list_occurrences(rule: Rule, *, start: datetime, zone: ZoneInfo, limit: int) -> list[Occurrence]:
    """Return the first ``limit`` occurrences. The first one is ``start``."""
    following = iterate_occurrences(rule, start=start, zone=zone, after=Occurrence(1, start))
    return [Occurrence(1, start), *islice(following, limit - 1)]


def list_later_occurrences(rule: Rule, *, start: datetime, zone: ZoneInfo, limit: int) -> list[Occurrence]:
    """Return the first ``limit`` occurrences after ``start``."""
    return list_occurrences(rule, start=start, zone=zone, limit=limit + 1)[1:]
