"""Reading the environment into a model; what is wrong with it is said in one line."""

from collections.abc import Mapping
from typing import TypeVar

from pydantic import BaseModel, ValidationError

M = TypeVar("M", bound=BaseModel)


class SettingsError(SystemExit):
    """The environment is not fit to start with; the message names each variable and what it must be."""


def read_environment(model: type[M], environ: Mapping[str, str], **defaults: str) -> M:
    """Return a model of which each field is the variable of that name in capitals; an empty one counts as not set.

    ``defaults`` stand in for variables that are not set. Raises :class:`SettingsError` where it does not fit.
    """
    found = {name: environ[name.upper()] for name in model.model_fields if environ.get(name.upper())}
    try:
        return model.model_validate({**defaults, **found})
    except ValidationError as error:
        raise SettingsError(f"cannot start: {_explain(error)}") from None


def _explain(error: ValidationError) -> str:
    lines = []
    for one in error.errors(include_url=False, include_input=False, include_context=False):
        name = ".".join(str(part) for part in one["loc"]).upper()
        message = "is not set" if one["type"] == "missing" else one["msg"].removeprefix("Value error, ")
        lines.append(f"{name} {message}".strip())
    return "; ".join(lines)
