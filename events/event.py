"""An event: CloudEvents attributes around data of our own."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Generic, Literal, Self, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, StringConstraints

from events.data import EventData
from events.fields import Instant
from events.ids import new_id

_Attribute = Annotated[str, StringConstraints(max_length=1000, pattern=r"^[^\x00-\x1f\x7f]*$")]
_Required = Annotated[_Attribute, StringConstraints(min_length=1)]


class Attributes(BaseModel):
    """CloudEvents 1.0 context attributes (section 3) and the extensions that this system uses.

    Extensions of others pass through in ``model_extra``; their names are lower-case letters and digits.
    """

    model_config = ConfigDict(frozen=True, extra="allow")

    specversion: Literal["1.0"] = "1.0"
    id: _Required
    source: _Required
    type: _Required
    subject: _Attribute | None = None
    time: Instant | None = None
    dataschema: _Attribute | None = None
    datacontenttype: _Attribute = "application/json"
    partitionkey: _Attribute | None = None
    userid: _Attribute | None = None
    correlationid: _Attribute | None = None
    causationid: _Attribute | None = None
    traceparent: _Attribute | None = None
    recurring: Literal["true"] | None = None
    reminders: Literal["true"] | None = None
    moved: Literal["true"] | None = None
    audited: Literal["true"] | None = None

    def on_the_wire(self) -> dict[str, str]:
        """Return the attributes that are set, as the strings that both modes carry."""
        return {name: str(value) for name, value in self.model_dump(mode="json", exclude_none=True).items()}


@dataclass(frozen=True, slots=True)
class Cause:
    """What an event follows from: the request or event that is being handled."""

    correlationid: str
    causationid: str | None = None
    traceparent: str | None = None


D_co = TypeVar("D_co", bound=EventData, covariant=True)


@dataclass(frozen=True, slots=True)
class Event(Generic[D_co]):
    """One thing that was said: its attributes and its data."""

    attributes: Attributes
    data: D_co

    @classmethod
    def create(
        cls,
        data: D_co,  # type: ignore[misc] # a constructor may take what the frozen class only gives
        *,
        by: str,
        cause: Cause,
        time: datetime,
        event_id: UUID | None = None,
    ) -> Self:
        """Say ``data`` as the service ``by``, now or at the ``time`` it falls due.

        ``event_id`` is a UUIDv5 of the cause where the event is generated; a UUIDv7 otherwise.
        """
        about = data.about()
        attributes = Attributes(
            id=str(event_id or new_id()),
            source=f"/todo/{by}",
            type=data.type,
            subject=about.subject,
            time=time,
            dataschema=data.dataschema(),
            partitionkey=about.partitionkey,
            userid=about.userid or None,
            correlationid=cause.correlationid,
            causationid=cause.causationid,
            traceparent=cause.traceparent,
            audited="true" if data.audited else None,
            **about.routing,
        )
        return cls(attributes, data)

    @property
    def cause(self) -> Cause:
        """What an event said in reaction to this one follows from."""
        mine = self.attributes
        return Cause(mine.correlationid or mine.id, mine.id, mine.traceparent)
