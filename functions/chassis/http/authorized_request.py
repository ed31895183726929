"""The first argument of every handler: a request from an authenticated caller with the operation's permission."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from flask import Request

from events.event import Cause
from events.ids import derived_id, new_id
from functions.chassis.http.idempotency import ClaimedKey, store_response
from functions.chassis.http.problem import Problem
from functions.chassis.http.response import ApiResponse, etag, to_json_value
from functions.chassis.http.user_context import User
from functions.chassis.instance import Instance
from functions.chassis.messaging.unit_of_work import UnitOfWork
from functions.chassis.telemetry.context import current_context


@dataclass(frozen=True)
class AuthorizedRequest:
    """A request as a handler sees it, besides body, query and path arguments. ``now`` is the time of its arrival."""

    instance: Instance
    user: User
    now: datetime
    digest: str
    """SHA-256 of method, path, query, ``If-Match`` and body. One Idempotency-Key is valid for one digest."""
    idempotency_key: str | None
    if_match: str | None
    claim: ClaimedKey | None = None
    """The claimed key of a request with an Idempotency-Key."""

    def new_id(self) -> UUID:
        """Return an id for the object that this request creates.

        A repeat with the same ``Idempotency-Key`` gets the same id.
        """
        if self.idempotency_key is None:
            return new_id()
        return derived_id("idempotency-key", self.user.id, self.idempotency_key)

    @contextmanager
    def unit_of_work(self) -> Iterator[UnitOfWork]:
        """Run one transaction, and publish its events after the commit.

        Raises :class:`functions.chassis.runtime.database.DatabaseUnavailableError`, which is answered with 503.
        """
        context = current_context()
        try:
            with self.instance.unit_of_work(Cause(context.correlation_id, None, context.traceparent)) as work:
                yield work
        except BaseException:
            if self.claim is not None:
                self.claim.has_response = False  # it was rolled back
            raise

    def record_response(self, work: UnitOfWork | None, response: ApiResponse) -> ApiResponse:
        """Store the response to a request with an ``Idempotency-Key`` for its repeats, and return it.

        A handler passes its unit of work, which stores the response together with the handler's rows. Otherwise the
        response is stored after the handler has returned, which costs another exchange with the database.
        """
        if self.claim is not None and not self.claim.has_response:
            store_response(
                self.instance.state,
                self.claim,
                status=response.status,
                headers=dict(response.headers),
                body=to_json_value(response.body),
                now=self.now,
                transaction=work.transaction if work else None,
            )
        return response

    def check_if_match(self, version: int) -> None:
        """Raise 412 if the request has an ``If-Match`` that does not name this version (RFC 9110, section 13.1.1)."""
        if self.if_match is None or self.if_match.strip() == "*":
            return
        if etag(version) not in [tag.strip() for tag in self.if_match.split(",")]:
            raise Problem(
                412,
                f"if-match: the current version is {version}; read it, and send the change again with its ETag",
                headers={"ETag": etag(version)},
                members={"version": version},
            )

    def check_same_request(self, digest: str | None) -> None:
        """Raise 422 if an existing row was created by another request with the same ``Idempotency-Key``.

        ``digest`` is the stored digest of the request that created the row. This check works without the state store.
        """
        if digest != self.digest:
            raise Problem(422, "idempotency-key: was used before with another request; use a new one for this request")


def digest_request(request: Request, body: bytes) -> str:
    """Return the SHA-256, in hexadecimal, of everything that decides the effect of a request."""
    parts = (request.method, request.full_path, request.headers.get("If-Match", ""), body)
    hashed = hashlib.sha256()
    for part in parts:
        data = part if isinstance(part, bytes) else part.encode()
        hashed.update(len(data).to_bytes(8, "big") + data)
    return hashed.hexdigest()
