"""One tree from the request to the channel, and metrics of functions that sleep again."""

from typing import Any

from tests.cluster.collecting import collected, collecting
from tests.cluster.installation import Installation
from tests.e2e.story import Story

ON_THE_WAY = ("tasks", "schedule-reminders", "append-audit", "relay-outbox", "notify-user", "send-notification")


def test_a_request_is_one_tree_down_to_the_channel(installed: Installation) -> None:
    """The call, each publish, each function and the channel hang together; every function pushed its metrics."""
    with collecting(installed) as url:
        installed.install(f"--set-string=global.telemetry.otlpEndpoint={url}")
        try:
            story = Story(installed, "traced", remind_in=15)
            story.create_task()
            story.wait_for_delivery()
            [trace] = {event["traceparent"][3:35] for event in story.list_audited_events()}
            installed.wait_for(lambda: set(ON_THE_WAY) <= services(spans(installed, trace)))
            found = installed.wait_for(lambda: complete(spans(installed, trace)))
            assert [span["span"] for span in found if "send" in span["span"].lower()], found
            installed.wait_for(lambda: set(ON_THE_WAY) <= measured(installed))
        finally:
            installed.install()


def spans(installed: Installation, trace: str) -> list[dict[str, Any]]:
    """Return the spans of a trace that came so far."""
    return [one for one in collected(installed) if one.get("trace") == trace]


def services(found: list[dict[str, Any]]) -> set[str]:
    """Return who made the spans."""
    return {span["service"] for span in found}


def complete(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the spans where they are one tree, and none where a parent has not come yet."""
    known = {span["id"] for span in found}
    roots = [span for span in found if span["parent"] not in known]
    return found if len(roots) == 1 else []


def measured(installed: Installation) -> set[str]:
    """Return the functions that pushed metrics."""
    return {one["service"] for one in collected(installed) if "metric" in one}
