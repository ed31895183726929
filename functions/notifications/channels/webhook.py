"""The channel `webhook`: posts to an address of the user's, signed as Standard Webhooks defines it.

The address must not lead into the cluster. Its host is resolved once and checked
(:mod:`functions.notifications.outbound.reach`), and the connection goes to the checked IP address. Redirects are not
followed. The ``webhook-id`` is the notification's id.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from http.client import HTTPException
from typing import Annotated, Any, Final, Literal, Self
from urllib.parse import SplitResult, urlsplit

from pydantic import StringConstraints

from events.notification import Notification
from functions.notifications.channels.channel import (
    Channel,
    ChannelFieldError,
    SendResult,
    check_field,
    describe_notification,
)
from functions.notifications.outbound.deadline import Deadline
from functions.notifications.outbound.http_post import HttpPeer, PostResponse, parse_retry_after, post_body
from functions.notifications.outbound.reach import ANYWHERE, ForbiddenAddressError, Lookup, look_up, read_reach
from functions.notifications.outbound.web_address import check_web_address
from functions.notifications.outbound.webhook_signature import MASK, check_secret, create_secret, sign_webhook

_TEMPORARY_STATUSES: Final = frozenset({408, 425, 429})


class WebhookChannel(Channel):
    """An address that notifications are posted to, signed as Standard Webhooks defines it.

    ``secret`` is ``whsec_`` and base64 of 24 to 64 bytes. Without it the channel uses its stored secret, or gets a new
    one, which only the response to that request shows. Every other response shows ``whsec_…`` instead. A request with
    ``whsec_…`` leaves the secret unchanged.
    """

    type: Literal["webhook"] = "webhook"
    url: Annotated[str, StringConstraints(max_length=2000, pattern=r"^[!-~]+$")]
    secret: str | None = None

    @property
    def identity(self) -> str:
        """The type and the URL."""
        return f"{self.type} {self.url}"

    @property
    def host(self) -> str | None:
        """The URL's host and port."""
        return urlsplit(self.url).netloc.lower()

    @classmethod
    def check_settings(cls, settings: Mapping[str, str]) -> None:
        """Raise SettingsError if WEBHOOKS_MAY_REACH cannot be read."""
        read_reach(settings)

    def complete(self, previous: Self | None) -> Self:
        """Return the channel with the secret to store: the given one, the stored one or a new one."""
        check_field("url", self.url, check_web_address)
        stored = previous.secret if previous else None
        if self.secret is None:
            return self.model_copy(update={"secret": stored or create_secret()})
        if self.secret == MASK:
            if stored is None:
                message = "stands for a secret that this channel does not have; leave it out to get a new one"
                raise ChannelFieldError("secret", message)
            return self.model_copy(update={"secret": stored})
        check_field("secret", self.secret, check_secret)
        return self

    def mask_secrets(self) -> Self:
        """Return the channel with the mask in place of its secret."""
        return self.model_copy(update={"secret": MASK})

    def reveal_new_secret(self, requested: Self) -> Self:
        """Return the channel with its secret if the request left the secret out."""
        return self if requested.secret is None else self.mask_secrets()

    def to_address(self) -> dict[str, Any]:
        """Return the channel without a member for its secret."""
        return self.model_dump(mode="json", by_alias=True, exclude={"secret"})

    def send(
        self,
        notification: Notification,
        *,
        now: datetime,
        settings: Mapping[str, str],
        deadline: Deadline | None = None,
        lookup: Lookup = look_up,
    ) -> SendResult:
        """Post the notification; a 2xx confirms it. In development every host is allowed."""
        url = urlsplit(self.url)
        body = json.dumps(describe_notification(notification))
        try:
            signature = sign_webhook(self.secret or "", str(notification.id), body, now)
        except ValueError:
            return SendResult.final_failure("the secret cannot sign; give the channel a new one")
        deadline = deadline or Deadline()
        reach = ANYWHERE if settings.get("NODE_ENV") == "development" else read_reach(settings)
        port = url.port or (443 if url.scheme == "https" else 80)
        try:
            addresses = reach.resolve(url.scheme, url.hostname or "", port, deadline=deadline, lookup=lookup)
        except ForbiddenAddressError as error:
            return SendResult.final_failure(str(error))
        except OSError:
            return SendResult.temporary_failure("the address cannot be resolved")
        peer = HttpPeer(tuple(addresses), port, (url.hostname or "").rstrip(".") if url.scheme == "https" else None)
        headers = {**_headers(url), **signature}
        try:
            response = post_body(peer, _target(url), headers=headers, body=body.encode(), deadline=deadline)
        except TimeoutError:
            return SendResult.temporary_failure(f"no answer within {deadline.seconds:g} seconds")
        except (OSError, HTTPException, ValueError) as error:
            return SendResult.temporary_failure(f"no answer: {type(error).__name__}")
        return _interpret(response, now)


def _headers(url: SplitResult) -> dict[str, str]:
    return {
        "Host": url.netloc.rpartition("@")[2],
        "Content-Type": "application/json",
        "User-Agent": "todo-notifications",
    }


def _target(url: SplitResult) -> str:
    path = url.path or "/"
    return f"{path}?{url.query}" if url.query else path


def _interpret(response: PostResponse, now: datetime) -> SendResult:
    """Return the result that a status means (RFC 9110, sections 15.3 to 15.6)."""
    if 200 <= response.status < 300:  # noqa: PLR2004 - the class "successful"
        return SendResult(delivered=True)
    is_temporary = response.status >= 500 or response.status in _TEMPORARY_STATUSES  # noqa: PLR2004 - "server error"
    delay = parse_retry_after(response.retry_after, now=now)
    reason = f"answered {response.status}"
    return SendResult(delivered=False, reason=reason, is_temporary=is_temporary, retry_after=delay)
