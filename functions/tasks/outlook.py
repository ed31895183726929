"""When the reminders of a draft would be sent: asked of ``notifications``, which knows its user's quiet hours."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Final
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

from pydantic import Field, ValidationError
from pydantic.types import AwareDatetime

from events.data import Value
from functions.chassis.http.authorized_request import AuthorizedRequest
from functions.chassis.http.service_client import ServiceUnavailableError, invoke_service
from functions.chassis.runtime.secret_store import SecretUnavailableError
from functions.chassis.telemetry.logs import get_logger

DEADLINE: Final = 3.0
"""How many seconds a preview waits for ``notifications``: somebody is looking at it, and has the rest of it anyway."""

UNKNOWN: Final = "quiet hours were not considered: the function notifications did not say"

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Planned:
    """The moment of a reminder, and the last one at which it may be sent, where it has that."""

    moment: datetime
    until: datetime | None


class Deferral(Value):
    """A reminder that quiet hours move: it falls due ``from`` a moment in them, and is sent at their end, ``to``."""

    from_: datetime = Field(alias="from")
    to: datetime


class _Sending(Value):
    send_at: AwareDatetime


class _Outlook(Value):
    """What this version reads of the answer."""

    items: list[_Sending]
    silence: str | None = None


def outlook(
    request: AuthorizedRequest, planned: Sequence[Planned], *, zone: ZoneInfo
) -> tuple[list[Deferral], list[str]]:
    """Return which reminders quiet hours move, and what about them may surprise; moments in words are in ``zone``.

    One that its ``maxLateness`` does not let wait for the end of the quiet hours is not moved: it fails, which is told.
    So is that all of them are muted, and that nobody could say. Without reminders nobody is asked.
    """
    if not planned:
        return [], []
    # What should have reminded before now would do so at once.
    moments = [max(one.moment, request.now) for one in planned]
    found = _ask(request, moments)
    if found is None or (found.silence is None and len(found.items) != len(planned)):
        return [], [UNKNOWN]
    if found.silence is not None:
        return [], [f"no reminder will be sent: {found.silence}"]
    deferred, warnings = [], []
    for one, moment, sending in zip(planned, moments, found.items, strict=True):
        if one.until is not None and sending.send_at > one.until:
            warnings.append(_fails(one, sending.send_at, zone))
        elif sending.send_at > moment:
            deferred.append(Deferral(from_=one.moment, to=sending.send_at))
    return deferred, warnings


def _ask(request: AuthorizedRequest, moments: Iterable[datetime]) -> _Outlook | None:
    """Return what ``notifications`` says; None where it cannot be asked, or answers what this version cannot read."""
    query = urlencode({"kind": "reminder", "at": [moment.isoformat() for moment in moments]}, doseq=True)
    path = f"/notifications/{quote(request.user.id, safe='')}/outlook?{query}"
    try:
        reply = invoke_service(request.instance, "notifications", "GET", path, user=request.user.id, timeout=DEADLINE)
        if reply.status == HTTPStatus.OK:
            return _Outlook.model_validate(reply.json)
        log.warning("notifications refused to say what quiet hours move", extra={"status": reply.status})
    except (ServiceUnavailableError, SecretUnavailableError, ValidationError) as error:
        log.warning("notifications did not say what quiet hours move: %s", type(error).__name__)
    return None


def _fails(one: Planned, send_at: datetime, zone: ZoneInfo) -> str:
    due, end = (moment.astimezone(zone).isoformat(timespec="minutes") for moment in (one.moment, send_at))
    return f"the reminder at {due} could not be sent before {end}, which its maxLateness does not allow: it will fail"
