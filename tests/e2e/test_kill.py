"""The story has the same result if any process is killed at any moment."""

import random
import time
from pathlib import Path

import pytest

from tests.e2e.story import Story
from tests.e2e.system import System, run_system

MEAN_SECONDS_BETWEEN_KILLS = 0.4
KILLING_SECONDS = 4.0


def test_a_killed_platform_continues_at_its_next_start(tmp_path: Path) -> None:
    """It is killed before the reminder, during the delivery, and while the next occurrence is created."""
    with run_system(tmp_path / "data") as system:
        story = Story(system, "survivor", remind_in=2)
        story.create_task()
        system.kill()
        system.start()
        story.wait_for_notification()
        system.kill()
        system.start()
        story.wait_for_delivery()
        story.complete_task()
        system.kill()
        system.start()
        story.check_next_occurrence()
        story.check_audit_log()


def test_a_late_reminder_states_its_delay(tmp_path: Path) -> None:
    """A reminder that became due while the platform was down is delivered once, at the next start."""
    with run_system(tmp_path / "data") as system:
        story = Story(system, "sleeper", remind_in=1)
        story.create_task()
        story.wait_for_reminder(story.task)
        system.kill()
        time.sleep(1.5)
        system.start()
        assert story.wait_for_delivery()["lateBy"] is not None
        assert len(system.list_items("/notifications/sleeper", user="sleeper")) == 1


@pytest.mark.parametrize("victim", ["functions", "database"])
def test_repeated_kills_lose_nothing(tmp_path: Path, victim: str) -> None:
    """Functions, or PostgreSQL, are killed at random moments during several stories."""
    seed = random.SystemRandom().randrange(2**32)
    print(f"seed {seed}")  # noqa: T201 - with the seed, a failure can be repeated
    random_moments = random.Random(seed)
    with run_system(tmp_path / "data") as system:
        stories = [Story(system, f"cat-{number}", remind_in=3) for number in range(3)]
        for story in stories:
            story.create_task()
            kill(system, victim)
        kill_repeatedly(system, victim, random_moments)
        for story in stories:
            story.wait_for_delivery()
        for story in stories:
            story.complete_task()
            kill(system, victim)
        kill_repeatedly(system, victim, random_moments)
        for story in stories:
            story.check_next_occurrence()
            story.check_audit_log()


def kill_repeatedly(system: System, victim: str, random_moments: random.Random) -> None:
    """Kill all processes of a kind again and again, for some seconds."""
    deadline = time.monotonic() + KILLING_SECONDS
    while time.monotonic() < deadline:
        time.sleep(random_moments.uniform(0, 2 * MEAN_SECONDS_BETWEEN_KILLS))
        kill(system, victim)


def kill(system: System, victim: str) -> None:
    """Kill all processes of a kind."""
    if victim == "functions":
        system.kill_functions()
    else:
        system.kill_database()
