"""The functions of a reminder's chain are woken before the reminder is due."""

import re
from datetime import datetime, timedelta
from pathlib import Path

from tests.e2e.story import Story
from tests.e2e.system import System, run_system

CHAIN = ("notify-user", "send-notification", "settle-reminder")
"""The functions that run for the first time when a reminder is due."""

REMIND_IN = 40.0
"""Seconds until the reminder. The system has to start and to store it before the relay wakes functions."""

UNITS = {"ms": "milliseconds", "s": "seconds"}


def find_start(system: System, pattern: str) -> datetime:
    """Return when the occurrence in the platform's log began that matches a pattern, when there is one."""
    line = re.compile(rf"^(\S+) +{pattern}(?: in ([\d.]+) (m?s))?$", re.MULTILINE)
    found = system.wait_for(lambda: line.search(system.read_log()))
    assert found
    end, duration, unit = found.groups()
    took = timedelta(**{UNITS[unit]: float(duration)}) if duration else timedelta()
    return datetime.strptime(end, "%H:%M:%S.%f") - took  # noqa: DTZ007 - local times of one log


def test_a_reminder_wakes_its_functions_before_it_is_due(tmp_path: Path) -> None:
    """Each function of the chain gets a request of the relay before the reminder is published."""
    with run_system(tmp_path / "data") as system:
        story = Story(system, "punctual", remind_in=REMIND_IN)
        story.create_task()
        story.wait_for_delivery()
        due = find_start(system, r"\S+ +published todo\.ReminderDue")
        assert [name for name in CHAIN if find_start(system, rf"{name} +GET /warm 204") >= due] == []
