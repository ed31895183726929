"""Random rules, of the parts that people write and of those that seldom meet."""

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
"""Values that few periods have, or that meet others seldom."""


def random_rule(chance: random.Random) -> str:
    """Return a rule with a few parts; not every one can be followed."""
    frequency = chance.choice(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"])
    parts = [f"FREQ={frequency}"]
    if chance.random() < 0.5:
        parts.append(_part(chance, "INTERVAL", str(chance.randint(1, 5))))
    if chance.random() < 0.3:
        parts.append(_part(chance, "BYMONTH", _some(chance, 12, 3, signs=(1,))))
    if frequency != "WEEKLY" and chance.random() < 0.3:
        parts.append(_part(chance, "BYMONTHDAY", _some(chance, 31, 2)))
    parts += _days(chance, frequency)
    if len(parts) > 2 and chance.random() < 0.25:
        parts.append(_part(chance, "BYSETPOS", _some(chance, 2, 2)))
    if chance.random() < 0.3:
        parts.append(f"WKST={chance.choice(WEEKDAYS)}")
    return ";".join(parts)


def _days(chance: random.Random, frequency: str) -> Iterator[str]:
    if frequency == "YEARLY" and chance.random() < 0.2:
        yield _part(chance, "BYYEARDAY", _some(chance, 366, 4))
    if frequency == "YEARLY" and chance.random() < 0.2:
        yield _part(chance, "BYWEEKNO", _some(chance, 53, 3))
        yield f"BYDAY={chance.choice(WEEKDAYS)}"  # without one it is the start's, which not everybody reads so
    elif chance.random() < 0.4:
        numbered = frequency in {"MONTHLY", "YEARLY"} and chance.random() < 0.5
        ordinal = chance.choice(["-2", "-1", "1", "2", "5"]) if numbered else ""
        yield "BYDAY=" + ",".join({ordinal + chance.choice(WEEKDAYS): None for _ in range(3)})


def _part(chance: random.Random, part: str, often: str) -> str:
    return f"{part}={chance.choice(RARE[part]) if chance.random() < 0.3 else often}"


def _some(chance: random.Random, highest: int, count: int, *, signs: tuple[int, ...] = (-1, 1)) -> str:
    return ",".join({str(chance.choice(signs) * chance.randint(1, highest)): None for _ in range(count)})
