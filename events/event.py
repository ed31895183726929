"""A typed event: CloudEvents attributes and the model of its data."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Generic, Literal, Self, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, StringConstraints

from events.data import EventData
from events.envelope import Attribute
from events.fields import Instant
from events.ids import new_id

_Text = Annotated[str, StringConstraints(max_length=1000, pattern=r"^[^\x00-\x1f\x7f]*$")]
_RequiredText = Annotated[_Text, StringConstraints(min_length=1)]


class Attributes(BaseModel):
    """CloudEvents 1.0 context attributes (section 3) and the extensions that this system uses.

    Unknown extensions are stored in ``model_extra`` and serialized again.
    """

    model_config = ConfigDict(frozen=True, extra="allow", defer_build=True)

    specversion: Literal["1.0"] = "1.0"
    id: _RequiredText
    source: _RequiredText
    type: _RequiredText
    subject: _Text | None = None
    time: Instant | None = None
    dataschema: _Text | None = None
    datacontenttype: _Text = "application/json"
    partitionkey: _Text | None = None
    userid: _Text | None = None
    correlationid: _Text | None = None
    causationid: _Text | None = None
    traceparent: _Text | None = None
    recurring: Literal["true"] | None = None
    reminders: Literal["true"] | None = None
    moved: Literal["true"] | None = None
    concluded: Literal["true"] | None = None
    audited: Literal["true"] | None = None

    def serialize(self) -> dict[str, Attribute]:
        """Return the attributes that are set, as JSON values."""
        return self.model_dump(mode="json", exclude_none=True)


@dataclass(frozen=True, slots=True)
class Cause:
    """The request or event that is being handled, as the events that follow from it name it in their attributes.

    ``correlationid`` is common to all events that follow from one request. ``causationid`` is the id of the direct
    cause. ``traceparent`` names the span of the direct cause (W3C Trace Context).
    """

    correlationid: str
    causationid: str | None = None
    traceparent: str | None = None


D_co = TypeVar("D_co", bound=EventData, covariant=True)


@dataclass(frozen=True, slots=True)
class Event(Generic[D_co]):
    """One event with typed data."""

    attributes: Attributes
    data: D_co

    @classmethod
    def create(
        cls,
        data: D_co,  # type: ignore[misc] # covariant in a parameter: safe, because the class is frozen
        *,
        service: str,
        cause: Cause,
        time: datetime,
        event_id: UUID | None = None,
    ) -> Self:
        """Return a new event of ``service``.

        ``time`` is now, or a moment in the future at which the outbox publishes the event.

        ``event_id`` defaults to a new UUIDv7. Pass :func:`events.ids.derived_id` of the cause if a repeat of the cause
        must create an event with the same id.
        """
        routing = data.routing_attributes()
        attributes = Attributes(
            id=str(event_id or new_id()),
            source=f"/todo/{service}",
            type=data.type,
            subject=routing.subject,
            time=time,
            dataschema=data.dataschema(),
            partitionkey=routing.partitionkey,
            userid=routing.userid or None,
            correlationid=cause.correlationid,
            causationid=cause.causationid,
            traceparent=cause.traceparent,
            audited="true" if data.audited else None,
            **routing.flags,
        )
        return cls(attributes, data)

    @property
    def cause(self) -> Cause:
        """The cause of events that are emitted in reaction to this one."""
        attributes = self.attributes
        return Cause(attributes.correlationid or attributes.id, attributes.id, attributes.traceparent)
