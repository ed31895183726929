"""Every operation with a user's id in its path declares the owner whose requests it accepts."""

import pytest

import functions.tasks.api  # noqa: F401 - importing the module registers its operations
from functions.audit.api import api as audit
from functions.chassis.http.operation import ANY_USER
from functions.chassis.http.response import ApiResponse
from functions.chassis.http.user_context import Permission
from functions.chassis.http_function import HttpFunction
from functions.delivery.api import api as delivery
from functions.notifications.api import api as notifications
from functions.reminders.api import api as reminders
from functions.tasks.service import api as tasks

EVERYBODY = Permission("things:read", role="user")
APIS = [audit, delivery, notifications, reminders, tasks]


def test_a_path_with_a_user_id_declares_its_owner() -> None:
    """An operation with ``user_id`` in its path has an owner: that path argument, or ANY_USER for an operator's."""
    owners = {
        (operation.method, operation.path): (operation.owner, operation.permission.role)
        for api in APIS
        for operation in api.operations
        if "user_id" in operation.path
    }
    assert owners
    assert all(owner == "user_id" or (owner, role) == (ANY_USER, "operator") for owner, role in owners.values())


def test_an_operation_without_an_owner_is_rejected_at_import() -> None:
    """Forgetting the owner of a path with a user's id fails before anything is served."""
    api = HttpFunction("things", summary="Things.")
    with pytest.raises(ValueError, match="declare its owner"):

        @api.operation("GET", "/things/<path:user_id>", permission=EVERYBODY, responses={200: None})
        def read_things(request: object, *, user_id: str) -> ApiResponse:
            """Read a user's things."""
            raise AssertionError((request, user_id))
