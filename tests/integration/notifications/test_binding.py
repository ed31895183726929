"""An output binding of Dapr's as a channel."""

import json

import pytest

from tests.daprd import Daprd
from tests.functions import FunctionUnderTest, Load
from tests.integration.notifications.channels import PREFERENCES, Channels

MAIL = {"channels": [{"type": "binding", "name": "mail"}]}


def remind(function: Load, listed: str) -> Channels:
    """Have alice reminded through the binding "mail" where some are listed."""
    channels = Channels(function, NOTIFICATION_BINDINGS=listed)
    assert channels.api.call("PUT", PREFERENCES, MAIL).get_json()["channels"] == MAIL["channels"]
    channels.remind()
    return channels


def test_a_listed_binding_is_handed_the_notification(function: Load, daprd: Daprd) -> None:
    """By its name and the operation that all have, with the id that tells a repeat, and whose it is."""
    channels = remind(function, "queue, mail")
    [(name, operation, data)] = daprd.bound
    [shown] = channels.shown()
    sent = json.loads(data)
    assert (name, operation, sent["userId"], sent["data"]["id"]) == ("mail", "create", "alice", shown["id"])
    assert shown["status"] == "delivered"


@pytest.mark.parametrize("listed", ["", "queue", "mailbox"])
def test_any_other_component_is_out_of_reach(function: Load, daprd: Daprd, listed: str) -> None:
    """What the operator does not list is not called, whoever names it."""
    [shown] = remind(function, listed).shown()
    assert (daprd.bound, shown["status"], shown["reason"]) == ([], "failed", "the operator lists no such binding")


def test_a_binding_that_is_down_is_tried_again(function: Load, daprd: Daprd) -> None:
    """Until it takes it."""
    daprd.down = True
    channels = remind(function, "mail")
    daprd.down = False
    assert channels.wait_for_retry()
    assert (len(daprd.bound), channels.shown()[0]["status"]) == (1, "delivered")


@pytest.mark.parametrize("name", ["", "a b", "../state", "UPPER", "x" * 64])
def test_a_name_that_cannot_be_is_refused(api: FunctionUnderTest, name: str) -> None:
    """By its field."""
    answer = api.call("PUT", PREFERENCES, {"channels": [{"type": "binding", "name": name}]})
    assert (answer.status_code, answer.get_json()["errors"][0]["field"]) == (400, "channels.0.binding.name")
