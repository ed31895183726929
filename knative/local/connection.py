"""HTTP to one instance, over its unix socket."""

from pathlib import Path
from typing import Self

from aiohttp import ClientConnectorError, ClientError, ClientSession, ClientTimeout, DummyCookieJar, UnixConnector
from yarl import URL

from knative.local.exchange import Answer, NoAnswerError, Request


class NotConnectedError(NoAnswerError):
    """The instance is not there; it has seen nothing of the request, which may go to another."""


class Connection:
    """Sends requests as they are, a connection each: a kept one might be closed by the instance just as it is used."""

    def __init__(self, socket: Path) -> None:
        self._session = ClientSession(
            connector=UnixConnector(str(socket), limit=0, force_close=True),
            auto_decompress=False,
            cookie_jar=DummyCookieJar(),
            timeout=ClientTimeout(total=None),
            skip_auto_headers=("accept", "accept-encoding", "user-agent", "content-type"),
        )

    async def send(self, request: Request) -> Answer:
        """Return the instance's answer, whatever its status; raises :class:`NoAnswerError`."""
        url = URL(f"http://function{request.target}", encoded=True)
        try:
            async with self._session.request(
                request.method, url, headers=list(request.headers), data=request.body, allow_redirects=False
            ) as response:
                body = await response.read()
                return Answer(response.status, list(response.headers.items()), body)
        except ClientConnectorError:
            raise NotConnectedError("its process is gone") from None
        except (ClientError, OSError) as error:
            raise NoAnswerError(f"its process died over it ({type(error).__name__})") from None

    async def close(self) -> None:
        """Close what is open."""
        await self._session.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()
