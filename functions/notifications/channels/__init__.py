"""The channels that a notification can be sent through: one module each, found by scanning this folder.

A new channel is one new module with one subclass of :class:`functions.notifications.channels.channel.Channel`. Its
place in the preferences, in the OpenAPI document and in the database follows from the class.
"""

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Annotated, Any, Union

from pydantic import Field, GetCoreSchemaHandler
from pydantic_core import CoreSchema

from functions.notifications.channels.channel import Channel

__all__ = ["AnyChannel", "find_channel_types", "load_channel_settings"]


@cache
def find_channel_types() -> tuple[type[Channel], ...]:
    """Return the channel classes in the modules of this folder, in the order of the modules' names."""
    modules = [import_module(f"{__name__}.{module.name}") for module in iter_modules(__path__)]
    return tuple(
        value
        for module in modules
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, Channel) and value.__module__ == module.__name__
        if value is not Channel
    )


def load_channel_settings(environ: Mapping[str, str]) -> Mapping[str, str]:
    """Return a copy of the environment variables after every channel has checked its own.

    Raises SettingsError if a variable of a channel has a value that cannot be used.
    """
    settings = dict(environ)
    for channel_type in find_channel_types():
        channel_type.check_settings(settings)
    return settings


class _TaggedByType:
    """Makes pydantic validate a channel by its ``type``, as one of the classes in this folder."""

    def __get_pydantic_core_schema__(self, _source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        union: Any = Union[find_channel_types()]  # noqa: UP007 - the members are known at run time only
        return handler.generate_schema(Annotated[union, Field(discriminator="type")])


AnyChannel = Annotated[Channel, _TaggedByType()]
"""A channel of any type, for fields of pydantic models. JSON names the type: ``{"type": "inApp"}``."""
