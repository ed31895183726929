"""The HTTP function `notifications`: a user's notifications, and the preferences for how to receive them."""

from typing import Final
from uuid import UUID

from pydantic import Field

from events.fields import Instant, Line, Text, UserId
from events.notification import Notification, NotificationRequested
from functions.chassis.http.authorized_request import AuthorizedRequest
from functions.chassis.http.pagination import Page
from functions.chassis.http.problem import Problem
from functions.chassis.http.request_models import Body, Query
from functions.chassis.http.response import ApiResponse, etag
from functions.chassis.http.user_context import Permission
from functions.chassis.http_function import HttpFunction
from functions.chassis.runtime.transaction import Transaction
from functions.notifications.notification_requests import request_notifications
from functions.notifications.notification_store import find_notification
from functions.notifications.notification_views import (
    Account,
    Counts,
    NotificationQuery,
    list_user_notifications,
    load_account,
    load_counts,
    store_read_mark,
    store_read_marks,
)
from functions.notifications.preferences import (
    NotificationKind,
    Outlook,
    Preferences,
    PreferencesBody,
    complete_preferences,
    load_preferences,
    lock_preferences,
    predict_sending,
    store_preferences,
)

READ_NOTIFICATIONS: Final = Permission("notifications:read", role="user")
WRITE_NOTIFICATIONS: Final = Permission("notifications:write", role="user")

api = HttpFunction("notifications", summary="Notifications of a user, and the channels they come through.")


class Message(Body):
    """A message that users send to themselves, through all of their channels."""

    title: Line
    body: Text = ""
    user_id: UserId | None = None


class OutlookQuery(Query):
    """The kind of notification, and the moments at which it would fall due."""

    kind: NotificationKind = "reminder"
    at: list[Instant] = Field(min_length=1, max_length=20, description="given once for each moment")


class Sent(Page[Notification]):
    """The requested notifications, one for each channel."""


@api.operation(
    "POST", "/notifications/send", owner="user_id", permission=WRITE_NOTIFICATIONS, body=Message, responses={202: Sent}
)
def send_message(request: AuthorizedRequest, body: Message) -> ApiResponse:
    """Send a message to yourself."""
    draft = Notification(
        id=request.new_id(),
        user_id=request.user.id,
        kind="message",
        channel="",
        title=body.title,
        body=body.body,
        created_at=request.now,
    )
    asked = NotificationRequested(notification=draft)
    with request.unit_of_work() as work:
        preferences = load_preferences(work.transaction, draft.user_id)
        records = request_notifications(work, asked, preferences, request_digest=request.digest)
        for record in records:
            request.check_same_request(record.request_digest)
        return request.record_response(work, ApiResponse(Sent(items=[record.notification for record in records]), 202))


@api.operation(
    "GET",
    "/notifications/<path:user_id>",
    owner="user_id",
    permission=READ_NOTIFICATIONS,
    query=NotificationQuery,
    responses={200: Page[Notification]},
)
def list_notifications(request: AuthorizedRequest, query: NotificationQuery, *, user_id: str) -> ApiResponse:
    """List a user's notifications, newest first."""
    return ApiResponse(list_user_notifications(request.instance.database, user_id, query))


@api.operation(
    "GET",
    "/notifications/<path:user_id>/<uuid:notification_id>",
    owner="user_id",
    permission=READ_NOTIFICATIONS,
    responses={200: Account},
)
def read_account(request: AuthorizedRequest, *, user_id: str, notification_id: UUID) -> ApiResponse:
    """Read a notification with its state, its next attempt, and the time and result of each attempt so far."""
    with request.instance.database.transaction() as transaction:
        return ApiResponse(load_account(transaction, _find_own(transaction, user_id, notification_id)))


@api.operation(
    "POST",
    "/notifications/<path:user_id>/<uuid:notification_id>/read",
    owner="user_id",
    permission=WRITE_NOTIFICATIONS,
    responses={200: Notification},
)
def mark_as_read(request: AuthorizedRequest, *, user_id: str, notification_id: UUID) -> ApiResponse:
    """Mark a notification as read. Marking it again does not change the time."""
    return _mark(request, user_id, notification_id, read=True)


