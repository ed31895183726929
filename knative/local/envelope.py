"""An event on its way through the broker, which reads its attributes and never its data."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, Self
from urllib.parse import quote, unquote

from cloudevents.exceptions import GenericException
from cloudevents.http import from_http

from events.encoding import BATCH_REFUSED, BATCHED, MalformedEventError
from knative.local.function_call import FunctionRequest

REQUIRED: Final = ("id", "source", "specversion", "type")

_NAME: Final = re.compile(r"[a-z0-9]+")
_HEADER_SAFE: Final = "".join(chr(code) for code in range(0x21, 0x7F) if chr(code) not in '"%')


@dataclass(frozen=True, slots=True)
class Envelope:
    """Context attributes, extensions among them, around data as it came."""

    attributes: Mapping[str, str]
    body: bytes = b""

    @property
    def type(self) -> str:
        """What happened."""
        return self.attributes["type"]

    def marked(self, **extensions: str) -> Self:
        """Return the event with further extension attributes."""
        return replace(self, attributes={**self.attributes, **extensions})

    def request(self) -> FunctionRequest:
        """Return the event in binary mode, which is how Knative delivers (HTTP protocol binding, section 3.1)."""
        headers = [("content-type", self.attributes.get("datacontenttype", "application/json"))]
        headers += [
            (f"ce-{name}", quote(value, safe=_HEADER_SAFE))
            for name, value in self.attributes.items()
            if name != "datacontenttype"
        ]
        return FunctionRequest("POST", "/", headers, self.body)


def read_envelope(headers: Mapping[str, str], body: bytes) -> Envelope:
    """Return the event in a request of binary or structured mode; raises :class:`MalformedEventError`."""
    lowered = {name.lower(): value for name, value in headers.items()}
    if lowered.get("content-type", "").partition(";")[0].strip().lower() == BATCHED:
        raise MalformedEventError(BATCH_REFUSED)
    lowered = {name: unquote(value) if name.startswith("ce-") else value for name, value in lowered.items()}
    try:
        received = from_http(lowered, body, data_unmarshaller=lambda raw: raw)
        attributes = {name: str(value) for name, value in received.get_attributes().items() if value is not None}
        data = received.get_data()
    except (GenericException, ValueError, TypeError, AttributeError, RecursionError):
        # The SDK's own messages quote the whole body, which may be private.
        raise MalformedEventError("the request is no CloudEvent 1.0 in binary or structured mode") from None
    _check(attributes)
    return Envelope(attributes, _as_bytes(data))


def _check(attributes: Mapping[str, str]) -> None:
    for name in REQUIRED:
        if not attributes.get(name):
            raise MalformedEventError(f"{name}: is required of a CloudEvent")
    if attributes["specversion"] != "1.0":
        raise MalformedEventError("specversion: must be 1.0")
    wrong = next((name for name in attributes if not _NAME.fullmatch(name)), None)
    if wrong:
        raise MalformedEventError(f"{wrong[:100]!r}: an attribute's name is lower-case letters and digits")


def _as_bytes(data: object) -> bytes:
    """Return data as the SDK hands it over: a binary body's bytes, or the JSON text of a structured one."""
    if isinstance(data, str):
        return data.encode()
    return data if isinstance(data, bytes) else b""
