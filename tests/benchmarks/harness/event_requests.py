"""Builds the requests of a load: one sample, encoded once, in which every request gets ids of its own."""

import uuid
from collections.abc import Callable, Iterator, Mapping
from itertools import count

from events.data import EventData
from events.encoding import encode_event
from events.event import Event


def numbered_id(kind: int, number: int) -> str:
    """Return the id of row ``number`` of one ``kind`` of rows. PostgreSQL computes the same (see ``NUMBERED_ID``)."""
    return f"0195a{kind:03x}-0000-7000-8000-{number:012x}"


NUMBERED_ID = "CAST('0195a' || lpad(to_hex({kind}), 3, '0') || '-0000-7000-8000-' || lpad(to_hex(n), 12, '0') AS uuid)"
"""SQL of the id of row ``n``. ``kind`` is an expression."""


def compose_request(path: str, headers: Mapping[str, str], body: bytes, *, method: str = "POST") -> bytes:
    """Return an HTTP request on a connection that stays open."""
    lines = [f"{method} {path} HTTP/1.1", "Host: bench", *(f"{name}: {value}" for name, value in headers.items())]
    lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def repeat_event(event: Event[EventData], *numbered: tuple[int, object], path: str = "/") -> Callable[[], bytes]:
    """Return a function that returns the event's request again and again, as a Broker sends it, with a new id.

    Each of ``numbered`` is a kind of row and an id in the event. In the nth request it is ``numbered_id(kind, n)``.
    """
    headers, body = encode_event(event).encode_binary()
    template = compose_request(path, headers, body)
    event_id = event.attributes.id.encode()
    numbers: Iterator[int] = count(1)

    def make_request() -> bytes:
        number = next(numbers)
        request = template.replace(event_id, str(uuid.uuid4()).encode())
        for kind, replaced in numbered:
            request = request.replace(str(replaced).encode(), numbered_id(kind, number).encode())
        return request

    return make_request
