"""Send HTTP requests to one instance of a function over its unix socket."""

from pathlib import Path
from typing import Self

from aiohttp import ClientConnectorError, ClientError, ClientSession, ClientTimeout, DummyCookieJar, UnixConnector
from yarl import URL

from knative.local.function_call import FunctionRequest, FunctionResponse, NoResponseError


class InstanceGoneError(NoResponseError):
    """The instance no longer accepts connections. It did not receive the request, so another instance may handle it."""


class InstanceConnection:
    """Sends requests unchanged, each on a new connection.

    A reused connection could be closed by the instance at the moment of the next request.
    """

    def __init__(self, socket: Path) -> None:
        self._session = ClientSession(
            connector=UnixConnector(str(socket), limit=0, force_close=True),
            auto_decompress=False,
            cookie_jar=DummyCookieJar(),
            timeout=ClientTimeout(total=None),
            skip_auto_headers=("accept", "accept-encoding", "user-agent", "content-type"),
        )

    async def send(self, request: FunctionRequest) -> FunctionResponse:
        """Return the response of the instance, with any status.

        Raises :class:`InstanceGoneError` if the instance did not receive the request, and :class:`NoResponseError` if
        it may have received it.
        """
        url = URL(f"http://function{request.target}", encoded=True)
        try:
            async with self._session.request(
                request.method, url, headers=list(request.headers), data=request.body, allow_redirects=False
            ) as response:
                body = await response.read()
                return FunctionResponse(response.status, list(response.headers.items()), body)
        except ClientConnectorError:
            raise InstanceGoneError("its process has ended") from None
        except (ClientError, OSError) as error:
            raise NoResponseError(f"its process ended during the request ({type(error).__name__})") from None

    async def close(self) -> None:
        """Close all connections."""
        await self._session.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()
