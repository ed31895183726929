"""The HTTP function ``notifications``: a user's notifications, and where they want them."""

from typing import Annotated, Final
from uuid import UUID

from pydantic import Field
from sqlalchemy import Connection, select, tuple_

from events.fields import Instant, Line, Text, UserId
from events.notification import Notification, NotificationRequested, NotificationStatus
from functions.chassis.http.authorized_request import AuthorizedRequest
from functions.chassis.http.pagination import CursorTime, Page, decode_cursor, make_page
from functions.chassis.http.problem import Problem
from functions.chassis.http.request_models import Body, PageQuery, Query
from functions.chassis.http.response import ApiResponse, etag
from functions.chassis.http.user_context import Permission
from functions.chassis.http_function import HttpFunction
from functions.notifications import ledger, preferences, store, unread
from functions.notifications.channel import Channel, WebhookChannel
from functions.notifications.ledger import Account
from functions.notifications.outlook import Outlook, outlook
from functions.notifications.preferences import Digest, Kind, Mode, Muted, Preferences
from functions.notifications.quiet_hours import QuietHours
from functions.notifications.request import request_notifications
from functions.notifications.tables import notifications as rows
from functions.notifications.unread import Counts

READ_NOTIFICATIONS: Final = Permission("notifications:read", role="user")
WRITE_NOTIFICATIONS: Final = Permission("notifications:write", role="user")

api = HttpFunction("notifications", summary="Notifications of a user, and the channels they come through.")


class Message(Body):
    """Something to tell oneself, through all of one's channels."""

    title: Line
    body: Text = ""
    user_id: UserId | None = None


class NotificationQuery(PageQuery):
    """Which notifications."""

    status: NotificationStatus | None = None
    channel: Annotated[str | None, Field(max_length=50, description="those through a type of channel")] = None
    unread: Annotated[
        bool | None, Field(description="those delivered in the app that were not marked as read, or those that were")
    ] = None


class OutlookQuery(Query):
    """What would fall due, and when."""

    kind: Kind = "reminder"
    at: list[Instant] = Field(min_length=1, max_length=20, description="given once for each moment")


class PreferencesBody(Body):
    """What is to be preferred, all of it: the channels in their order, where none at all is a choice as well.

    What would come in the quiet hours is deferred to their end, and sent then if it still holds. A reminder whose
    ``maxLateness`` is over by then fails at once instead, as does one of a kind that is muted.
    """

    channels: Annotated[list[Channel], Field(max_length=5)]
    mode: Mode = "all"
    muted: Muted = Field(default_factory=list)
    quiet_hours: QuietHours | None = None
    digest: Digest = False

    def wanted(self) -> Preferences:
        """Return it as preferences."""
        return Preferences(**{name: getattr(self, name) for name in type(self).model_fields})


class Sent(Page[Notification]):
    """What was requested, one for each channel."""


@api.operation(
    "POST", "/notifications/send", owner="user_id", permission=WRITE_NOTIFICATIONS, body=Message, responses={202: Sent}
)
def send_message(request: AuthorizedRequest, body: Message) -> ApiResponse:
    """Send a message to oneself."""
    draft = Notification(
        id=request.new_id(),
        user_id=request.user.id,
        kind="message",
        channel="",
        title=body.title,
        body=body.body,
        created_at=request.now,
    )
    with request.unit_of_work() as work:
        wanted = preferences.of_user(work.connection, draft.user_id)
        requested = request_notifications(
            work, NotificationRequested(notification=draft), wanted, digest=request.digest
        )
        for one in requested:
            request.check_same_request(store.digest_of(work.connection, one.id))
    return ApiResponse(Sent(items=requested), 202)


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
    wanted = select(rows).where(rows.c.user_id == user_id)
    if query.status:
        wanted = wanted.where(rows.c.status == query.status)
    if query.channel:
        wanted = wanted.where(rows.c.channel == query.channel)
    if query.unread is not None:
        wanted = wanted.where(unread.is_unread(user_id) if query.unread else unread.is_read(user_id))
    after = decode_cursor(query.cursor, (CursorTime, UUID))
    if after is not None:
        wanted = wanted.where(tuple_(rows.c.created_at, rows.c.id) < after)
    wanted = wanted.order_by(rows.c.created_at.desc(), rows.c.id.desc()).limit(query.limit + 1)
    with request.instance.database.transaction() as connection:
        found = connection.execute(wanted).all()
    return ApiResponse(
        make_page(found, query.limit, item=store.notification_of, key=lambda row: (row.created_at, row.id))
    )


@api.operation(
    "GET",
    "/notifications/<path:user_id>/<uuid:notification_id>",
    owner="user_id",
    permission=READ_NOTIFICATIONS,
    responses={200: Account},
)
def read_account(request: AuthorizedRequest, *, user_id: str, notification_id: UUID) -> ApiResponse:
    """Read how a notification fares: each attempt with its time and answer, the next try, and its state."""
    with request.instance.database.transaction() as connection:
        return ApiResponse(ledger.account_of(connection, _one_of(connection, user_id, notification_id)))


