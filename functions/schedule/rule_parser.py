"""Reads a recurrence rule such as ``FREQ=MONTHLY;BYMONTHDAY=-1`` part by part (RFC 5545, section 3.3.10)."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Final

from functions.schedule.days import ever
from functions.schedule.rule import BY_DATE, FREQUENCIES, WEEKDAYS, MonthEnd, Rule, RuleError

_DAY = re.compile(r"([+-]?[0-9]{1,2})?(MO|TU|WE|TH|FR|SA|SU)")
_UNTIL = re.compile(r"([0-9]{8})(?:T([0-9]{6})(Z)?)?")


@lru_cache(maxsize=256)
def parse_rule(text: str, month_end: MonthEnd = "skip") -> Rule:
    """Return the rule in a text such as ``FREQ=MONTHLY;BYMONTHDAY=-1``.

    A day that a month lacks, such as the 31st, is skipped, or clamped to the month's last one.

    Raises :class:`RuleError` for parts that are unknown, out of range, twice there, or at odds with each other, and
    for a rule that no day ever satisfies.
    """
    parts = _split(text)
    if "FREQ" not in parts:
        raise RuleError("FREQ", f"is required, one of {', '.join(FREQUENCIES)}")
    values = {name.lower(): _READERS[name](name, value) for name, value in parts.items()}
    rule = Rule(**values, month_end=month_end)  # type: ignore[arg-type] # each reader returns its part's type
    _check_together(rule, parts)
    return rule


def _split(text: str) -> dict[str, str]:
    parts: dict[str, str] = {}
    for piece in text.upper().split(";"):
        name, equals, value = piece.partition("=")
        if not equals or not value:
            raise RuleError(name[:20] or "rule", "must be NAME=VALUE, parts separated by semicolons")
        if name in {"BYHOUR", "BYMINUTE", "BYSECOND"}:
            raise RuleError(name, "is not taken: the time of day is that of the due date")
        if name not in _READERS:
            raise RuleError(name[:20] or "rule", "is not a part of a recurrence rule")
        if name in parts:
            raise RuleError(name, "is there twice")
        parts[name] = value
    return parts


def _freq(part: str, value: str) -> str:
    if value not in FREQUENCIES:
        raise RuleError(part, f"must be one of {', '.join(FREQUENCIES)}")
    return value


def _number(lowest: int, highest: int) -> Callable[[str, str], int]:
    def read(part: str, value: str) -> int:
        if not re.fullmatch(r"[+-]?[0-9]{1,6}", value) or not lowest <= int(value) <= highest:
            raise RuleError(part, f"must be a number from {lowest} to {highest}")
        return int(value)

    return read


def _numbers(highest: int, *, negative: bool = True) -> Callable[[str, str], tuple[int, ...]]:
    def read(part: str, value: str) -> tuple[int, ...]:
        numbers = [_number(-highest if negative else 1, highest)(part, piece) for piece in value.split(",")]
        if 0 in numbers:
            raise RuleError(part, "must not be 0")
        return tuple(sorted(set(numbers)))

    return read


def _days(part: str, value: str) -> tuple[tuple[int, int], ...]:
    days = set()
    for piece in value.split(","):
        found = _DAY.fullmatch(piece)
        if found is None or (found[1] and not 1 <= abs(int(found[1])) <= 53):  # noqa: PLR2004 - weeks of a year
            raise RuleError(part, "must be weekdays like MO or -1FR, separated by commas")
        days.add((int(found[1] or 0), WEEKDAYS.index(found[2])))
    return tuple(sorted(days))


def _weekday(part: str, value: str) -> int:
    if value not in WEEKDAYS:
        raise RuleError(part, f"must be one of {', '.join(WEEKDAYS)}")
    return WEEKDAYS.index(value)


def _until(part: str, value: str) -> date | datetime:
    found = _UNTIL.fullmatch(value)
    try:
        if found and found[2]:
            moment = datetime.strptime(f"{found[1]}{found[2]}", "%Y%m%d%H%M%S")  # noqa: DTZ007 - a wall-clock time
            return moment.replace(tzinfo=UTC) if found[3] else moment
        if found:
            return datetime.strptime(found[1], "%Y%m%d").date()  # noqa: DTZ007 - a date
    except ValueError:
        pass
    raise RuleError(part, "must be a date or time like 20261231 or 20261231T235959Z")


_READERS: Final[dict[str, Callable[[str, str], object]]] = {
    "FREQ": _freq,
    "INTERVAL": _number(1, 10_000),
    "COUNT": _number(1, 100_000),
    "UNTIL": _until,
    "BYMONTH": _numbers(12, negative=False),
    "BYWEEKNO": _numbers(53),
    "BYYEARDAY": _numbers(366),
    "BYMONTHDAY": _numbers(31),
    "BYDAY": _days,
    "BYSETPOS": _numbers(366),
    "WKST": _weekday,
}


def _check_together(rule: Rule, parts: dict[str, str]) -> None:
    """Refuse what section 3.3.10 does not allow together, and a rule that no day satisfies."""
    present: list[str] = [part for part in BY_DATE if part in parts]
    refused = {
        "MINUTELY": set(BY_DATE),
        "HOURLY": set(BY_DATE),
        "DAILY": {"BYWEEKNO", "BYYEARDAY"},
        "WEEKLY": {"BYWEEKNO", "BYYEARDAY", "BYMONTHDAY"},
        "MONTHLY": {"BYWEEKNO", "BYYEARDAY"},
    }.get(rule.freq, set())
    for part in present:
        if part in refused:
            raise RuleError(part, f"cannot be used with FREQ={rule.freq}")
    if "COUNT" in parts and "UNTIL" in parts:
        raise RuleError("UNTIL", "cannot be used with COUNT")
    if any(ordinal for ordinal, _ in rule.byday) and (rule.freq not in {"MONTHLY", "YEARLY"} or rule.byweekno):
        raise RuleError("BYDAY", "may have a number only with FREQ=MONTHLY, or FREQ=YEARLY without BYWEEKNO")
    if present == ["BYSETPOS"]:
        raise RuleError("BYSETPOS", "needs another BY part to choose from")
    if present:
        _check_satisfiable(rule, present)


def _check_satisfiable(rule: Rule, present: list[str]) -> None:
    if ever(rule):
        return
    for part in reversed(present):
        rest = [other for other in present if other not in {part, "BYSETPOS"}]
        if rest and ever(rule.without(part)):
            raise RuleError(part, f"never falls together with {', '.join(rest)}")
    raise RuleError(present[-1], "leaves no day at all")
