"""Asks ``notifications`` whether a user's quiet hours defer the reminders of a draft."""

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

QUIET_HOURS_TIMEOUT: Final = 3.0
"""Seconds to wait for ``notifications``. A person waits for the preview, which is useful without quiet hours too."""

QUIET_HOURS_UNKNOWN: Final = "quiet hours were not considered: the function notifications did not answer"

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class PlannedReminder:
    """The moment of a reminder and the latest moment of its delivery, or None if there is no limit."""

    moment: datetime
    until: datetime | None


class Deferral(Value):
    """A reminder that is deferred by quiet hours, ``from`` its own moment ``to`` the end of the quiet hours."""

    from_: datetime = Field(alias="from")
    to: datetime


class _PlannedDelivery(Value):
    send_at: AwareDatetime


class _DeliveryPlan(Value):
    """The members of the response that this version reads."""

    items: list[_PlannedDelivery]
    silence: str | None = None


def preview_reminders(
    request: AuthorizedRequest, planned: Sequence[PlannedReminder], *, zone: ZoneInfo
) -> tuple[list[Deferral], list[str]]:
    """Return the reminders that quiet hours defer, and warnings. Times in warnings are in ``zone``.

    A warning names each reminder that fails because its ``maxLateness`` ends before the quiet hours do. There is also a
    warning if all reminders are muted, or if ``notifications`` did not answer. Without reminders no request is sent.
    """
    if not planned:
        return [], []
    # A reminder in the past is delivered at once.
    moments = [max(reminder.moment, request.now) for reminder in planned]
    plan = _request_delivery_plan(request, moments)
    if plan is None or (plan.silence is None and len(plan.items) != len(planned)):
        return [], [QUIET_HOURS_UNKNOWN]
    if plan.silence is not None:
        return [], [f"no reminder will be sent: {plan.silence}"]
    deferrals, warnings = [], []
    for reminder, moment, delivery in zip(planned, moments, plan.items, strict=True):
        if reminder.until is not None and delivery.send_at > reminder.until:
            warnings.append(_warn_of_failure(reminder, delivery.send_at, zone))
        elif delivery.send_at > moment:
            deferrals.append(Deferral(from_=reminder.moment, to=delivery.send_at))
    return deferrals, warnings


def _request_delivery_plan(request: AuthorizedRequest, moments: Iterable[datetime]) -> _DeliveryPlan | None:
    """Return the response of ``notifications``, or None if there is none or this version cannot read it."""
    query = urlencode({"kind": "reminder", "at": [moment.isoformat() for moment in moments]}, doseq=True)
    path = f"/notifications/{quote(request.user.id, safe='')}/outlook?{query}"
    try:
        reply = invoke_service(
            request.instance, "notifications", "GET", path, user=request.user.id, timeout=QUIET_HOURS_TIMEOUT
        )
        if reply.status == HTTPStatus.OK:
            return _DeliveryPlan.model_validate(reply.json)
        log.warning("notifications rejected the request for a delivery plan", extra={"status": reply.status})
    except (ServiceUnavailableError, SecretUnavailableError, ValidationError) as error:
        log.warning("notifications returned no delivery plan: %s", type(error).__name__)
    return None


def _warn_of_failure(reminder: PlannedReminder, send_at: datetime, zone: ZoneInfo) -> str:
    due, end = (moment.astimezone(zone).isoformat(timespec="minutes") for moment in (reminder.moment, send_at))
    return f"the reminder at {due} could not be sent before {end}, which its maxLateness does not allow: it will fail"
