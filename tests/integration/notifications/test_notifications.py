"""From a reminder that is due to what its user gets to see."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from events.data import EventData
from events.event import Event
from events.notification import NotificationEvent, NotificationRequested
from events.reminder import ReminderDue
from functions.notifications.channels import open_channel
from functions.notifications.retries import ATTEMPTS
from tests.functions import FunctionUnderTest, Load, ManualClock
from tests.integration.notifications.receiver import Receiver
from tests.samples import NOON, a_notification, a_reminder, an_event

LIST = "/notifications/alice"
PREFERENCES = "/notifications/alice/preferences"

Listen = Callable[..., Receiver]


@pytest.fixture
def listen(clock: ManualClock) -> Iterator[Listen]:
    """Start receivers that answer as told; the clock shows the real time, as signatures are of their time."""
    clock.now = datetime.now(UTC)
    started: list[Receiver] = []

    def start(*answers: int) -> Receiver:
        started.append(Receiver(answers))
        return started[-1]

    yield start
    for receiver in started:
        receiver.close()


class Channels:
    """The three functions together, with the broker between them played by the test."""

    def __init__(self, function: Load) -> None:
        self.api = function("notifications")
        self.notify_user = function("notify-user")
        self.send_notification = function("send-notification")

    def subscribe(self, *receivers: Receiver) -> None:
        """Have alice notified in the app and by webhooks."""
        wanted = [{"type": "inApp"}, *({"type": "webhook", "url": receiver.url} for receiver in receivers)]
        kept = self.api.call("PUT", PREFERENCES, {"channels": wanted}).get_json()["channels"]
        for receiver, channel in zip(receivers, kept[1:], strict=True):
            receiver.secret = channel["secret"]

    def remind(self) -> None:
        """Let a reminder be due now, and hand on what follows from it."""
        due = ReminderDue(reminder=a_reminder(remind_at=self.clock.now - timedelta(seconds=2)))
        assert self.notify_user.hear(an_event(due, by="schedule-reminders", time=self.clock.now)).status_code == 202
        self.hand_on()

    def hand_on(self) -> None:
        """Hand every NotificationRequested that was said to send-notification."""
        for event in self.events:
            if isinstance(event.data, NotificationRequested):
                assert self.send_notification.hear(event).status_code == 202

    def wait_for_retry(self) -> bool:
        """Move the clock to the next try and hand it over; False where none is waiting."""
        waiting = self.api.scheduled
        if not waiting:
            return False
        assert waiting[0].attributes.time is not None
        self.clock.now = waiting[0].attributes.time
        assert self.send_notification.hear(waiting[0]).status_code == 202
        self.api.database.run("DELETE FROM delivery.outbox WHERE id = :id", id=waiting[0].attributes.id)
        return True

    @property
    def clock(self) -> ManualClock:
        """The clock of all three."""
        return self.api.clock

    @property
    def events(self) -> list[Event[EventData]]:
        """What any of the three has said."""
        for function in (self.api, self.notify_user, self.send_notification):
            function.instance.publisher.wait()
        return self.api.said

    def said(self) -> list[str]:
        """Return what was said of notifications, each with its channel."""
        events = [event.data for event in self.events]
        told = [data for data in events if isinstance(data, NotificationEvent)]
        return sorted(f"{data.type.removeprefix('todo.Notification')} {data.notification.channel}" for data in told)


@pytest.fixture
def channels(function: Load) -> Channels:
    """Load notify-user, send-notification and the HTTP function."""
    return Channels(function)


@pytest.fixture
def api(function: Load) -> FunctionUnderTest:
    """Load the HTTP function."""
    return function("notifications")


def test_a_reminder_is_delivered_in_the_app(channels: Channels) -> None:
    """Without preferences a reminder is in the list, delivered, and says how late it is."""
    channels.remind()
    assert channels.said() == ["Delivered inApp", "Requested inApp", "Sent inApp"]
    [shown] = channels.api.call("GET", LIST).get_json()["items"]
    assert (shown["status"], shown["title"], shown["lateBy"]) == ("delivered", "Water the plants", "PT2S")


def test_a_repeat_notifies_nobody_again(channels: Channels) -> None:
    """The same ReminderDue and the same NotificationRequested, twice, are one notification."""
    channels.remind()
    for event in channels.events:
        if isinstance(event.data, NotificationRequested):
            again = an_event(event.data, by="notify-user")  # another event about the same notification
            assert channels.send_notification.hear(again).status_code == 202
    assert channels.said() == ["Delivered inApp", "Requested inApp", "Sent inApp"]


def test_each_channel_is_notified_once(channels: Channels, listen: Listen) -> None:
    """A webhook and the app each have their own row; the receiver is told by the notification's id."""
    receiver = listen()
    channels.subscribe(receiver)
    channels.remind()
    [sent] = receiver.accepted
    assert (sent["type"], sent["data"]["title"], receiver.ids) == (
        "notification.reminder",
        "Water the plants",
        [sent["data"]["id"]],
    )
    shown = channels.api.call("GET", LIST).get_json()["items"]
    assert {(one["channel"], one["status"], one["siblings"]) for one in shown} == {
        ("inApp", "delivered", 2),
        ("webhook", "delivered", 2),
    }


