"""Reads a recurrence rule such as ``FREQ=MONTHLY;BYMONTHDAY=-1`` from text (RFC 5545, section 3.3.10)."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Final

from functions.schedule.rule import BY_DATE, FREQUENCIES, WEEKDAYS, MonthEnd, Rule, RuleError
from functions.schedule.rule_days import is_satisfiable

_DAY = re.compile(r"([+-]?[0-9]{1,2})?(MO|TU|WE|TH|FR|SA|SU)")
_UNTIL = re.compile(r"([0-9]{8})(?:T([0-9]{6})(Z)?)?")


@lru_cache(maxsize=256)
def parse_rule(text: str, month_end: MonthEnd = "skip") -> Rule:
    """Return the rule in a text such as ``FREQ=MONTHLY;BYMONTHDAY=-1``.

    ``month_end`` decides about months without the rule's day, such as the 31st: "skip" omits them, "clamp" uses their
    last day.

    Raises :class:`RuleError` if a part is unknown, out of range, repeated, or in conflict with another part, and if no
    day ever satisfies the rule.
    """
    parts = _split_parts(text)
    if "FREQ" not in parts:
        raise RuleError("FREQ", f"is required, one of {', '.join(FREQUENCIES)}")
    values = {name.lower(): _READERS[name](name, value) for name, value in parts.items()}
    rule = Rule(**values, month_end=month_end)  # type: ignore[arg-type] # each reader returns its part's type
    _check_combination(rule, parts)
    return rule


def _split_parts(text: str) -> dict[str, str]:
    parts: dict[str, str] = {}
    for piece in text.upper().split(";"):
        name, equals, value = piece.partition("=")
        if not equals or not value:
            raise RuleError(name[:20] or "rule", "must be NAME=VALUE, parts separated by semicolons")
        if name in {"BYHOUR", "BYMINUTE", "BYSECOND"}:
            raise RuleError(name, "is not supported: the time of day is that of the due date")
        if name not in _READERS:
            raise RuleError(name[:20] or "rule", "is not a part of a recurrence rule")
        if name in parts:
            raise RuleError(name, "is given twice")
        parts[name] = value
    return parts


def _read_frequency(part: str, value: str) -> str:
    if value not in FREQUENCIES:
        raise RuleError(part, f"must be one of {', '.join(FREQUENCIES)}")
    return value


def _number_reader(lowest: int, highest: int) -> Callable[[str, str], int]:
    def read(part: str, value: str) -> int:
        if not re.fullmatch(r"[+-]?[0-9]{1,6}", value) or not lowest <= int(value) <= highest:
            raise RuleError(part, f"must be a number from {lowest} to {highest}")
        return int(value)

    return read


def _numbers_reader(highest: int, *, negative: bool = True) -> Callable[[str, str], tuple[int, ...]]:
    read_number = _number_reader(-highest if negative else 1, highest)

    def read(part: str, value: str) -> tuple[int, ...]:
        numbers = [read_number(part, piece) for piece in value.split(",")]
        if 0 in numbers:
            raise RuleError(part, "must not be 0")
        return tuple(sorted(set(numbers)))

    return read


def _read_weekdays(part: str, value: str) -> tuple[tuple[int, int], ...]:
    days = set()
    for piece in value.split(","):
        found = _DAY.fullmatch(piece)
        if found is None or (found[1] and not 1 <= abs(int(found[1])) <= 53):  # noqa: PLR2004 - weeks of a year
            raise RuleError(part, "must be weekdays like MO or -1FR, separated by commas")
        days.add((int(found[1] or 0), WEEKDAYS.index(found[2])))
    return tuple(sorted(days))


def _read_week_start(part: str, value: str) -> int:
    if value not in WEEKDAYS:
        raise RuleError(part, f"must be one of {', '.join(WEEKDAYS)}")
    return WEEKDAYS.index(value)


def _read_until(part: str, value: str) -> date | datetime:
    found = _UNTIL.fullmatch(value)
    try:
        if found and found[2]:
            moment = datetime.strptime(f"{found[1]}{found[2]}", "%Y%m%d%H%M%S")  # noqa: DTZ007 - a wall-clock time
            return moment.replace(tzinfo=UTC) if found[3] else moment
        if found:
            return datetime.strptime(found[1], "%Y%m%d").date()  # noqa: DTZ007 - a date
    except ValueError:
        pass  # digits that are no date, such as 20261331, get the same error as any other text
    raise RuleError(part, "must be a date or time like 20261231 or 20261231T235959Z")


_READERS: Final[dict[str, Callable[[str, str], object]]] = {
    "FREQ": _read_frequency,
    "INTERVAL": _number_reader(1, 10_000),
    "COUNT": _number_reader(1, 100_000),
    "UNTIL": _read_until,
    "BYMONTH": _numbers_reader(12, negative=False),
    "BYWEEKNO": _numbers_reader(53),
    "BYYEARDAY": _numbers_reader(366),
    "BYMONTHDAY": _numbers_reader(31),
    "BYDAY": _read_weekdays,
    "BYSETPOS": _numbers_reader(366),
    "WKST": _read_week_start,
}

_FORBIDDEN: Final[dict[str, set[str]]] = {
    "MINUTELY": set(BY_DATE),
    "HOURLY": set(BY_DATE),
    "DAILY": {"BYWEEKNO", "BYYEARDAY"},
    "WEEKLY": {"BYWEEKNO", "BYYEARDAY", "BYMONTHDAY"},
    "MONTHLY": {"BYWEEKNO", "BYYEARDAY"},
    "YEARLY": set(),
}
"""The BY parts that a frequency does not support."""


def _check_combination(rule: Rule, parts: dict[str, str]) -> None:
    """Reject parts that RFC 5545, section 3.3.10, does not allow together, and rules that no day satisfies."""
    present: list[str] = [part for part in BY_DATE if part in parts]
    for part in present:
        if part in _FORBIDDEN[rule.freq]:
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
    if is_satisfiable(rule):
        return
    for part in reversed(present):
        rest = [other for other in present if other not in {part, "BYSETPOS"}]
        if rest and is_satisfiable(rule.without_part(part)):
            raise RuleError(part, f"never falls together with {', '.join(rest)}")
    raise RuleError(present[-1], "selects no day at all")
