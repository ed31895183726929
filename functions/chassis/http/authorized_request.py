"""One call of an HTTP function: who calls, and what it takes to do as asked, once."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from flask import Request

from events.event import Cause
from events.ids import derived_id, new_id
from functions.chassis.http.problem import Problem
from functions.chassis.http.response import etag
from functions.chassis.http.user_context import User
from functions.chassis.instance import Instance
from functions.chassis.messaging.unit_of_work import UnitOfWork
from functions.chassis.telemetry import context


@dataclass(frozen=True)
class AuthorizedRequest:
    """A request whose caller is known and may do what it asks."""

    instance: Instance
    user: User
    now: datetime
    digest: str
    """SHA-256 of the request: its method, path, query, precondition and body. The same key with another is refused."""
    idempotency_key: str | None
    if_match: str | None

    def new_id(self) -> UUID:
        """Return the id of what this call creates: the same again where the call is repeated with its key."""
        if self.idempotency_key is None:
            return new_id()
        return derived_id("idempotency-key", self.user.id, self.idempotency_key)

    @contextmanager
    def unit_of_work(self) -> Iterator[UnitOfWork]:
        """Run one transaction, and publish what was said in it once it is committed."""
        current = context.current()
        with self.instance.unit_of_work(Cause(current.correlation_id, None, current.traceparent)) as work:
            yield work

    def check_if_match(self, version: int) -> None:
        """Raise the 412 of an ``If-Match`` that does not name this version (RFC 9110, section 13.1.1)."""
        if self.if_match is None or self.if_match.strip() == "*":
            return
        if etag(version) not in [tag.strip() for tag in self.if_match.split(",")]:
            raise Problem(
                412,
                f"if-match: the current version is {version}; read it again and decide anew",
                headers={"ETag": etag(version)},
                members={"version": version},
            )

    def check_same_request(self, digest: str | None) -> None:
        """Raise the 422 of an ``Idempotency-Key`` that came before with another request.

        ``digest`` is that of the request which created the row, so this holds even where the state store forgot.
        """
        if digest != self.digest:
            raise Problem(422, "idempotency-key: was used before with another request; use a new one for this")


def digest_request(request: Request, body: bytes) -> str:
    """Return the SHA-256 of all that decides what a request does."""
    parts = (request.method, request.full_path, request.headers.get("If-Match", ""), body)
    hashed = hashlib.sha256()
    for part in parts:
        data = part if isinstance(part, bytes) else part.encode()
        hashed.update(len(data).to_bytes(8, "big") + data)
    return hashed.hexdigest()
