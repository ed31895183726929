"""The ledger: what became of each attempt, for each channel by itself."""

from typing import Any
from uuid import uuid4

from tests.integration.notifications.notification_functions import LIST, NotificationFunctions, StartReceiver


def account(notifications: NotificationFunctions, channel: str) -> dict[str, Any]:
    """Return the account of the one notification through a channel."""
    [one] = [one for one in notifications.listed() if one["channel"] == channel]
    kept: dict[str, Any] = notifications.api.call("GET", f"{LIST}/{one['id']}").get_json()
    return kept


def test_an_account_holds_attempts_with_times_and_answers(
    notifications: NotificationFunctions, start_receiver: StartReceiver
) -> None:
    """Two failures and their times, the next try; then the success, and no next try."""
    notifications.prefer(start_receiver(500, 503))
    notifications.remind()
    first = notifications.clock.now
    assert notifications.run_next_attempt()
    second = notifications.clock.now
    waiting = account(notifications, "webhook")
    assert [(one["number"], one["delivered"], one["reason"]) for one in waiting["attempts"]] == [
        (1, False, "answered 500"),
        (2, False, "answered 503"),
    ]
    assert [one["at"] for one in waiting["attempts"]] == [
        moment.isoformat().replace("+00:00", "Z") for moment in (first, second)
    ]
    assert waiting["notification"]["status"] == "requested"
    assert notifications.api.scheduled[0].attributes.time is not None
    assert waiting["notification"]["nextTryAt"] > waiting["attempts"][1]["at"]
    assert notifications.run_next_attempt()
    done = account(notifications, "webhook")
    assert (done["attempts"][2]["delivered"], done["attempts"][2]["reason"]) == (True, None)
    assert (done["notification"]["status"], done["notification"]["nextTryAt"]) == ("delivered", None)


def test_each_channel_has_an_account_of_its_own(
    notifications: NotificationFunctions, start_receiver: StartReceiver
) -> None:
    """One bad channel shows in its own account, and delays no other."""
    notifications.prefer(start_receiver(400))
    notifications.remind()
    bad, good = account(notifications, "webhook"), account(notifications, "inApp")
    assert (bad["notification"]["status"], bad["attempts"][0]["reason"]) == ("failed", "answered 400")
    assert (good["notification"]["status"], good["attempts"][0]["delivered"]) == ("delivered", True)
    assert bad["notification"]["nextTryAt"] is None


def test_nobody_reads_anothers_account(notifications: NotificationFunctions) -> None:
    """What is not one's own is not there."""
    notifications.remind()
    [one] = notifications.listed()
    assert notifications.api.call("GET", f"{LIST}/{uuid4()}").status_code == 404
    assert notifications.api.call("GET", f"{LIST}/{one['id']}", user="bob").status_code == 404
    assert notifications.api.call("GET", f"/notifications/bob/{one['id']}", user="bob").status_code == 404
