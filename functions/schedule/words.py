"""A rule in words, and what about it surprises people."""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from itertools import islice
from typing import Final
from zoneinfo import ZoneInfo

from functions.schedule.rule import Rule
from functions.schedule.series import Occurrence, occurrences
from functions.schedule.wall_clock import to_instant, to_wall_clock

LOOK_AHEAD = 400
"""How many occurrences are looked at for daylight saving: more than a year of days."""

_FEBRUARY: Final = 2
_EVERY_MONTH: Final = 28
"""The last day that no month lacks."""

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


def summary(rule: Rule, zone: ZoneInfo) -> str:
    """Return a rule in plain English, such as ``every 2 weeks on Monday and Friday, 10 times``; its end in ``zone``."""
    unit = _UNITS[rule.freq]
    parts = [f"every {unit}" if rule.interval == 1 else f"every {rule.interval} {unit}s"]
    if rule.byday:
        parts.append(f"on {_list(_day(ordinal, weekday) for ordinal, weekday in rule.byday)}")
    if rule.bymonthday:
        parts.append(f"on {_list(_nth(number, 'day') for number in rule.bymonthday)} of the month")
    if rule.byyearday:
        parts.append(f"on {_list(_nth(number, 'day') for number in rule.byyearday)} of the year")
    if rule.byweekno:
        parts.append(f"in {_list(_nth(number, 'week') for number in rule.byweekno)} of the year")
    if rule.bymonth:
        parts.append(f"in {_list(_MONTHS[month - 1] for month in rule.bymonth)}")
    if rule.bysetpos:
        parts.append(f"taking {_list(_nth(number, 'of these') for number in rule.bysetpos)}")
    clamped = rule.month_end == "clamp" and _by_day_of_month(rule) and max(rule.bymonthday, default=31) > _EVERY_MONTH
    return " ".join(parts) + (", in a shorter month on its last day" if clamped else "") + _end(rule, zone)


def warnings(rule: Rule, *, start: datetime, zone: ZoneInfo) -> list[str]:
    """Return a sentence for each thing about a rule that surprises people."""
    found = []
    skips = _by_day_of_month(rule) and rule.month_end == "skip"
    days = (rule.bymonthday or (start.day,)) if skips else ()
    yearly = rule.freq == "YEARLY" and not rule.bymonthday
    months = rule.bymonth or ((start.month,) if yearly else tuple(range(1, 13)))
    if {29, 30} & set(days) and (rule.freq == "MONTHLY" or len(months) > 1) and _FEBRUARY in months:
        found.append("February has no such day in most years: it is skipped then; monthEnd clamp takes its last day")
    if {31} & set(days) and {2, 4, 6, 9, 11} & set(months):
        found.append("months without a day 31 are skipped; monthEnd clamp takes their last day instead")
    if rule.freq == "YEARLY" and {29} & set(days) and months == (_FEBRUARY,):
        found.append("29 February comes in leap years only; monthEnd clamp takes the 28th in others")
    if any(abs(ordinal) == 5 for ordinal, _ in rule.byday) and (rule.freq == "MONTHLY" or rule.bymonth):  # noqa: PLR2004
        found.append("most months have no fifth such weekday: they are skipped; -1 is the last one of every month")
    return [*found, *_daylight_saving(rule, start, zone)]


def _by_day_of_month(rule: Rule) -> bool:
    """Tell whether the day of the month decides, the rule's or the start's."""
    if rule.freq not in {"MONTHLY", "YEARLY"} or rule.byyearday or rule.byweekno:
        return False
    return bool(rule.bymonthday or not rule.byday)


def _daylight_saving(rule: Rule, start: datetime, zone: ZoneInfo) -> Iterator[str]:
    if rule.freq in {"HOURLY", "MINUTELY"}:
        return
    following = occurrences(rule, start=start, zone=zone, after=Occurrence(1, start))
    walls = [occurrence.wall for occurrence in islice(following, LOOK_AHEAD)]
    for wall in [start, *walls]:
        moved = to_wall_clock(to_instant(wall, zone), zone)
        if moved != wall:
            yield f"on {wall:%-d %B %Y} clocks skip {wall:%H:%M}: it will be {moved:%H:%M}"
            break
    for wall in walls:
        if to_instant(wall, zone) != wall.replace(tzinfo=zone, fold=1).astimezone(UTC) and _is_shown(wall, zone):
            yield f"on {wall:%-d %B %Y} clocks show {wall:%H:%M} twice: it will be the first time"
            break


def _is_shown(wall: datetime, zone: ZoneInfo) -> bool:
    return to_wall_clock(to_instant(wall, zone), zone) == wall


def _day(ordinal: int, weekday: int) -> str:
    return _DAYS[weekday] if ordinal == 0 else _nth(ordinal, _DAYS[weekday])


def _nth(number: int, what: str) -> str:
    """Return ``the 3rd day``, ``the last day``, ``the 2nd to last day``."""
    if number == -1:
        return f"the last {what}"
    size = abs(number)
    teen = 10 < size % 100 < 14  # noqa: PLR2004 - eleventh, twelfth, thirteenth
    suffix = "th" if teen else {1: "st", 2: "nd", 3: "rd"}.get(size % 10, "th")
    return f"the {size}{suffix}{' to last' if number < 0 else ''} {what}"


def _list(words: Iterable[str]) -> str:
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last


def _end(rule: Rule, zone: ZoneInfo) -> str:
    if rule.count is not None:
        return ", once" if rule.count == 1 else f", {rule.count} times"
    until = rule.until
    if isinstance(until, datetime) and until.tzinfo:
        until = to_wall_clock(until, zone)
    return f", until {until:%-d %B %Y}" if until else ""