@api.operation(
    "DELETE",
    "/notifications/<path:user_id>/<uuid:notification_id>/read",
    owner="user_id",
    permission=WRITE_NOTIFICATIONS,
    responses={200: Notification},
)
def mark_as_unread(request: AuthorizedRequest, *, user_id: str, notification_id: UUID) -> ApiResponse:
    """Mark a notification as unread."""
    return _mark(request, user_id, notification_id, read=False)


@api.operation(
    "GET",
    "/notifications/<path:user_id>/counts",
    owner="user_id",
    permission=READ_NOTIFICATIONS,
    responses={200: Counts},
)
def count_notifications(request: AuthorizedRequest, *, user_id: str) -> ApiResponse:
    """Count the read and unread notifications among those delivered in the app."""
    return ApiResponse(load_counts(request.instance.database, user_id))


@api.operation(
    "POST",
    "/notifications/<path:user_id>/read",
    owner="user_id",
    permission=WRITE_NOTIFICATIONS,
    responses={200: Counts},
)
def mark_all_as_read(request: AuthorizedRequest, *, user_id: str) -> ApiResponse:
    """Mark all notifications delivered in the app as read. Those already read keep their time."""
    with request.unit_of_work() as work:
        store_read_marks(work.transaction, user_id, request.now)
        return request.record_response(work, ApiResponse(load_counts(work.transaction, user_id)))


@api.operation(
    "GET",
    "/notifications/<path:user_id>/preferences",
    owner="user_id",
    permission=READ_NOTIFICATIONS,
    responses={200: Preferences},
)
def read_preferences(request: AuthorizedRequest, *, user_id: str) -> ApiResponse:
    """Read a user's preferences. Secrets of channels are masked."""
    preferences = load_preferences(request.instance.database, user_id)
    return ApiResponse(preferences.mask_secrets(), 200, {"ETag": etag(preferences.version)})


@api.operation(
    "PUT",
    "/notifications/<path:user_id>/preferences",
    owner="user_id",
    permission=WRITE_NOTIFICATIONS,
    body=PreferencesBody,
    responses={200: Preferences},
)
def replace_preferences(request: AuthorizedRequest, body: PreferencesBody, *, user_id: str) -> ApiResponse:
    """Replace a user's preferences.

    A webhook without a secret uses its stored secret, or gets a new one. Only this response shows it.
    """
    with request.unit_of_work() as work:
        before = lock_preferences(work.transaction, user_id)
        request.check_if_match(before.version)
        after = complete_preferences(before, body.to_preferences())
        store_preferences(work.transaction, user_id, after)
        response = ApiResponse(after.reveal_new_secrets(body.channels), 200, {"ETag": etag(after.version)})
        return request.record_response(work, response)


@api.operation(
    "GET",
    "/notifications/<path:user_id>/outlook",
    owner="user_id",
    permission=READ_NOTIFICATIONS,
    query=OutlookQuery,
    responses={200: Outlook},
)
def read_outlook(request: AuthorizedRequest, query: OutlookQuery, *, user_id: str) -> ApiResponse:
    """Read when notifications that fall due at certain moments would be sent: then, or after the quiet hours.

    The response follows the current preferences. They are read again when a notification falls due and at each attempt.
    """
    preferences = load_preferences(request.instance.database, user_id)
    return ApiResponse(predict_sending(preferences, query.kind, query.at))


def _mark(request: AuthorizedRequest, user_id: str, notification_id: UUID, *, read: bool) -> ApiResponse:
    with request.unit_of_work() as work:
        found = _find_own(work.transaction, user_id, notification_id, lock=True)
        marked = found.model_copy(update={"read_at": (found.read_at or request.now) if read else None})
        store_read_mark(work.transaction, marked.id, marked.read_at)
        return request.record_response(work, ApiResponse(marked))


def _find_own(transaction: Transaction, user_id: str, notification_id: UUID, *, lock: bool = False) -> Notification:
    """Return a user's notification; raise the 404 if there is none, or if it belongs to another user."""
    record = find_notification(transaction, notification_id, lock=lock)
    if record is None or record.notification.user_id != user_id:
        raise Problem(404, "there is no notification with this id")
    return record.notification


notifications = api.serve()
