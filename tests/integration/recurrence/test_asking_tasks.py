"""A completion that is heard again, and a service ``tasks`` that fails or refuses: still one next occurrence."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.functions import FunctionUnderTest, Load
from tests.integration.recurrence.stand_in import Tasks
from tests.integration.recurrence.stories import completed, open_tasks


def test_the_same_event_is_asked_for_once(
    tasks: FunctionUnderTest, reaction: FunctionUnderTest, service: Tasks
) -> None:
    """A repeat is accepted and does nothing."""
    event = completed(tasks)
    assert [reaction.deliver(event).status_code for _ in range(3)] == [202, 202, 202]
    assert (len(service.asked), len(open_tasks(tasks))) == (1, 1)


def test_the_same_event_at_once_makes_one(tasks: FunctionUnderTest, reaction: FunctionUnderTest) -> None:
    """Each is accepted or asked to come again, and there is one next occurrence."""
    event = completed(tasks)

    def hear(_: int) -> int:
        hearing = FunctionUnderTest(
            reaction.client.application.test_client(), reaction.broker, reaction.database, reaction.clock
        )
        return hearing.deliver(event).status_code

    with ThreadPoolExecutor(6) as pool:
        assert set(pool.map(hear, range(6))) <= {202, 503}
    assert reaction.deliver(event).status_code == 202
    assert len(open_tasks(tasks)) == 1


@pytest.mark.parametrize("status", [404, 408, 409, 425, 429, 500, 502, 503])
def test_what_may_pass_later_is_tried_again(
    tasks: FunctionUnderTest, reaction: FunctionUnderTest, service: Tasks, status: int
) -> None:
    """503 asks the broker to come again, which asks for the very same; 404 is an ingress that knows no tasks yet."""
    event = completed(tasks)
    service.statuses.append(status)
    answer = reaction.deliver(event)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
    assert reaction.deliver(event).status_code == 202
    assert service.asked[0] == service.asked[1]
    assert service.asked[0]["correlation"] == event.attributes.correlationid
    assert len(open_tasks(tasks)) == 1


def test_an_answer_that_gets_lost_makes_no_second_one(
    tasks: FunctionUnderTest, reaction: FunctionUnderTest, service: Tasks
) -> None:
    """The next try finds what the first one made."""
    event = completed(tasks)
    service.lost = 1
    assert [reaction.deliver(event).status_code for _ in range(2)] == [503, 202]
    assert len(open_tasks(tasks)) == 1
    assert tasks.emitted_types().count("TaskCreated") == 2


def test_tasks_that_cannot_be_reached_is_tried_again(function: Load, tasks: FunctionUnderTest) -> None:
    """Nothing listens there: 503."""
    reaction = function("create-next-occurrence")
    assert reaction.deliver(completed(tasks)).status_code == 503


@pytest.mark.parametrize("status", [400, 401, 403, 422])
def test_a_refusal_for_good_is_kept_for_an_operator(
    tasks: FunctionUnderTest, reaction: FunctionUnderTest, service: Tasks, status: int
) -> None:
    """422 sends the event to the dead letters at once; sent again once that is mended, it goes through."""
    event = completed(tasks)
    service.statuses.append(status)
    answer = reaction.deliver(event)
    assert (answer.status_code, answer.mimetype) == (422, "application/problem+json")
    assert str(status) in (answer.json or {})["detail"]
    assert reaction.deliver(event).status_code == 202
    assert len(open_tasks(tasks)) == 1
