"""Every operation with a user's id in its path declares its owner: the user whose requests it accepts."""

import pytest

import functions.tasks.api  # noqa: F401 - importing the module registers its operations
from functions.audit.api import api as audit
from functions.chassis.http.operation import ANY_USER, Operation
from functions.chassis.http.request_models import Body
from functions.chassis.http.response import ApiResponse
from functions.chassis.http.user_context import Permission
from functions.chassis.http_function import HttpFunction
from functions.delivery.api import api as delivery
from functions.notifications.api import api as notifications
from functions.reminders.api import api as reminders
from functions.tasks.service import api as tasks

READ_THINGS = Permission("things:read", role="user")
APIS = [audit, delivery, notifications, reminders, tasks]


class Thing(Body):
    """A body that may name its owner."""

    user_id: str | None = None


def declare(path: str, owner: str | None, body: type[Body] | None = None) -> Operation:
    """Declare an operation, and return it."""
    api = HttpFunction("things", summary="Things.")

    @api.operation("POST", path, permission=READ_THINGS, owner=owner, body=body, responses={200: None})
    def change_things(request: object, *_: object, **__: object) -> ApiResponse:
        """Change a user's things."""
        raise AssertionError(request)

    [operation] = api.operations
    return operation


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
    """A path with a user's id and no owner raises ValueError when its module is imported."""
    with pytest.raises(ValueError, match="declare its owner"):
        declare("/things/<path:user_id>", owner=None)


def test_an_owner_that_does_not_exist_is_rejected_at_import() -> None:
    """An owner that is neither a path argument nor a body member raises ValueError when its module is imported."""
    with pytest.raises(ValueError, match="no argument or body member owner_id"):
        declare("/things", owner="owner_id", body=Thing)


@pytest.mark.parametrize(
    ("path", "owner", "named", "is_allowed"),
    [
        ("/things/<path:user_id>", "user_id", "alice", True),
        ("/things/<path:user_id>", "user_id", "bob", False),
        ("/things/<path:user_id>", ANY_USER, "bob", True),
        ("/things", "user_id", "alice", True),
        ("/things", "user_id", "bob", False),
        ("/things", "user_id", None, True),
        ("/things", None, "bob", True),
    ],
)
def test_only_the_owner_may_call(
    path: str,
    owner: str | None,
    named: str | None,
    is_allowed: bool,  # noqa: FBT001 - a column of the table
) -> None:
    """Only the user whom a path or a body names may call; a body that names no user means the caller."""
    arguments = {"user_id": named} if "user_id" in path else {}
    operation = declare(path, owner, body=Thing)
    assert operation.may_be_called_by("alice", arguments, Thing(user_id=named)) is is_allowed
