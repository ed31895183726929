"""Base classes of the events' data."""

from dataclasses import dataclass, field
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel


class Value(BaseModel):
    """An immutable model with camelCase names in JSON.

    Unknown members are ignored. During a rolling upgrade, an older function can read the events of a newer one.

    Pydantic builds a model when the model is used first, because a function uses few of the models that it imports.
    """

    model_config = ConfigDict(
        alias_generator=to_camel,
        populate_by_name=True,
        frozen=True,
        extra="ignore",
        ser_json_timedelta="iso8601",
        defer_build=True,
    )


@dataclass(frozen=True, slots=True)
class RoutingAttributes:
    """CloudEvents attributes that follow from an event's data, so that a Trigger can filter without reading the data.

    ``flags`` are further extensions with the value ``"true"``, for example ``{"recurring": "true"}``. An event that
    belongs to no user has an empty ``userid``.
    """

    subject: str
    partitionkey: str
    userid: str
    flags: dict[str, str] = field(default_factory=dict)


class EventData(Value):
    """The data of one event type. The name of the subclass is the name of the event, in the past tense."""

    type: ClassVar[str]
    """The CloudEvents ``type``, derived from the name of the class: ``todo.TaskCreated``."""
    version: ClassVar[int] = 1
    """The major version of the schema. It changes when readers of the previous version can no longer read the data."""
    audited: ClassVar[bool] = True
    """Whether the audit log stores the event."""
    personal: ClassVar[bool] = True
    """Whether the data may contain a user's text, which the audit log encrypts so that it can be forgotten."""

    def __init_subclass__(cls, **kwargs: Any) -> None:  # noqa: ANN401 - the arguments are pydantic's
        super().__init_subclass__(**kwargs)
        cls.type = f"todo.{cls.__name__}"

    @classmethod
    def dataschema(cls) -> str:
        """Return the URI of this schema and its version, such as ``urn:todo:schema:TaskCreated:1``.

        The URI is absolute (CloudEvents 1.0, section 3.1), because Knative's brokers reject a relative one with 400.
        """
        return f"urn:todo:schema:{cls.__name__}:{cls.version}"

    def routing_attributes(self) -> RoutingAttributes:
        """Return the attributes that follow from the data."""
        raise NotImplementedError
