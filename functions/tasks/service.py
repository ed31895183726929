"""The service that the operations of this folder belong to."""

from functions.chassis.api import Api

api = Api("tasks", summary="Tasks, their recurrence and their reminders.")
