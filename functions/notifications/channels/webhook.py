"""A webhook: posted to a user's address, signed per Standard Webhooks, with the notification's id as its own.

The address is a user's, so it must not lead inside: it is resolved once, refused where it is no public address, and
the connection goes to what was checked. Redirects are not followed.
"""

import ipaddress
import json
import socket
from datetime import datetime
from urllib.parse import urlsplit

import urllib3
from standardwebhooks.webhooks import Webhook as Signer

from events.notification import Notification
from functions.notifications.channels.outcome import Outcome

SECONDS = 10.0
_MAY_PASS = frozenset({408, 425, 429})


class Webhook:
    """One user's webhook."""

    def __init__(self, url: str, secret: str, *, allow_private: bool) -> None:
        self._url = urlsplit(url)
        self._signer = Signer(secret)
        self._allow_private = allow_private

    def send(self, notification: Notification, *, now: datetime) -> Outcome:
        """Post the notification; a 2xx confirms it."""
        try:
            address = self._resolve()
        except OSError:
            return Outcome(delivered=False, reason="the address cannot be resolved", may_pass=True)
        except ValueError as error:
            return Outcome(delivered=False, reason=str(error))
        body = json.dumps(
            {"type": f"notification.{notification.kind}", "timestamp": now.isoformat(), "data": _shown(notification)}
        )
        message = str(notification.id)
        headers = {
            "Host": self._url.netloc,
            "Content-Type": "application/json",
            "webhook-id": message,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": self._signer.sign(message, now, body),
        }
        path = self._url.path or "/"
        target = f"{path}?{self._url.query}" if self._url.query else path
        try:
            with self._pool(address) as pool:
                answer = pool.request(
                    "POST", target, body=body.encode(), headers=headers, redirect=False, preload_content=False
                )
                answer.close()
        except urllib3.exceptions.HTTPError as error:
            return Outcome(delivered=False, reason=f"no answer: {type(error).__name__}", may_pass=True)
        if 200 <= answer.status < 300:  # noqa: PLR2004 - RFC 9110, section 15.3
            return Outcome(delivered=True)
        may_pass = answer.status >= 500 or answer.status in _MAY_PASS  # noqa: PLR2004 - section 15.6
        return Outcome(delivered=False, reason=f"answered {answer.status}", may_pass=may_pass)

    def _resolve(self) -> str:
        """Return an address of the host; raises OSError where it has none, ValueError where one leads inside."""
        if self._url.scheme != "https" and not self._allow_private:
            raise ValueError("a webhook must be https")
        found = socket.getaddrinfo(self._url.hostname, self._port, type=socket.SOCK_STREAM)
        addresses = [str(entry[4][0]) for entry in found]
        if not self._allow_private and not all(ipaddress.ip_address(one).is_global for one in addresses):
            raise ValueError("the address is not public")
        return addresses[0]

    @property
    def _port(self) -> int:
        return self._url.port or (443 if self._url.scheme == "https" else 80)

    def _pool(self, address: str) -> urllib3.HTTPConnectionPool:
        timeout = urllib3.Timeout(total=SECONDS)
        if self._url.scheme == "https":
            name = self._url.hostname
            return urllib3.HTTPSConnectionPool(
                address, self._port, timeout=timeout, retries=False, assert_hostname=name, server_hostname=name
            )
        return urllib3.HTTPConnectionPool(address, self._port, timeout=timeout, retries=False)


def _shown(notification: Notification) -> dict[str, object]:
    wanted = {"id", "kind", "title", "body", "task_id", "reminder_id", "remind_at"}
    return notification.model_dump(mode="json", by_alias=True, include=wanted, exclude_none=True)
