"""Reads environment variables into a pydantic model, and reports every wrong one in a single line."""

from collections.abc import Mapping
from typing import TypeVar

from pydantic import BaseModel, ValidationError

M = TypeVar("M", bound=BaseModel)


class SettingsError(SystemExit):
    """The environment is not usable. The message names each wrong variable and the values it accepts."""


def read_environment(model: type[M], environ: Mapping[str, str], **defaults: str) -> M:
    """Return a model whose fields are environment variables: the field ``log_level`` is ``LOG_LEVEL``.

    An empty variable counts as not set. ``defaults`` are used for variables that are not set. Raises
    :class:`SettingsError`.
    """
    found = {name: environ[name.upper()] for name in model.model_fields if environ.get(name.upper())}
    try:
        return model.model_validate({**defaults, **found})
    except ValidationError as error:
        raise SettingsError(f"cannot start: {_explain(error)}") from None


def _explain(error: ValidationError) -> str:
    problems = []
    for detail in error.errors(include_url=False, include_input=False, include_context=False):
        name = ".".join(str(part) for part in detail["loc"]).upper()
        message = "is not set" if detail["type"] == "missing" else detail["msg"].removeprefix("Value error, ")
        problems.append(f"{name} {message}".strip())
    return "; ".join(problems)
