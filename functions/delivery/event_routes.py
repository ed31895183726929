"""Finds the functions that an event concerns: those that handle it, and those that handle what they publish."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, Json, StringConstraints

from events.trigger import matches_trigger
from functions.chassis.runtime.environment import read_environment


class Subscription(BaseModel):
    """A function with its triggers, the types that it may publish, and its idle time in seconds (``15s``).

    The function handles an event that has every attribute of a trigger. ``!true`` excludes the value ``true``.
    """

    model_config = ConfigDict(frozen=True)

    function: str
    triggers: list[dict[str, str]]
    publishes: list[str]
    window: Annotated[str, StringConstraints(pattern=r"^\d+s$")]

    @property
    def idle_time(self) -> timedelta:
        """How long an instance stays after its last request."""
        return timedelta(seconds=int(self.window[:-1]))

    def handles(self, attributes: Mapping[str, str]) -> bool:
        """Return whether the function handles an event with these attributes."""
        return any(matches_trigger(trigger, attributes) for trigger in self.triggers)

    def may_handle(self, event_type: str) -> bool:
        """Return whether the function handles some events of a type, depending on their other attributes."""
        return any(trigger.get("type", event_type) == event_type for trigger in self.triggers)


class _RouteSettings(BaseModel):
    subscriptions: Json[list[Subscription]] = Field(default_factory=list)


def load_subscriptions(environ: Mapping[str, str]) -> list[Subscription]:
    """Return the subscriptions in ``SUBSCRIPTIONS``, which the platform derives from the list of functions.

    Raises :class:`functions.chassis.runtime.environment.SettingsError`.
    """
    return read_environment(_RouteSettings, environ).subscriptions


class EventRoutes:
    """The ways of events through the functions.

    Example: a due reminder concerns ``notify-user``, and ``send-notification`` because ``notify-user`` publishes
    NotificationRequested.
    """

    def __init__(self, subscriptions: Sequence[Subscription]) -> None:
        self._subscriptions = subscriptions
        self.attribute_names = sorted({name for one in subscriptions for trigger in one.triggers for name in trigger})
        """The names of the attributes that triggers filter on."""
        self._known: dict[frozenset[tuple[str, str]], frozenset[str]] = {}

    def find_concerned(self, attributes: Mapping[str, str]) -> frozenset[str]:
        """Return the names of the functions that an event with these attributes concerns.

        Only the types of the events that follow are known. A function that handles some events of a type is included.
        """
        routing = {name: attributes[name] for name in self.attribute_names if name in attributes}
        key = frozenset(routing.items())
        if key not in self._known:
            self._known[key] = frozenset(one.function for one in self._follow(routing))
        return self._known[key]

    def _follow(self, routing: Mapping[str, str]) -> Iterator[Subscription]:
        found = [one for one in self._subscriptions if one.handles(routing)]
        for one in found:  # grows within the loop
            yield one
            found += [
                other
                for other in self._subscriptions
                if other not in found and any(other.may_handle(event_type) for event_type in one.publishes)
            ]
