"""The log of attempts: the result of each attempt, for each channel."""

from typing import Any
from uuid import uuid4

from tests.integration.notifications.notification_functions import LIST, NotificationFunctions, StartReceiver


def account(notifications: NotificationFunctions, channel: str) -> dict[str, Any]:
    """Return the notification through a channel, with its attempts."""
    [one] = [one for one in notifications.listed() if one["channel"] == channel]
    body: dict[str, Any] = notifications.api.call("GET", f"{LIST}/{one['id']}").get_json()
    return body


def test_an_account_holds_the_time_and_the_result_of_each_attempt(
    notifications: NotificationFunctions, start_receiver: StartReceiver
) -> None:
    """After two failures a next attempt is planned; after the success there is none."""
    notifications.prefer(start_receiver(500, 503))
    notifications.remind()
    first_try = notifications.clock.now
    assert notifications.run_next_attempt()
    second_try = notifications.clock.now
    waiting = account(notifications, "webhook")
    assert [(one["number"], one["delivered"], one["reason"]) for one in waiting["attempts"]] == [
        (1, False, "answered 500"),
        (2, False, "answered 503"),
    ]
    assert [one["at"] for one in waiting["attempts"]] == [
        moment.isoformat().replace("+00:00", "Z") for moment in (first_try, second_try)
    ]
    assert waiting["notification"]["status"] == "requested"
    assert notifications.api.scheduled[0].attributes.time is not None
    assert waiting["notification"]["nextTryAt"] > waiting["attempts"][1]["at"]
    assert notifications.run_next_attempt()
    done = account(notifications, "webhook")
    assert (done["attempts"][2]["delivered"], done["attempts"][2]["reason"]) == (True, None)
    assert (done["notification"]["status"], done["notification"]["nextTryAt"]) == ("delivered", None)


def test_each_channel_has_its_own_account(notifications: NotificationFunctions, start_receiver: StartReceiver) -> None:
    """A channel that fails does not delay the other one."""
    notifications.prefer(start_receiver(400))
    notifications.remind()
    bad, good = account(notifications, "webhook"), account(notifications, "inApp")
    assert (bad["notification"]["status"], bad["attempts"][0]["reason"]) == ("failed", "answered 400")
    assert (good["notification"]["status"], good["attempts"][0]["delivered"]) == ("delivered", True)
    assert bad["notification"]["nextTryAt"] is None


def test_the_account_of_another_user_is_not_found(notifications: NotificationFunctions) -> None:
    """Neither the id nor the path of another user gives access."""
    notifications.remind()
    [one] = notifications.listed()
    assert notifications.api.call("GET", f"{LIST}/{uuid4()}").status_code == 404
    assert notifications.api.call("GET", f"{LIST}/{one['id']}", user="bob").status_code == 404
    assert notifications.api.call("GET", f"/notifications/bob/{one['id']}", user="bob").status_code == 404
