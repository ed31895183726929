"""The story from end to end, through the gateway."""

from datetime import datetime

from tests.cluster.installation import Installation
from tests.e2e.story import Story


def test_the_story_is_told_once(installed: Installation) -> None:
    """A task reminds at its time, is completed, and comes again a day later; the audit log has each step once."""
    story = Story(installed, "storyteller", remind_in=15)
    story.create()
    created_at = datetime.fromisoformat(story.notification()["createdAt"])
    assert created_at >= story.remind_at
    story.delivered()
    story.complete()
    story.ends_well()
    story.is_told_once()


def test_no_reaction_can_be_reached_from_outside(installed: Installation) -> None:
    """The gateway knows a reaction's host for neighbours only."""
    url, headers = installed.address("/tasks")
    inside = headers["Host"].replace("tasks.", "append-audit.", 1)
    answer = installed._http.request("POST", url.removesuffix("/tasks"), headers={"Host": inside})
    assert answer.status == 404
