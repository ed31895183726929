"""Example values for the fields of a task, for tests that cover every field."""

from datetime import timedelta
from typing import Any, get_args

from pydantic import TypeAdapter

from events.task import ReminderSpec, Task
from tests.samples import NOON


def another_value(name: str, task: Task) -> Any:
    """Return a valid value for a field that differs from the value in ``task``.

    A field of a new type may need a new candidate here.
    """
    if name == "reminders":
        return [ReminderSpec(before="PT5M")]
    annotation: Any = Task.model_fields[name].annotation
    adapter: TypeAdapter[Any] = TypeAdapter(annotation)
    choices = get_args(annotation)
    for candidate in (choices[-1] if choices else None, "other", 7, True, ["other"], timedelta(minutes=7), NOON):
        try:
            value = adapter.validate_python(candidate, strict=True)
        except ValueError:
            continue
        if value is not None and value != getattr(task, name):
            return value
    raise AssertionError(f"no candidate is valid for the field {name}: add one")
