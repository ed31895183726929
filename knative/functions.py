"""The one list of functions, ``knative/chart/functions.yaml``, read and checked."""

from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator
from pydantic.alias_generators import to_camel

LIST: Final = Path(__file__).parent / "chart" / "functions.yaml"

Name = Annotated[str, StringConstraints(pattern=r"^[a-z]([-a-z0-9]*[a-z0-9])?$", max_length=50)]
Attribute = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]{1,20}$")]
Seconds = Annotated[str, StringConstraints(pattern=r"^\d+s$")]


class FunctionListError(Exception):
    """The list cannot be used; the message names the entry and the field, in one line."""


class Entry(BaseModel):
    """Anything in the list; a member that nobody knows is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=to_camel, populate_by_name=True)


class Delivery(Entry):
    """How the Broker tries again, and where it leaves what it gives up."""

    retry: Annotated[int, Field(ge=0, le=20)]
    backoff_policy: Literal["exponential"]
    backoff_delay: Annotated[str, StringConstraints(pattern=r"^PT\d+(\.\d+)?S$")]
    dead_letter_sink: Name

    @property
    def delays(self) -> list[float]:
        """The seconds to wait before each further try: the delay, doubled each time."""
        first = float(self.backoff_delay[2:-1])
        return [first * 2**attempt for attempt in range(self.retry)]


class Broker(Entry):
    """The Broker that all functions hear."""

    name: Name
    delivery: Delivery


class Clock(Entry):
    """A PingSource: an event to its sink at the times of a cron schedule, in UTC."""

    name: Name
    schedule: str
    sink: Name


class Scale(Entry):
    """How many instances there may be, what one takes at once, and how long it outstays its last request."""

    min: Annotated[int, Field(ge=0)] = 0
    max: Annotated[int, Field(ge=1)]
    concurrency: Annotated[int, Field(ge=1, le=64)]
    window: Seconds

    @property
    def window_seconds(self) -> float:
        """The window in seconds."""
        return float(self.window[:-1])


class Function(Entry):
    """One function: a Knative Service, and what leads to it."""

    name: Name
    domain: Name
    source: Annotated[str, StringConstraints(pattern=r"^[\w./-]+\.py$")]
    target: Annotated[str, StringConstraints(pattern=r"^[a-z_]+$")]
    paths: list[Annotated[str, StringConstraints(pattern=r"^/[a-z-]+$")]] = Field(default_factory=list)
    triggers: list[dict[Attribute, str]] = Field(default_factory=list)
    scale: Scale
    timeout: Seconds
    reaches: list[Name] = Field(default_factory=list)
    secrets: list[Name] = Field(default_factory=list)
    state: bool = False
    internet: bool = False

    @property
    def timeout_seconds(self) -> float:
        """How long a request may take, in seconds."""
        return float(self.timeout[:-1])

    @model_validator(mode="after")
    def _named_after_its_file(self) -> Self:
        stem = Path(self.source).stem
        named = self.domain if stem == "api" else stem.replace("_", "-")
        if self.name != named:
            raise ValueError(f"name must be {named}, as its source says")
        return self


class FunctionList(Entry):
    """All of it."""

    broker: Broker
    clocks: list[Clock] = Field(default_factory=list)
    functions: list[Function]

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        names = [function.name for function in self.functions]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"{name} is listed twice")
        sinks = [(f"clock {clock.name}", clock.sink) for clock in self.clocks]
        sinks.append(("the broker's deadLetterSink", self.broker.delivery.dead_letter_sink))
        sinks += [(function.name, reached) for function in self.functions for reached in function.reaches]
        for who, reached in sinks:
            if reached not in names:
                raise ValueError(f"{who} names {reached}, which is not listed")
        return self

    def named(self, name: str) -> Function:
        """Return the function of a name; raises KeyError."""
        return {function.name: function for function in self.functions}[name]


def load(path: Path = LIST) -> FunctionList:
    """Return the list in a file; raises :class:`FunctionListError`."""
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
        return FunctionList.model_validate(_with_defaults(document))
    except OSError as error:
        raise FunctionListError(f"{path}: {error.strerror}") from None
    except yaml.YAMLError as error:
        raise FunctionListError(f"{path}: {' '.join(str(error).split())}") from None
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        where = _where(document, first["loc"])
        raise FunctionListError(f"{path}: {where}{first['msg'].removeprefix('Value error, ')}") from None


def _with_defaults(document: Any) -> Any:  # noqa: ANN401 - YAML, until it is checked
    """Fill in what ``defaults`` says once for all functions."""
    if not isinstance(document, dict) or not isinstance(document.get("functions"), list):
        return document
    defaults = document.pop("defaults", None) or {}
    scale = defaults.get("scale", {})
    document["functions"] = [
        {**defaults, **entry, "scale": {**scale, **(entry.get("scale") or {})}} if isinstance(entry, dict) else entry
        for entry in document["functions"]
    ]
    return document


def _where(document: Any, place: tuple[int | str, ...]) -> str:  # noqa: ANN401 - YAML that did not fit
    parts = [str(part) for part in place]
    if len(place) > 1 and place[0] == "functions" and isinstance(place[1], int):
        entry = document["functions"][place[1]]
        parts[:2] = [str(entry.get("name", place[1])) if isinstance(entry, dict) else str(place[1])]
    return f"{'.'.join(parts)}: " if parts else ""
