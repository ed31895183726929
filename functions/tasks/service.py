"""The service that the operations of this folder belong to."""

from typing import Final

from functions.chassis.http.user_context import Permission
from functions.chassis.http_function import HttpFunction

READ_TASKS: Final = Permission("tasks:read", role="user")
WRITE_TASKS: Final = Permission("tasks:write", role="user")

api = HttpFunction("tasks", summary="Tasks, their recurrence and their reminders.")
