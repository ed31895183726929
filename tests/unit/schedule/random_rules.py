"""Generates random recurrence rules, from common parts and from parts that seldom fall together."""

import random
from collections.abc import Iterator

from functions.schedule.rule import WEEKDAYS

RARE = {
    "INTERVAL": ("7", "13", "28", "30", "31", "52", "53", "91", "366", "1461"),
    "BYMONTH": ("2",),
    "BYMONTHDAY": ("29", "30", "31", "-29", "-31", "13", "29,-1", "3,-26,-28,-29"),
    "BYYEARDAY": ("366", "-366", "60,-306", ",".join(map(str, range(-100, 0)))),
    "BYWEEKNO": ("53", "-53", "1,-1", "9,-30,-4,25,22,52,-52,53"),
    "BYSETPOS": ("-1", "3", "5", ",".join(map(str, range(4, 120)))),
}
"""Values that few periods have, or that seldom fall together with other parts."""


def random_rule(chance: random.Random) -> str:
    """Return the text of a rule with a few parts. The rule may be invalid."""
    frequency = chance.choice(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"])
    parts = [f"FREQ={frequency}"]
    if chance.random() < 0.5:
        parts.append(_random_part(chance, "INTERVAL", str(chance.randint(1, 5))))
    if chance.random() < 0.3:
        parts.append(_random_part(chance, "BYMONTH", _random_numbers(chance, 12, 3, signs=(1,))))
    if frequency != "WEEKLY" and chance.random() < 0.3:
        parts.append(_random_part(chance, "BYMONTHDAY", _random_numbers(chance, 31, 2)))
    parts += _random_days(chance, frequency)
    if len(parts) > 2 and chance.random() < 0.25:
        parts.append(_random_part(chance, "BYSETPOS", _random_numbers(chance, 2, 2)))
    if chance.random() < 0.3:
        parts.append(f"WKST={chance.choice(WEEKDAYS)}")
    return ";".join(parts)


def _random_days(chance: random.Random, frequency: str) -> Iterator[str]:
    if frequency == "YEARLY" and chance.random() < 0.2:
        yield _random_part(chance, "BYYEARDAY", _random_numbers(chance, 366, 4))
    if frequency == "YEARLY" and chance.random() < 0.2:
        yield _random_part(chance, "BYWEEKNO", _random_numbers(chance, 53, 3))
        # Without BYDAY the weekday is that of the start. Implementations differ about this case.
        yield f"BYDAY={chance.choice(WEEKDAYS)}"
    elif chance.random() < 0.4:
        numbered = frequency in {"MONTHLY", "YEARLY"} and chance.random() < 0.5
        ordinal = chance.choice(["-2", "-1", "1", "2", "5"]) if numbered else ""
        yield "BYDAY=" + ",".join({ordinal + chance.choice(WEEKDAYS): None for _ in range(3)})


def _random_part(chance: random.Random, part: str, common: str) -> str:
    return f"{part}={chance.choice(RARE[part]) if chance.random() < 0.3 else common}"


def _random_numbers(chance: random.Random, highest: int, count: int, *, signs: tuple[int, ...] = (-1, 1)) -> str:
    return ",".join({str(chance.choice(signs) * chance.randint(1, highest)): None for _ in range(count)})
