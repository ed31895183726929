"""A rolling upgrade: the reaction, the service tasks and the events may be of different versions."""

from collections.abc import Iterable
from typing import Annotated, Any
from uuid import UUID

import pytest
from pydantic import Field, ValidationError
from werkzeug.wrappers import Request, Response

from events.fields import Instant
from functions.chassis.http.request_models import Body
from tests.event_encoding import decode_document, encode_document
from tests.functions import FunctionUnderTest
from tests.integration.recurrence.completions import complete_new_task, list_open_tasks
from tests.integration.recurrence.tasks_stand_in import TasksStandIn


class SuccessorRequestBefore02(Body):
    """The body that revisions of ``tasks`` before 0.2 accept: they require all members."""

    follows: UUID
    number: Annotated[int, Field(ge=1, le=2**31 - 1)]
    due_at: Instant


def tasks_before_02(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """Handle a request for a successor as revisions of ``tasks`` before 0.2 validate it."""
    try:
        SuccessorRequestBefore02.model_validate_json(Request(environ).get_data())
    except ValidationError as error:
        return Response(str(error), status=400)(environ, start_response)
    return Response("{}", status=201, mimetype="application/json")(environ, start_response)


@pytest.mark.parametrize("rule", ["FREQ=DAILY", "FREQ=DAILY;COUNT=1"])
def test_an_older_service_accepts_the_request(
    tasks: FunctionUnderTest, reaction: FunctionUnderTest, service: TasksStandIn, rule: str
) -> None:
    """The request has all members that an older revision of ``tasks`` requires."""
    event = complete_new_task(tasks, recurrence={"rule": rule})
    service.application = tasks_before_02
    assert reaction.deliver(event).status_code == 202
    [request] = service.requests
    assert request["body"]["follows"] == event.attributes.subject


def test_an_older_event_is_handled(tasks: FunctionUnderTest, reaction: FunctionUnderTest) -> None:
    """It has no excluded dates and no treatment of short months."""
    event = complete_new_task(tasks)
    document: dict[str, Any] = encode_document(event)
    del document["data"]["series"]["exdates"], document["data"]["task"]["recurrence"]["monthEnd"]
    del document["data"]["series"]["recurrence"]["monthEnd"]
    assert reaction.deliver(decode_document(document)).status_code == 202
    assert [task["occurrence"] for task in list_open_tasks(tasks)] == [2]
