"""The channel `apprise`: a service that the Apprise library knows, such as Telegram or Slack, by its Apprise URL.

The URL is entered by a user, and many of its schemes name a host, which could be inside the cluster. Therefore:

- The scheme must be one that the operator lists. Without a list only services with a fixed host are allowed. Mail is
  not among them, because it would turn this function into a relay for any server and sender.
- Redirects are not followed, and certificates are always verified.
- A URL may not name a template: that could be a local file or an internal address.

Apprise reports success or failure only, and has no idempotency key. A notification that was sent just before the
instance stopped is sent again.
"""

import logging
import re
from collections.abc import Mapping
from contextvars import ContextVar
from datetime import datetime
from typing import Annotated, Any, Final, Literal, Self

from pydantic import StringConstraints

from events.notification import Notification
from functions.notifications.channels.channel import Channel, SendResult, check_field, read_list
from functions.notifications.outbound.deadline import Deadline, run_within

VARIABLE: Final = "APPRISE_SCHEMES"

HOSTED: Final = frozenset({"discord", "pbul", "pover", "slack", "tgram"})
"""Discord, Pushbullet, Pushover, Slack and Telegram. Each has a fixed host, and the URL holds only tokens."""

_URL: Final = re.compile(r"[a-z][a-z0-9]{0,31}://[!-~]+")
_HOST_END: Final = re.compile(r"[/?#]")
_SECONDS: Final = 4.0  # to connect, and for each response; a service may take several requests
_is_sending: Final = ContextVar("is_sending", default=False)


class AppriseChannel(Channel):
    """A service by its Apprise URL, which holds its tokens. Responses show ``tgram://…`` instead.

    A request with ``tgram://…`` leaves the URL unchanged.
    """

    type: Literal["apprise"] = "apprise"
    name: Annotated[str, StringConstraints(min_length=1, max_length=50, pattern=r"^[^\x00]*$")]
    url: Annotated[str, StringConstraints(max_length=2000)]

    @property
    def identity(self) -> str:
        """The type and the name that the user gave."""
        return f"{self.type} {self.name}"

    @property
    def host(self) -> str | None:
        """The service, or the host in the URL if the service has no fixed one."""
        if self.scheme in HOSTED:
            return self.scheme
        # Not urlsplit: it raises ValueError for a bracket in the wrong place, which only the service may judge.
        return _HOST_END.split(self.url.partition("://")[2], maxsplit=1)[0].lower()

    @property
    def scheme(self) -> str:
        """The service in the URL, such as ``tgram``."""
        return self.url.partition("://")[0].lower()

    def complete(self, previous: Self | None) -> Self:
        """Return the channel with the stored URL if the request has the masked one."""
        if previous is not None and previous.mask_secrets() == self:
            return previous
        check_field("url", self.url, _check_url)
        return self

    def mask_secrets(self) -> Self:
        """Return the channel with the scheme of its URL only."""
        return self.model_copy(update={"url": f"{self.url.partition('://')[0]}://…"})

    def send(
        self,
        notification: Notification,
        *,
        now: datetime,
        settings: Mapping[str, str],
        deadline: Deadline | None = None,
    ) -> SendResult:
        """Send the notification; the service's response confirms it."""
        if self.scheme not in read_allowed_schemes(settings):
            return SendResult.final_failure("the operator does not allow this service")
        deadline = deadline or Deadline()
        try:
            is_accepted = run_within(deadline, lambda: _notify(self.url, notification))
        except TimeoutError:
            return SendResult.temporary_failure(f"no answer within {deadline.seconds:g} seconds")
        except Exception as error:  # noqa: BLE001 - about a hundred plugins, each with its own exceptions
            return SendResult.temporary_failure(f"no answer: {type(error).__name__}")
        if is_accepted is None:
            return SendResult.final_failure("the service knows no such URL; give the channel another one")
        if not is_accepted:
            return SendResult.temporary_failure("the service did not take it")
        return SendResult(delivered=True)


def read_allowed_schemes(settings: Mapping[str, str]) -> frozenset[str]:
    """Return the schemes that the operator lists in APPRISE_SCHEMES; the hosted services if it is not set."""
    if VARIABLE not in settings:
        return HOSTED
    return frozenset(scheme.lower() for scheme in read_list(settings, VARIABLE))


def _check_url(url: str) -> None:
    if not _URL.fullmatch(url):
        raise ValueError("must be an Apprise URL, like tgram://token/chat")


def _notify(url: str, notification: Notification) -> bool | None:
    """Return whether the service accepted the notification; None if the URL is not one of that service."""
    # Not imported at the top: the library takes half a second, and most processes do not use it.
    from apprise import Apprise  # noqa: PLC0415
    from apprise.manager_attachment import AttachmentManager  # noqa: PLC0415

    logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)
    readers: Any = AttachmentManager()  # type: ignore[no-untyped-call] # a singleton of an untyped module
    readers.load_modules()
    readers.unload_modules(disable_native=True)  # so that no URL can make a service read a file or an address
    service = Apprise.instantiate(url)
    if service is None:
        return None
    _is_sending.set(True)  # in this call only: run_within has started a thread with a new context
    _hide_logged_urls()
    service.redirects = False
    service.verify_certificate = True
    service.socket_connect_timeout = service.socket_read_timeout = _SECONDS
    title, body = notification.title, notification.body
    return bool(service.notify(title=title if body else "", body=body or title))


def _hide_logged_urls() -> None:
    """Drop what Apprise's HTTP client logs during a call: it contains URLs, and so tokens.

    urllib3 serves other callers in this process. Only its records of threads that send through Apprise are dropped.
    Its loggers exist once the service has been imported.
    """
    for name in list(logging.root.manager.loggerDict):
        if name.partition(".")[0] in {"urllib3", "requests"}:
            logging.getLogger(name).addFilter(_is_record_safe)  # the same function is added only once


def _is_record_safe(_record: logging.LogRecord) -> bool:
    return not _is_sending.get()
