"""Decides which functions to wake now, so that each is awake when an event that concerns it is due."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

RESPITE: Final = timedelta(seconds=1)
"""A function must stay awake for this long after an event is due, until the events that follow have reached it."""

LOOK_INTERVAL: Final = timedelta(seconds=1)
"""The time between two looks at the events that are due soon."""


class WakeSchedule:
    """Remembers until when each function is awake. ``idle_times`` are the times that functions stay after a request.

    The schedule only counts requests that it has chosen itself. A function that handles events is awake for longer.
    """

    def __init__(self, idle_times: Mapping[str, timedelta]) -> None:
        self._idle_times = idle_times
        self._awake_until: dict[str, datetime] = {}

    def choose(self, functions: Iterable[str], *, due_at: datetime, now: datetime) -> list[str]:
        """Return the functions to wake now for an event that is due at ``due_at``, and count them as awake.

        A function that would fall asleep before that time is chosen at the last look before it does.
        """
        chosen = []
        for name in sorted(functions):
            awake_until = self._awake_until.get(name, datetime.min.replace(tzinfo=UTC))
            if awake_until < max(due_at, now) and awake_until <= now + LOOK_INTERVAL:
                chosen.append(name)
                idle_time = self._idle_times[name]
                self._awake_until[name] = now + idle_time - min(RESPITE, idle_time / 2)
        return chosen

    def forget(self, function: str) -> None:
        """Count a function as asleep, because a request to it failed."""
        self._awake_until.pop(function, None)
