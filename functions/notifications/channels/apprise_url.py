"""An Apprise URL: one of the services that the library of that name knows, such as Telegram or Slack.

The URL is a user's, and many of its schemes name a host, which would lead inside. So a scheme must be one that the
operator lists; without a list those are services whose host is fixed, whatever the URL says. Mail is none of them, as
it would make a relay of us for any server and sender. A redirect is not followed, and a certificate is always verified.
Nor is anything read that a URL names besides, as a template: that may be a file of ours, or an address inside.

Apprise tells only whether it worked, and has no idempotency key: what was sent just before a death is sent once more.
"""

import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from events.notification import Notification
from functions.notifications.channels.deadline import Deadline, in_time
from functions.notifications.channels.outcome import Outcome

VARIABLE: Final = "APPRISE_SCHEMES"

HOSTED: Final = frozenset({"discord", "pbul", "pover", "slack", "tgram"})
"""Discord, Pushbullet, Pushover, Slack and Telegram: each at its own host, with tokens only in the URL."""

_SECONDS: Final = 4.0  # to connect, and for an answer; a service may take several requests


def listed_schemes(environ: Mapping[str, str]) -> frozenset[str]:
    """Return the schemes that the operator lists in APPRISE_SCHEMES, separated by commas; if not set, the hosted."""
    listed = environ.get(VARIABLE)
    if listed is None:
        return HOSTED
    return frozenset(filter(None, (part.strip().lower() for part in listed.split(","))))


def scheme_of(url: str) -> str:
    """Return the scheme of an Apprise URL: the service."""
    return url.partition("://")[0].lower()


class AppriseUrl:
    """One user's URL of a service."""

    def __init__(
        self, url: str, *, schemes: frozenset[str] = HOSTED, deadline: Callable[[], Deadline] = Deadline
    ) -> None:
        self._url = url
        self._schemes = schemes
        self._deadline = deadline

    def send(self, notification: Notification, *, now: datetime) -> Outcome:  # noqa: ARG002 - nothing is dated
        """Hand the notification over; the service's answer confirms it."""
        if scheme_of(self._url) not in self._schemes:
            return Outcome(delivered=False, reason="the operator does not allow this service")
        deadline = self._deadline()
        try:
            taken = in_time(lambda: self._notify(notification), deadline)
        except TimeoutError:
            return Outcome(delivered=False, reason=f"no answer within {deadline.seconds:g} seconds", may_pass=True)
        except Exception as error:  # noqa: BLE001 - a hundred plugins, each with exceptions of its own
            return Outcome(delivered=False, reason=f"no answer: {type(error).__name__}", may_pass=True)
        if taken is None:
            return Outcome(delivered=False, reason="the service knows no such URL; give the channel another one")
        return Outcome(delivered=taken, reason=None if taken else "the service did not take it", may_pass=not taken)

    def _notify(self, notification: Notification) -> bool | None:
        """Return whether the service took it; None where the URL is none of its."""
        from apprise import Apprise  # noqa: PLC0415 - half a second, and most instances need none of it
        from apprise.manager_attachment import AttachmentManager  # noqa: PLC0415

        for logs_urls in ("apprise", "urllib3"):  # which hold tokens
            logging.getLogger(logs_urls).setLevel(logging.CRITICAL + 1)
        readers: Any = AttachmentManager()  # type: ignore[no-untyped-call] # theirs; there is one in a process
        readers.load_modules()  # once: after that they stay away
        readers.unload_modules(disable_native=True)
        service = Apprise.instantiate(self._url)
        if service is None:
            return None
        service.redirects = False
        service.verify_certificate = True
        service.socket_connect_timeout = service.socket_read_timeout = _SECONDS
        title, body = notification.title, notification.body
        return bool(service.notify(title=title if body else "", body=body or title))
