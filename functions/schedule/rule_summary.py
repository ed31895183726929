"""Describes a recurrence rule in plain English, such as "every 2 weeks on Monday and Friday, 10 times"."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from functions.schedule.rule import Rule
from functions.schedule.wall_clock import to_wall_clock

_SHORTEST_MONTH: Final = 28

_UNITS: Final = {
    "MINUTELY": "minute",
    "HOURLY": "hour",
    "DAILY": "day",
    "WEEKLY": "week",
    "MONTHLY": "month",
    "YEARLY": "year",
}
_DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS: Final = tuple(date(2000, month, 1).strftime("%B") for month in range(1, 13))


def describe_rule(rule: Rule, zone: ZoneInfo) -> str:
    """Return a rule in plain English. An UNTIL in UTC is shown as the date in ``zone``.

    >>> describe_rule(Rule("MONTHLY", byday=((-2, 4),), count=3), ZoneInfo("UTC"))
    'every month on the 2nd to last Friday, 3 times'
    """
    unit = _UNITS[rule.freq]
    parts = [f"every {unit}" if rule.interval == 1 else f"every {rule.interval} {unit}s"]
    if rule.byday:
        parts.append(f"on {_join_words(_describe_day(ordinal, weekday) for ordinal, weekday in rule.byday)}")
    if rule.bymonthday:
        parts.append(f"on {_join_words(_describe_nth(number, 'day') for number in rule.bymonthday)} of the month")
    if rule.byyearday:
        parts.append(f"on {_join_words(_describe_nth(number, 'day') for number in rule.byyearday)} of the year")
    if rule.byweekno:
        parts.append(f"in {_join_words(_describe_nth(number, 'week') for number in rule.byweekno)} of the year")
    if rule.bymonth:
        parts.append(f"in {_join_words(_MONTHS[month - 1] for month in rule.bymonth)}")
    if rule.bysetpos:
        parts.append(f"taking {_join_words(_describe_nth(number, 'of these') for number in rule.bysetpos)}")
    clamped = ", in a shorter month on its last day" if _can_clamp(rule) else ""
    return " ".join(parts) + clamped + _describe_end(rule, zone)


def depends_on_month_day(rule: Rule) -> bool:
    """Return whether the day of the month decides, from BYMONTHDAY or from the start of the series."""
    if rule.freq not in {"MONTHLY", "YEARLY"} or rule.byyearday or rule.byweekno:
        return False
    return bool(rule.bymonthday or not rule.byday)


def _can_clamp(rule: Rule) -> bool:
    is_late = max(rule.bymonthday, default=31) > _SHORTEST_MONTH
    return rule.month_end == "clamp" and depends_on_month_day(rule) and is_late


def _describe_day(ordinal: int, weekday: int) -> str:
    return _DAYS[weekday] if ordinal == 0 else _describe_nth(ordinal, _DAYS[weekday])


def _describe_nth(number: int, noun: str) -> str:
    """Return text such as ``the 3rd day``, ``the last day`` or ``the 2nd to last day``."""
    if number == -1:
        return f"the last {noun}"
    size = abs(number)
    is_teen = 10 < size % 100 < 14  # noqa: PLR2004 - eleventh, twelfth, thirteenth
    suffix = "th" if is_teen else {1: "st", 2: "nd", 3: "rd"}.get(size % 10, "th")
    return f"the {size}{suffix}{' to last' if number < 0 else ''} {noun}"


def _join_words(words: Iterable[str]) -> str:
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last


def _describe_end(rule: Rule, zone: ZoneInfo) -> str:
    if rule.count is not None:
        return ", once" if rule.count == 1 else f", {rule.count} times"
    until = rule.until
    if isinstance(until, datetime) and until.tzinfo:
        until = to_wall_clock(until, zone)
    return f", until {until:%-d %B %Y}" if until else ""