@api.operation(
    "POST",
    "/notifications/<path:user_id>/<uuid:notification_id>/read",
    owner="user_id",
    permission=WRITE_NOTIFICATIONS,
    responses={200: Notification},
)
def mark_as_read(request: AuthorizedRequest, *, user_id: str, notification_id: UUID) -> ApiResponse:
    """Mark a notification as read; the first time counts."""
    return _mark(request, user_id, notification_id, read=True)


@api.operation(
    "DELETE",
    "/notifications/<path:user_id>/<uuid:notification_id>/read",
    owner="user_id",
    permission=WRITE_NOTIFICATIONS,
    responses={200: Notification},
)
def mark_as_unread(request: AuthorizedRequest, *, user_id: str, notification_id: UUID) -> ApiResponse:
    """Mark a notification as not read."""
    return _mark(request, user_id, notification_id, read=False)


@api.operation(
    "GET",
    "/notifications/<path:user_id>/counts",
    owner="user_id",
    permission=READ_NOTIFICATIONS,
    responses={200: Counts},
)
def count_notifications(request: AuthorizedRequest, *, user_id: str) -> ApiResponse:
    """Count what was delivered in the app, by whether it was read."""
    with request.instance.database.transaction() as connection:
        return ApiResponse(unread.count(connection, user_id))


@api.operation(
    "POST",
    "/notifications/<path:user_id>/read",
    owner="user_id",
    permission=WRITE_NOTIFICATIONS,
    responses={200: Counts},
)
def mark_all_as_read(request: AuthorizedRequest, *, user_id: str) -> ApiResponse:
    """Mark all that was delivered in the app as read; what was read before keeps its time."""
    with request.unit_of_work() as work:
        unread.mark_all(work.connection, user_id, request.now)
        return ApiResponse(unread.count(work.connection, user_id))


@api.operation(
    "GET",
    "/notifications/<path:user_id>/preferences",
    owner="user_id",
    permission=READ_NOTIFICATIONS,
    responses={200: Preferences},
)
def read_preferences(request: AuthorizedRequest, *, user_id: str) -> ApiResponse:
    """Read where a user wants to be told, and when not; a webhook's secret is not shown again."""
    with request.instance.database.transaction() as connection:
        found = preferences.of_user(connection, user_id)
    return ApiResponse(found.masked(), 200, {"ETag": etag(found.version)})


@api.operation(
    "GET",
    "/notifications/<path:user_id>/outlook",
    owner="user_id",
    permission=READ_NOTIFICATIONS,
    query=OutlookQuery,
    responses={200: Outlook},
)
def read_outlook(request: AuthorizedRequest, query: OutlookQuery, *, user_id: str) -> ApiResponse:
    """Read when what falls due at certain moments would be sent: then, or at the end of the quiet hours.

    That is by the preferences as they are now; they are looked at again when it falls due, and at each attempt.
    """
    with request.instance.database.transaction() as connection:
        wanted = preferences.of_user(connection, user_id)
    return ApiResponse(outlook(wanted, query.kind, query.at))


@api.operation(
    "PUT",
    "/notifications/<path:user_id>/preferences",
    owner="user_id",
    permission=WRITE_NOTIFICATIONS,
    body=PreferencesBody,
    responses={200: Preferences},
)
def replace_preferences(request: AuthorizedRequest, body: PreferencesBody, *, user_id: str) -> ApiResponse:
    """Say where one wants to be told, and when not.

    A webhook without a secret keeps the one it has, or is given one, shown here.
    """
    with request.unit_of_work() as work:
        before = preferences.to_replace(work.connection, user_id)
        request.check_if_match(before.version)
        after = preferences.replaced(before, body.wanted())
        preferences.save(work.connection, user_id, after)
    asked = frozenset(one.url for one in body.channels if isinstance(one, WebhookChannel) and one.secret is None)
    return ApiResponse(after.masked(shown=asked), 200, {"ETag": etag(after.version)})


def _mark(request: AuthorizedRequest, user_id: str, notification_id: UUID, *, read: bool) -> ApiResponse:
    with request.unit_of_work() as work:
        found = _one_of(work.connection, user_id, notification_id, lock=True)
        one = found.model_copy(update={"read_at": (found.read_at or request.now) if read else None})
        unread.mark(work.connection, one.id, one.read_at)
    return ApiResponse(one)


def _one_of(connection: Connection, user_id: str, notification_id: UUID, *, lock: bool = False) -> Notification:
    found = store.find(connection, notification_id, lock=lock)
    if found is None or found[0].user_id != user_id:
        raise Problem(404, "there is no notification with this id")
    return found[0]


notifications = api.serve()
