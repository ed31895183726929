"""A user's notifications over HTTP."""

from uuid import uuid4

from tests.functions import FunctionUnderTest
from tests.integration.notifications.channels import LIST, PREFERENCES, Channels, Listen


def test_a_message_is_requested_once(api: FunctionUnderTest) -> None:
    """A message to oneself goes through one's channels; the same key again is the same message."""
    first = api.call("POST", "/notifications/send", {"title": "Hello"}, Idempotency_Key="k")
    api.database.run("DELETE FROM state.entries")
    again = api.call("POST", "/notifications/send", {"title": "Hello"}, Idempotency_Key="k")
    assert (first.status_code, first.get_json()["items"][0]["id"]) == (202, again.get_json()["items"][0]["id"])
    assert api.emitted_types() == ["NotificationRequested"]
    api.database.run("DELETE FROM state.entries")
    other = api.call("POST", "/notifications/send", {"title": "Other"}, Idempotency_Key="k")
    assert other.status_code == 422


def test_nobody_notifies_or_reads_another(api: FunctionUnderTest) -> None:
    """Another user's list, preferences and messages are not there."""
    assert api.call("GET", "/notifications/bob").status_code == 404
    assert api.call("GET", "/notifications/bob/preferences").status_code == 404
    assert api.call("PUT", "/notifications/bob/preferences", {"channels": []}).status_code == 404
    assert api.call("POST", "/notifications/send", {"title": "Hello", "userId": "bob"}).status_code == 404
    assert api.call("POST", f"/notifications/alice/{uuid4()}/read").status_code == 404


def test_reading_is_noted_once(channels: Channels) -> None:
    """A notification that was read says since when, and is no longer among the unread."""
    channels.remind()
    [shown] = channels.api.call("GET", f"{LIST}?unread=true").get_json()["items"]
    first = channels.api.call("POST", f"{LIST}/{shown['id']}/read").get_json()["readAt"]
    channels.clock.forward(minutes=5)
    assert channels.api.call("POST", f"{LIST}/{shown['id']}/read").get_json()["readAt"] == first
    assert channels.api.call("GET", f"{LIST}?unread=true").get_json()["items"] == []
    assert len(channels.api.call("GET", f"{LIST}?unread=false").get_json()["items"]) == 1


def test_the_unread_are_those_that_are_counted(channels: Channels, listen: Listen) -> None:
    """What waits, failed, or came through another channel is nothing to be read: neither listed nor counted."""
    channels.subscribe(listen(500))
    channels.remind()
    channels.api.call("POST", "/notifications/send", {"title": "On its way"})
    [shown] = channels.api.call("GET", f"{LIST}?unread=true").get_json()["items"]
    assert (shown["channel"], shown["status"]) == ("inApp", "delivered")
    assert channels.api.call("GET", f"{LIST}/counts").get_json() == {"read": 0, "unread": 1}


def test_the_list_goes_on_from_page_to_page(channels: Channels) -> None:
    """Newest first, each once."""
    for number in range(5):
        channels.clock.forward(seconds=1)
        channels.api.call("POST", "/notifications/send", {"title": f"Message {number}"})
    seen: list[str] = []
    cursor = ""
    while cursor is not None:
        shown = channels.api.call("GET", f"{LIST}?limit=2{cursor and '&cursor=' + cursor}").get_json()
        seen += [item["title"] for item in shown["items"]]
        cursor = shown["next"]
    assert seen == [f"Message {number}" for number in reversed(range(5))]


def test_a_repeated_message_reaches_no_channel_that_came_later(api: FunctionUnderTest) -> None:
    """With another channel by then, and the first answer forgotten, a repeat is answered with what there is."""
    first = api.call("POST", "/notifications/send", {"title": "Hello"}, Idempotency_Key="k")
    later = {"channels": [{"type": "inApp"}, {"type": "webhook", "url": "https://example.com/hook"}]}
    assert api.call("PUT", PREFERENCES, later).status_code == 200
    api.database.run("DELETE FROM state.entries")
    again = api.call("POST", "/notifications/send", {"title": "Hello"}, Idempotency_Key="k")
    assert (again.status_code, again.get_json()["items"]) == (202, first.get_json()["items"])
    assert api.emitted_types() == ["NotificationRequested"]


def test_what_is_in_the_app_is_counted_and_marked(channels: Channels, listen: Listen) -> None:
    """Read and unread are of what was delivered in the app; the same through a webhook does not count."""
    channels.subscribe(listen())
    for _ in range(3):
        channels.api.call("POST", "/notifications/send", {"title": "Hello"})
    channels.hand_on()
    assert channels.api.call("GET", f"{LIST}/counts").get_json() == {"read": 0, "unread": 3}
    first, *_ = channels.shown("?channel=inApp")
    channels.api.call("POST", f"{LIST}/{first['id']}/read")
    assert channels.api.call("GET", f"{LIST}/counts").get_json() == {"read": 1, "unread": 2}
    assert channels.api.call("DELETE", f"{LIST}/{first['id']}/read").get_json()["readAt"] is None
    assert channels.api.call("GET", f"{LIST}/counts").get_json() == {"read": 0, "unread": 3}
    assert channels.api.call("POST", f"{LIST}/read").get_json() == {"read": 3, "unread": 0}
    assert channels.api.call("GET", "/notifications/bob/counts").status_code == 404


def test_a_user_whose_name_has_a_slash_is_served_as_well(api: FunctionUnderTest) -> None:
    """An issuer may name its users by paths."""
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
