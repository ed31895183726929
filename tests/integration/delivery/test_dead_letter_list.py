"""Tests of listing and reading dead letters over HTTP."""

from uuid import uuid4

from events.task import TaskCompleted, TaskCreated
from tests.functions import FunctionUnderTest
from tests.integration.delivery.dead_letter_requests import OPERATOR, list_items, post_undelivered
from tests.samples import a_task, an_event


def test_dead_letters_are_filtered_sorted_and_paged(sink: FunctionUnderTest, delivery: FunctionUnderTest) -> None:
    """The list filters by status and type, starts with the newest, and every dead letter is on exactly one page."""
    for number in range(5):
        data = (TaskCreated if number % 2 else TaskCompleted)(task=a_task())
        post_undelivered(sink, an_event(data, id=f"event-{number}"))
        sink.clock.forward(seconds=number // 2)
    assert [item["event"]["id"] for item in list_items(delivery, "type=todo.TaskCreated")] == ["event-3", "event-1"]
    assert list_items(delivery, "status=redriven") == []
    seen, cursor = list[str](), ""
    while True:
        answer = delivery.call("GET", f"/delivery/dead-letters?limit=2{cursor}", roles=OPERATOR).get_json()
        seen += [item["event"]["id"] for item in answer["items"]]
        if not answer["next"]:
            break
        cursor = f"&cursor={answer['next']}"
    assert sorted(seen) == [f"event-{number}" for number in range(5)]
    assert seen[0] == "event-4"


def test_an_unknown_dead_letter_is_answered_with_404(delivery: FunctionUnderTest) -> None:
    """Reading and redriving an unknown id is a 404."""
    path = f"/delivery/dead-letters/{uuid4()}"
    assert delivery.call("GET", path, roles=OPERATOR).status_code == 404
    assert delivery.call("POST", f"{path}/redrive", roles=OPERATOR).status_code == 404


def test_users_have_no_access_to_dead_letters(delivery: FunctionUnderTest) -> None:
    """A user without the operator role may neither list, read nor redrive."""
    path = f"/delivery/dead-letters/{uuid4()}"
    statuses = [delivery.call("GET", "/delivery/dead-letters").status_code]
    statuses += [delivery.call("GET", path).status_code, delivery.call("POST", f"{path}/redrive").status_code]
    assert statuses == [403, 403, 403]
