"""Killing anything at any moment: the story ends the same."""

import random
import time
from pathlib import Path

import pytest

from tests.e2e.story import Story
from tests.e2e.system import System, running

KILLS_APART = 0.4
KILLING_SECONDS = 4.0


def test_a_killed_platform_goes_on_where_it_was(tmp_path: Path) -> None:
    """The platform dies while a reminder waits, while it is delivered, and while its task comes again."""
    with running(tmp_path / "data") as system:
        story = Story(system, "survivor", remind_in=2)
        story.create()
        system.kill()
        system.start()
        story.notification()
        system.kill()
        system.start()
        story.delivered()
        story.complete()
        system.kill()
        system.start()
        story.ends_well()
        story.is_told_once()


def test_a_reminder_that_fell_due_meanwhile_says_how_late_it_is(tmp_path: Path) -> None:
    """A reminder whose moment passed while everything was down comes at the next start, with its lateness."""
    with running(tmp_path / "data") as system:
        story = Story(system, "sleeper", remind_in=1)
        story.create()
        story.planned(story.task)
        system.kill()
        time.sleep(1.5)
        system.start()
        assert story.delivered()["lateBy"] is not None
        assert len(system.items("/notifications/sleeper", user="sleeper")) == 1


@pytest.mark.parametrize("victim", ["functions", "database"])
def test_what_is_killed_again_and_again_loses_nothing(tmp_path: Path, victim: str) -> None:
    """Functions, or PostgreSQL, die at random moments all through several stories."""
    seed = random.SystemRandom().randrange(2**32)
    print(f"seed {seed}")  # noqa: T201 - it replays a failure
    chance = random.Random(seed)
    with running(tmp_path / "data") as system:
        stories = [Story(system, f"cat-{number}", remind_in=3) for number in range(3)]
        for story in stories:
            story.create()
            kill(system, victim)
        keep_killing(system, victim, chance)
        for story in stories:
            story.delivered()
        for story in stories:
            story.complete()
            kill(system, victim)
        keep_killing(system, victim, chance)
        for story in stories:
            story.ends_well()
            story.is_told_once()


def keep_killing(system: System, victim: str, chance: random.Random) -> None:
    """Kill what there is of a kind, for some seconds."""
    deadline = time.monotonic() + KILLING_SECONDS
    while time.monotonic() < deadline:
        time.sleep(chance.uniform(0, 2 * KILLS_APART))
        kill(system, victim)


def kill(system: System, victim: str) -> None:
    """Kill what there is of a kind."""
    if victim == "functions":
        system.kill_functions()
    else:
        system.kill_database()
