"""The ledger: what became of each attempt, for each channel by itself."""

from typing import Any
from uuid import uuid4

from tests.integration.notifications.channels import LIST, Channels, Listen


def account(channels: Channels, channel: str) -> dict[str, Any]:
    """Return the account of the one notification through a channel."""
    [one] = [one for one in channels.shown() if one["channel"] == channel]
    kept: dict[str, Any] = channels.api.call("GET", f"{LIST}/{one['id']}").get_json()
    return kept


def test_an_account_holds_attempts_with_times_and_answers(channels: Channels, listen: Listen) -> None:
    """Two failures and their times, the next try; then the success, and no next try."""
    channels.subscribe(listen(500, 503))
    channels.remind()
    first = channels.clock.now
    assert channels.wait_for_retry()
    second = channels.clock.now
    waiting = account(channels, "webhook")
    assert [(one["number"], one["delivered"], one["reason"]) for one in waiting["attempts"]] == [
        (1, False, "answered 500"),
        (2, False, "answered 503"),
    ]
    assert [one["at"] for one in waiting["attempts"]] == [
        moment.isoformat().replace("+00:00", "Z") for moment in (first, second)
    ]
    assert waiting["notification"]["status"] == "requested"
    assert channels.api.scheduled[0].attributes.time is not None
    assert waiting["notification"]["nextTryAt"] > waiting["attempts"][1]["at"]
    assert channels.wait_for_retry()
    done = account(channels, "webhook")
    assert (done["attempts"][2]["delivered"], done["attempts"][2]["reason"]) == (True, None)
    assert (done["notification"]["status"], done["notification"]["nextTryAt"]) == ("delivered", None)


def test_each_channel_has_an_account_of_its_own(channels: Channels, listen: Listen) -> None:
    """One bad channel shows in its own account, and delays no other."""
    channels.subscribe(listen(400))
    channels.remind()
    bad, good = account(channels, "webhook"), account(channels, "inApp")
    assert (bad["notification"]["status"], bad["attempts"][0]["reason"]) == ("failed", "answered 400")
    assert (good["notification"]["status"], good["attempts"][0]["delivered"]) == ("delivered", True)
    assert bad["notification"]["nextTryAt"] is None


def test_nobody_reads_anothers_account(channels: Channels) -> None:
    """What is not one's own is not there."""
    channels.remind()
    [one] = channels.shown()
    assert channels.api.call("GET", f"{LIST}/{uuid4()}").status_code == 404
    assert channels.api.call("GET", f"{LIST}/{one['id']}", user="bob").status_code == 404
    assert channels.api.call("GET", f"/notifications/bob/{one['id']}", user="bob").status_code == 404
