"""The channel `binding`: an output binding of Dapr."""

import json

import pytest

from tests.daprd import Daprd
from tests.functions import FunctionUnderTest, Load
from tests.integration.notifications.notification_functions import PREFERENCES, NotificationFunctions

MAIL = {"channels": [{"type": "binding", "name": "mail"}]}


def remind(function: Load, listed: str) -> NotificationFunctions:
    """Remind alice through the binding "mail", with these bindings listed by the operator."""
    notifications = NotificationFunctions(function, NOTIFICATION_BINDINGS=listed)
    assert notifications.api.call("PUT", PREFERENCES, MAIL).get_json()["channels"] == MAIL["channels"]
    notifications.remind()
    return notifications


def test_a_listed_binding_receives_the_notification(function: Load, daprd: Daprd) -> None:
    """The binding is invoked with the operation "create", the notification's id and the user's id."""
    notifications = remind(function, "queue, mail")
    [(name, operation, data)] = daprd.bound
    [shown] = notifications.listed()
    sent = json.loads(data)
    assert (name, operation, sent["userId"], sent["data"]["id"]) == ("mail", "create", "alice", shown["id"])
    assert shown["status"] == "delivered"


@pytest.mark.parametrize("listed", ["", "queue", "mailbox"])
def test_a_component_that_is_not_listed_is_not_invoked(function: Load, daprd: Daprd, listed: str) -> None:
    """A user cannot reach other components by naming them."""
    [shown] = remind(function, listed).listed()
    assert (daprd.bound, shown["status"], shown["reason"]) == ([], "failed", "the operator lists no such binding")


def test_a_binding_that_is_down_is_tried_again(function: Load, daprd: Daprd) -> None:
    """The next attempt succeeds when the binding is back."""
    daprd.down = True
    notifications = remind(function, "mail")
    daprd.down = False
    assert notifications.run_next_attempt()
    assert (len(daprd.bound), notifications.listed()[0]["status"]) == (1, "delivered")


@pytest.mark.parametrize("name", ["", "a b", "../state", "UPPER", "x" * 64])
def test_an_impossible_name_is_rejected_by_field(api: FunctionUnderTest, name: str) -> None:
    """The problem names the field."""
    answer = api.call("PUT", PREFERENCES, {"channels": [{"type": "binding", "name": name}]})
    assert (answer.status_code, answer.get_json()["errors"][0]["field"]) == (400, "channels.0.binding.name")
