"""Read and check ``knative/chart/functions.yaml``, the list of all functions."""

from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator
from pydantic.alias_generators import to_camel

FUNCTION_LIST_PATH: Final = Path(__file__).parent / "chart" / "functions.yaml"

Name = Annotated[str, StringConstraints(pattern=r"^[a-z]([-a-z0-9]*[a-z0-9])?$", max_length=50)]
Attribute = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]{1,20}$")]
EventType = Annotated[str, StringConstraints(pattern=r"^todo\.[A-Z][A-Za-z]+$")]
Seconds = Annotated[str, StringConstraints(pattern=r"^\d+s$")]


class FunctionListError(Exception):
    """The list is not valid. The message is one line that names the file, the function and the field."""


class FunctionListPart(BaseModel):
    """The base of every object in the list; an unknown member is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=to_camel, populate_by_name=True)


class DeliveryPolicy(FunctionListPart):
    """How often the Broker retries a delivery, and the function that stores undeliverable events."""

    retry: Annotated[int, Field(ge=0, le=20)]
    backoff_policy: Literal["exponential"]
    backoff_delay: Annotated[str, StringConstraints(pattern=r"^PT\d+(\.\d+)?S$")]
    dead_letter_sink: Name

    @property
    def delays(self) -> list[float]:
        """The seconds before each retry. Each delay is twice the one before: ``[0.5, 1.0, 2.0]``."""
        first = float(self.backoff_delay[2:-1])
        return [first * 2**attempt for attempt in range(self.retry)]


class BrokerEntry(FunctionListPart):
    """The Broker of all functions."""

    name: Name
    delivery: DeliveryPolicy


class ClockEntry(FunctionListPart):
    """A PingSource: sends its sink an event at the times of a cron schedule, in UTC."""

    name: Name
    schedule: str
    sink: Name


class Scale(FunctionListPart):
    """The number of instances, the requests that one handles at once, and its idle time in seconds (``15s``)."""

    min: Annotated[int, Field(ge=0)] = 0
    max: Annotated[int, Field(ge=1)]
    concurrency: Annotated[int, Field(ge=1, le=64)]
    window: Seconds

    @property
    def window_seconds(self) -> float:
        """The seconds that an instance stays after its last request."""
        return float(self.window[:-1])


class Function(FunctionListPart):
    """One function: its code, its paths and triggers, its limits, and its permissions."""

    name: Name
    domain: Name
    source: Annotated[str, StringConstraints(pattern=r"^[\w./-]+\.py$")]
    target: Annotated[str, StringConstraints(pattern=r"^[a-z_]+$")]
    paths: list[Annotated[str, StringConstraints(pattern=r"^/[a-z-]+$")]] = Field(default_factory=list)
    triggers: list[dict[Attribute, str]] = Field(default_factory=list)
    publishes: list[EventType] = Field(default_factory=list)
    scale: Scale
    timeout: Seconds
    reaches: list[Name] = Field(default_factory=list)
    wakes: bool = False
    secrets: list[Name] = Field(default_factory=list)
    state: bool = False
    internet: bool = False

    @property
    def timeout_seconds(self) -> float:
        """The seconds that a request may take."""
        return float(self.timeout[:-1])

    @model_validator(mode="after")
    def _check_name(self) -> Self:
        stem = Path(self.source).stem
        expected = self.domain if stem == "api" else stem.replace("_", "-")
        if self.name != expected:
            raise ValueError(f"name must be {expected}, as its source says")
        return self


class FunctionList(FunctionListPart):
    """The whole list: the Broker, the clocks and the functions."""

    broker: BrokerEntry
    clocks: list[ClockEntry] = Field(default_factory=list)
    functions: list[Function]

    @model_validator(mode="after")
    def _check_references(self) -> Self:
        names = [function.name for function in self.functions]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"{name} is listed twice")
        references = [(f"clock {clock.name}", clock.sink) for clock in self.clocks]
        references.append(("the broker's deadLetterSink", self.broker.delivery.dead_letter_sink))
        references += [(function.name, reached) for function in self.functions for reached in function.reaches]
        for source, name in references:
            if name not in names:
                raise ValueError(f"{source} names {name}, which is not listed")
        return self

    def get_function(self, name: str) -> Function:
        """Return the function with a name; raises KeyError."""
        return {function.name: function for function in self.functions}[name]


def load_function_list(path: Path = FUNCTION_LIST_PATH) -> FunctionList:
    """Return the list in a YAML file; raises :class:`FunctionListError`."""
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
        return FunctionList.model_validate(_apply_defaults(document))
    except OSError as error:
        raise FunctionListError(f"{path}: {error.strerror}") from None
    except yaml.YAMLError as error:
        raise FunctionListError(f"{path}: {' '.join(str(error).split())}") from None
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        location = _describe_location(document, first["loc"])
        raise FunctionListError(f"{path}: {location}{first['msg'].removeprefix('Value error, ')}") from None


def _apply_defaults(document: Any) -> Any:  # noqa: ANN401 - YAML that is not checked yet
    """Copy the members of ``defaults`` into each function that does not have them."""
    if not isinstance(document, dict) or not isinstance(document.get("functions"), list):
        return document
    defaults = document.pop("defaults", None) or {}
    scale = defaults.get("scale", {})
    document["functions"] = [
        {**defaults, **entry, "scale": {**scale, **(entry.get("scale") or {})}} if isinstance(entry, dict) else entry
        for entry in document["functions"]
    ]
    return document


def _describe_location(document: Any, location: tuple[int | str, ...]) -> str:  # noqa: ANN401 - YAML with an error
    """Return the location of an error with the function's name in place of its index: ``tasks.scale.max: ``."""
    parts = [str(part) for part in location]
    if len(location) > 1 and location[0] == "functions" and isinstance(location[1], int):
        entry = document["functions"][location[1]]
        parts[:2] = [str(entry.get("name", location[1])) if isinstance(entry, dict) else str(location[1])]
    return f"{'.'.join(parts)}: " if parts else ""
