"""A webhook: posted to a user's address, signed per Standard Webhooks, with the notification's id as its own.

The address is a user's, so it must not lead inside: it is resolved once, refused where it leads there (see
:mod:`functions.notifications.channels.reach`), and the connection goes to what was checked. Redirects are not followed.
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from http.client import HTTPException
from urllib.parse import urlsplit

from standardwebhooks.webhooks import EmptyWebhookSecretError
from standardwebhooks.webhooks import Webhook as Signer

from events.notification import Notification
from functions.notifications.channels.deadline import Deadline
from functions.notifications.channels.exchange import Peer, Reply, post
from functions.notifications.channels.outcome import Outcome
from functions.notifications.channels.payload import payload_of
from functions.notifications.channels.reach import Lookup, Reach, RefusedError, look_up
from functions.notifications.channels.retry_after import asked_to_wait

_MAY_PASS = frozenset({408, 425, 429})


class Webhook:
    """One user's webhook."""

    def __init__(
        self,
        url: str,
        secret: str,
        *,
        reach: Reach,
        deadline: Callable[[], Deadline] = Deadline,
        lookup: Lookup = look_up,
    ) -> None:
        self._url = urlsplit(url)
        self._secret = secret
        self._reach = reach
        self._deadline = deadline
        self._lookup = lookup

    def send(self, notification: Notification, *, now: datetime) -> Outcome:
        """Post the notification; a 2xx confirms it."""
        body = json.dumps(payload_of(notification))
        try:
            headers = self._signed(str(notification.id), body, now.astimezone(UTC))
        except (ValueError, EmptyWebhookSecretError):
            return Outcome(delivered=False, reason="the secret cannot sign; give the channel a new one")
        deadline = self._deadline()
        try:
            peer = self._peer(deadline)
        except RefusedError as refusal:
            return Outcome(delivered=False, reason=str(refusal))
        except OSError:
            return Outcome(delivered=False, reason="the address cannot be resolved", may_pass=True)
        try:
            reply = post(peer, self._target, headers=headers, body=body.encode(), deadline=deadline)
        except TimeoutError:
            return Outcome(delivered=False, reason=f"no answer within {deadline.seconds:g} seconds", may_pass=True)
        except (OSError, HTTPException, ValueError) as error:
            return Outcome(delivered=False, reason=f"no answer: {type(error).__name__}", may_pass=True)
        return _judge(reply, now)

    def _signed(self, message: str, body: str, now: datetime) -> dict[str, str]:
        return {
            "Host": self._url.netloc.rpartition("@")[2],
            "Content-Type": "application/json",
            "User-Agent": "todo-notifications",
            "webhook-id": message,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": Signer(self._secret).sign(message, now, body),
        }

    @property
    def _target(self) -> str:
        path = self._url.path or "/"
        return f"{path}?{self._url.query}" if self._url.query else path

    def _peer(self, deadline: Deadline) -> Peer:
        """Return whom to connect to; raises what :meth:`Reach.resolve` does."""
        scheme, host = self._url.scheme, self._url.hostname or ""
        port = self._url.port or (443 if scheme == "https" else 80)
        addresses = self._reach.resolve(scheme, host, port, deadline=deadline, lookup=self._lookup)
        return Peer(tuple(addresses), port, host.rstrip(".") if scheme == "https" else None)


def _judge(reply: Reply, now: datetime) -> Outcome:
    if 200 <= reply.status < 300:  # noqa: PLR2004 - RFC 9110, section 15.3
        return Outcome(delivered=True)
    may_pass = reply.status >= 500 or reply.status in _MAY_PASS  # noqa: PLR2004 - section 15.6
    wait = asked_to_wait(reply.retry_after, now=now)
    return Outcome(delivered=False, reason=f"answered {reply.status}", may_pass=may_pass, wait=wait)
