"""A TaskCompleted that is delivered again, and a service tasks that fails: there is still one next occurrence."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.functions import FunctionUnderTest, Load
from tests.integration.recurrence.completions import complete_new_task, list_open_tasks
from tests.integration.recurrence.tasks_stand_in import TasksStandIn


def test_a_duplicate_event_sends_no_request(
    tasks: FunctionUnderTest, reaction: FunctionUnderTest, service: TasksStandIn
) -> None:
    """It is accepted and changes nothing."""
    event = complete_new_task(tasks)
    assert [reaction.deliver(event).status_code for _ in range(3)] == [202, 202, 202]
    assert (len(service.requests), len(list_open_tasks(tasks))) == (1, 1)


def test_concurrent_deliveries_create_one_occurrence(tasks: FunctionUnderTest, reaction: FunctionUnderTest) -> None:
    """Each delivery is accepted or rejected with 503, and there is one next occurrence."""
    event = complete_new_task(tasks)

    def deliver(_: int) -> int:
        client = FunctionUnderTest(
            reaction.client.application.test_client(), reaction.broker, reaction.database, reaction.clock
        )
        return client.deliver(event).status_code

    with ThreadPoolExecutor(6) as pool:
        assert set(pool.map(deliver, range(6))) <= {202, 503}
    assert reaction.deliver(event).status_code == 202
    assert len(list_open_tasks(tasks)) == 1


@pytest.mark.parametrize("status", [404, 408, 409, 425, 429, 500, 502, 503])
def test_a_passing_failure_is_retried(
    tasks: FunctionUnderTest, reaction: FunctionUnderTest, service: TasksStandIn, status: int
) -> None:
    """After a 503 the broker delivers the event again. A 404 is from an ingress that does not know tasks yet."""
    event = complete_new_task(tasks)
    service.failures.append(status)
    answer = reaction.deliver(event)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
    assert reaction.deliver(event).status_code == 202
    assert service.requests[0] == service.requests[1]
    assert service.requests[0]["correlation"] == event.attributes.correlationid
    assert len(list_open_tasks(tasks)) == 1


def test_a_lost_response_creates_no_second_occurrence(
    tasks: FunctionUnderTest, reaction: FunctionUnderTest, service: TasksStandIn
) -> None:
    """The next request finds the occurrence of the first."""
    event = complete_new_task(tasks)
    service.lost_responses = 1
    assert [reaction.deliver(event).status_code for _ in range(2)] == [503, 202]
    assert len(list_open_tasks(tasks)) == 1
    assert tasks.emitted_types().count("TaskCreated") == 2


def test_an_unreachable_service_is_retried(function: Load, tasks: FunctionUnderTest) -> None:
    """No service listens: the response is 503."""
    reaction = function("create-next-occurrence")
    assert reaction.deliver(complete_new_task(tasks)).status_code == 503


@pytest.mark.parametrize("status", [400, 401, 403, 422])
def test_a_final_rejection_becomes_a_dead_letter(
    tasks: FunctionUnderTest, reaction: FunctionUnderTest, service: TasksStandIn, status: int
) -> None:
    """The response is 422. After the cause is removed, the event is handled."""
    event = complete_new_task(tasks)
    service.failures.append(status)
    answer = reaction.deliver(event)
    assert (answer.status_code, answer.mimetype) == (422, "application/problem+json")
    assert str(status) in (answer.json or {})["detail"]
    assert reaction.deliver(event).status_code == 202
    assert len(list_open_tasks(tasks)) == 1
