"""A user's notifications over HTTP."""

from uuid import uuid4

from tests.functions import FunctionUnderTest
from tests.integration.notifications.notification_functions import (
    LIST,
    PREFERENCES,
    NotificationFunctions,
    StartReceiver,
)

WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


def test_a_message_is_requested_once(api: FunctionUnderTest) -> None:
    """A repeat with the same Idempotency-Key is the same message; another message with that key is rejected."""
    first = api.call("POST", "/notifications/send", {"title": "Hello"}, Idempotency_Key="k")
    api.database.run("DELETE FROM state.entries")
    again = api.call("POST", "/notifications/send", {"title": "Hello"}, Idempotency_Key="k")
    assert (first.status_code, first.get_json()["items"][0]["id"]) == (202, again.get_json()["items"][0]["id"])
    assert sorted(api.emitted_types()) == ["NotificationDelivered", "NotificationRequested", "NotificationSent"]
    api.database.run("DELETE FROM state.entries")
    other = api.call("POST", "/notifications/send", {"title": "Other"}, Idempotency_Key="k")
    assert other.status_code == 422


def test_things_of_another_user_are_not_found(api: FunctionUnderTest) -> None:
    """Lists, preferences, messages and marks of another user are answered with 404."""
    assert api.call("GET", "/notifications/bob").status_code == 404
    assert api.call("GET", "/notifications/bob/preferences").status_code == 404
    assert api.call("PUT", "/notifications/bob/preferences", {"channels": []}).status_code == 404
    assert api.call("POST", "/notifications/send", {"title": "Hello", "userId": "bob"}).status_code == 404
    assert api.call("POST", f"/notifications/alice/{uuid4()}/read").status_code == 404


def test_marking_as_read_again_keeps_the_first_time(notifications: NotificationFunctions) -> None:
    """A read notification is no longer among the unread ones."""
    notifications.remind()
    [shown] = notifications.api.call("GET", f"{LIST}?unread=true").get_json()["items"]
    first = notifications.api.call("POST", f"{LIST}/{shown['id']}/read").get_json()["readAt"]
    notifications.clock.forward(minutes=5)
    assert notifications.api.call("POST", f"{LIST}/{shown['id']}/read").get_json()["readAt"] == first
    assert notifications.api.call("GET", f"{LIST}?unread=true").get_json()["items"] == []
    assert len(notifications.api.call("GET", f"{LIST}?unread=false").get_json()["items"]) == 1


def test_the_unread_list_matches_the_count(notifications: NotificationFunctions, start_receiver: StartReceiver) -> None:
    """Notifications that wait, failed, or used another channel are neither listed nor counted."""
    notifications.prefer(start_receiver(500))
    notifications.remind()
    today = {"start": "00:00", "end": "00:00", "days": [WEEKDAYS[notifications.clock.now.weekday()]]}
    notifications.prefer(quietHours={"timeZone": "UTC", "windows": [today]})
    notifications.api.call("POST", "/notifications/send", {"title": "Waits until tomorrow"})
    [shown] = notifications.api.call("GET", f"{LIST}?unread=true").get_json()["items"]
    assert (shown["channel"], shown["status"]) == ("inApp", "delivered")
    assert notifications.api.call("GET", f"{LIST}/counts").get_json() == {"read": 0, "unread": 1}


def test_pages_continue_the_list(notifications: NotificationFunctions) -> None:
    """The newest notification comes first, and each is listed once."""
    for number in range(5):
        notifications.clock.forward(seconds=1)
        notifications.api.call("POST", "/notifications/send", {"title": f"Message {number}"})
    seen: list[str] = []
    cursor = ""
    while cursor is not None:
        shown = notifications.api.call("GET", f"{LIST}?limit=2{cursor and '&cursor=' + cursor}").get_json()
        seen += [item["title"] for item in shown["items"]]
        cursor = shown["next"]
    assert seen == [f"Message {number}" for number in reversed(range(5))]


def test_a_repeated_message_is_not_sent_through_a_new_channel(api: FunctionUnderTest) -> None:
    """A repeat returns the stored notifications, even if the stored response is gone."""
    first = api.call("POST", "/notifications/send", {"title": "Hello"}, Idempotency_Key="k")
    later = {"channels": [{"type": "inApp"}, {"type": "webhook", "url": "https://example.com/hook"}]}
    assert api.call("PUT", PREFERENCES, later).status_code == 200
    api.database.run("DELETE FROM state.entries")
    again = api.call("POST", "/notifications/send", {"title": "Hello"}, Idempotency_Key="k")
    assert (again.status_code, again.get_json()["items"]) == (202, first.get_json()["items"])
    assert sorted(api.emitted_types()) == ["NotificationDelivered", "NotificationRequested", "NotificationSent"]


def test_notifications_in_the_app_are_counted_and_marked(
    notifications: NotificationFunctions, start_receiver: StartReceiver
) -> None:
    """Notifications through other channels do not count."""
    notifications.prefer(start_receiver())
    for _ in range(3):
        notifications.api.call("POST", "/notifications/send", {"title": "Hello"})
    notifications.send_requested()
    assert notifications.api.call("GET", f"{LIST}/counts").get_json() == {"read": 0, "unread": 3}
    first, *_ = notifications.listed("?channel=inApp")
    assert len(notifications.listed("?channel=")) == 6
    notifications.api.call("POST", f"{LIST}/{first['id']}/read")
    assert notifications.api.call("GET", f"{LIST}/counts").get_json() == {"read": 1, "unread": 2}
    assert notifications.api.call("DELETE", f"{LIST}/{first['id']}/read").get_json()["readAt"] is None
    assert notifications.api.call("GET", f"{LIST}/counts").get_json() == {"read": 0, "unread": 3}
    assert notifications.api.call("POST", f"{LIST}/read").get_json() == {"read": 3, "unread": 0}
    assert notifications.api.call("GET", "/notifications/bob/counts").status_code == 404


def test_a_user_id_may_contain_a_slash(api: FunctionUnderTest) -> None:
    """Some issuers use paths as user ids."""
    mine, user = "/notifications/google%2F1%7C2", "google/1|2"
    sent = api.call("POST", "/notifications/send", {"title": "Hello"}, user=user)
    one = f"{mine}/{sent.get_json()['items'][0]['id']}"
    for method, path in [
        ("GET", mine),
        ("GET", one),
        ("POST", f"{one}/read"),
        ("DELETE", f"{one}/read"),
        ("POST", f"{mine}/read"),
        ("GET", f"{mine}/counts"),
        ("GET", f"{mine}/preferences"),
        ("GET", f"{mine}/outlook?at=2026-03-02T12:00:00Z"),
    ]:
        assert api.call(method, path, user=user).status_code == 200, (method, path)
    assert api.call("PUT", f"{mine}/preferences", {"channels": []}, user=user).status_code == 200