def test_a_failing_webhook_is_tried_until_it_takes_it(channels: Channels, listen: Listen) -> None:
    """Five 500s and then a 200: delivered once, under one id, while the app was not kept waiting."""
    receiver = listen(500, 500, 500, 500, 500)
    channels.subscribe(receiver)
    channels.remind()
    assert "Delivered inApp" in channels.said()
    tries = 1
    while channels.wait_for_retry():
        tries += 1
    assert (tries, len(receiver.accepted), len(set(receiver.ids))) == (6, 1, 1)
    assert channels.said().count("Delivered webhook") == 1


def test_a_webhook_that_never_answers_well_is_given_up(channels: Channels, listen: Listen) -> None:
    """After the last attempt the notification fails, with the reason."""
    channels.subscribe(listen(*[503] * (ATTEMPTS + 5)))
    channels.remind()
    while channels.wait_for_retry():
        pass
    assert channels.said().count("Failed webhook") == 1
    [failed] = channels.api.call("GET", f"{LIST}?status=failed").get_json()["items"]
    assert (failed["attempts"], failed["reason"]) == (ATTEMPTS, "answered 503")


@pytest.mark.parametrize("status", [400, 404, 410, 301])
def test_a_webhook_that_refuses_is_given_up_at_once(channels: Channels, listen: Listen, status: int) -> None:
    """A refusal, or a redirect, which is not followed, is final."""
    channels.subscribe(listen(status))
    channels.remind()
    assert "Failed webhook" in channels.said()
    assert channels.api.scheduled == []


def test_a_receiver_that_is_gone_is_tried_again(channels: Channels, listen: Listen) -> None:
    """No connection is a failure that may pass."""
    receiver = listen()
    receiver.close()
    channels.subscribe(receiver)
    channels.remind()
    assert len(channels.api.scheduled) == 1


@pytest.mark.parametrize(
    "url",
    ["https://127.0.0.1/", "https://localhost/", "https://[::1]/", "https://169.254.169.254/", "https://10.0.0.1/"],
)
def test_outside_of_development_a_webhook_cannot_reach_inside(url: str) -> None:
    """Loopback, link-local and private addresses are refused after resolution; so is a webhook without TLS."""
    secret = "whsec_" + "A" * 44
    webhook = open_channel({"type": "webhook", "url": url, "secret": secret}, development=False)
    requested = a_notification()
    assert webhook.send(requested, now=NOON).reason == "the address is not public"
    plain = open_channel({"type": "webhook", "url": "http://example.com/", "secret": secret}, development=False)
    assert plain.send(requested, now=NOON).reason == "a webhook must be https"


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


def test_a_webhooks_secret_is_shown_once(api: FunctionUnderTest) -> None:
    """A secret is in the answer that makes it, masked after, and kept when preferences come back as they are shown."""
    wanted = {"channels": [{"type": "webhook", "url": "https://example.com/hook"}]}
    made = api.call("PUT", PREFERENCES, wanted)
    secret = made.get_json()["channels"][0]["secret"]
    assert secret.startswith("whsec_")
    shown = api.call("GET", PREFERENCES)
    assert secret not in shown.get_data(as_text=True)
    kept = api.call("PUT", PREFERENCES, {"channels": shown.get_json()["channels"]}, If_Match=shown.headers["ETag"])
    assert kept.get_json()["channels"][0]["secret"] == secret
    assert api.call("PUT", PREFERENCES, wanted, If_Match='"1"').status_code == 412


@pytest.mark.parametrize(
    "channel",
    [
        {"type": "carrier-pigeon"},
        {"type": "webhook"},
        {"type": "webhook", "url": "ftp://example.com"},
        {"type": "webhook", "url": "https://user:password@example.com"},
        {"type": "webhook", "url": "https://"},
        {"type": "webhook", "url": "https://example.com:99999/"},
        {"type": "webhook", "url": "https://example.com:port/"},
        {"type": "webhook", "url": "https://[bad/"},
        {"type": "webhook", "url": "https://example.com", "secret": "short"},
        {"type": "inApp", "colour": "red"},
    ],
)
def test_wrong_preferences_are_refused_by_field(api: FunctionUnderTest, channel: dict[str, str]) -> None:
    """A channel that cannot be is answered with 400, and nothing changes."""
    answer = api.call("PUT", PREFERENCES, {"channels": [channel]})
    assert (answer.status_code, answer.get_json()["errors"][0]["field"].startswith("channels.0")) == (400, True)
    assert api.call("GET", PREFERENCES).get_json()["version"] == 0


def test_a_channel_is_there_once(api: FunctionUnderTest) -> None:
    """The same channel twice would notify twice."""
    answer = api.call("PUT", PREFERENCES, {"channels": [{"type": "inApp"}, {"type": "inApp"}]})
    assert (answer.status_code, "twice" in answer.get_json()["detail"]) == (400, True)
