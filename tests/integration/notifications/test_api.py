"""A user's notifications over HTTP."""

from uuid import uuid4

from tests.functions import FunctionUnderTest
from tests.integration.notifications.channels import LIST, PREFERENCES, Channels


def test_a_message_is_requested_once(api: FunctionUnderTest) -> None:
    """A message to oneself goes through one's channels; the same key again is the same message."""
    first = api.call("POST", "/notifications/send", {"title": "Hello"}, Idempotency_Key="k")
    api.database.run("DELETE FROM state.entries")
    again = api.call("POST", "/notifications/send", {"title": "Hello"}, Idempotency_Key="k")
    assert (first.status_code, first.get_json()["items"][0]["id"]) == (202, again.get_json()["items"][0]["id"])
    assert api.said_types() == ["NotificationRequested"]
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
    assert api.said_types() == ["NotificationRequested"]
