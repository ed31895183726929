"""What every event's data is made of."""

from dataclasses import dataclass, field
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel


class Value(BaseModel):
    """An immutable value, in camelCase on the wire.

    Unknown members are ignored, so that an older function reads what a newer one says during a rolling upgrade.
    """

    model_config = ConfigDict(
        alias_generator=to_camel,
        populate_by_name=True,
        frozen=True,
        extra="ignore",
        ser_json_timedelta="iso8601",
    )


@dataclass(frozen=True, slots=True)
class About:
    """What an event's attributes say of its data, so that a Trigger need not look inside."""

    subject: str
    partitionkey: str
    userid: str
    routing: dict[str, str] = field(default_factory=dict)


class EventData(Value):
    """The data of one type of event; the class's name is the event's, in the past tense."""

    type: ClassVar[str]
    version: ClassVar[int] = 1
    audited: ClassVar[bool] = True
    personal: ClassVar[bool] = True
    """Whether it may hold what a user wrote, which the audit log keeps so that it can be forgotten."""

    def __init_subclass__(cls, **kwargs: Any) -> None:  # noqa: ANN401 - pydantic's own, handed on
        super().__init_subclass__(**kwargs)
        cls.type = f"todo.{cls.__name__}"

    @classmethod
    def dataschema(cls) -> str:
        """Return the URI that names this data's schema and version.

        An absolute one (CloudEvents 1.0, section 3.1): Knative's brokers answer 400 to an event with another.
        """
        return f"urn:todo:schema:{cls.__name__}:{cls.version}"

    def about(self) -> About:
        """Return the attributes that follow from the data."""
        raise NotImplementedError
