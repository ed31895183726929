"""A CloudEvent on its way: context attributes around data that is not decoded.

Functions that only pass events on work on envelopes: the outbox, its relay, the bridge from Dapr, the laptop's broker.
A newer release may add attributes and data that they do not know. An envelope carries both unchanged.

:mod:`events.reader` reads envelopes, and :mod:`events.encoding` converts between envelopes and typed events.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

JSON: Final = "application/json"
STRUCTURED: Final = "application/cloudevents+json"

Attribute = str | int | bool
"""The value of a context attribute in JSON (JSON event format, section 2.2)."""

_HEADER_SAFE: Final = "".join(chr(code) for code in range(0x21, 0x7F) if chr(code) not in '"%')
"""Characters that a header value contains without percent-encoding (HTTP protocol binding, section 3.1.3.2)."""


class MalformedEventError(ValueError):
    """Input is not a valid CloudEvent. The message names the attribute or member, and never quotes the data."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """One CloudEvent. ``attributes`` includes the extensions; ``data`` is empty for an event without data."""

    attributes: Mapping[str, Attribute]
    data: bytes = b""

    @property
    def id(self) -> str:
        """The event's id, unique together with its source."""
        return str(self.attributes["id"])

    @property
    def type(self) -> str:
        """The event's type, such as ``todo.TaskCreated``."""
        return str(self.attributes["type"])

    def text_attributes(self) -> dict[str, str]:
        """Return the attributes as strings; a boolean is ``true`` or ``false`` (CloudEvents 1.0, section 3.4)."""
        return {
            name: str(value).lower() if isinstance(value, bool) else str(value)
            for name, value in self.attributes.items()
        }

    def encode_binary(self) -> tuple[dict[str, str], bytes]:
        """Return the headers and the body of binary mode (HTTP protocol binding, section 3.1)."""
        attributes = self.text_attributes()
        headers = {"content-type": attributes.pop("datacontenttype", JSON)}
        for name, value in attributes.items():
            headers[f"ce-{name}"] = quote(value, safe=_HEADER_SAFE, errors="replace")
        return headers, self.data

    def encode_structured(self) -> tuple[dict[str, str], bytes]:
        """Return the headers and the body of structured mode (HTTP protocol binding, section 3.2)."""
        return {"content-type": STRUCTURED}, self.to_json().encode()

    def to_json(self) -> str:
        """Return the JSON object of structured mode. The data must be JSON; its text is not changed."""
        members = json.dumps(self.attributes, ensure_ascii=False)
        return f'{members[:-1]}, "data": {self.data.decode()}}}' if self.data else members
