"""Send HTTP requests to one instance of a function, over connections to its unix socket that stay open."""

import asyncio
import time
from pathlib import Path
from typing import Final, NamedTuple

from knative.local.function_call import FunctionRequest, FunctionResponse, NoResponseError
from knative.local.http_exchange import BrokenResponseError, encode_request, read_response

LONGEST_REST: Final = 60.0
"""Seconds without a request after which a connection is not used again. Instances close connections later."""


class InstanceGoneError(NoResponseError):
    """The instance no longer accepts connections. It did not receive the request, so another instance may handle it."""


class _Connection(NamedTuple):
    stream: asyncio.StreamReader
    writer: asyncio.StreamWriter
    free_since: float


class InstanceConnection:
    """Sends requests unchanged, each on a free connection or on a new one.

    The instance closes a connection only when it ends. A request during the end of an instance has no response, as if
    its connection were new.
    """

    def __init__(self, socket: Path) -> None:
        self._socket = socket
        self._free: list[_Connection] = []
        self._closed = False

    async def send(self, request: FunctionRequest) -> FunctionResponse:
        """Return the response of the instance, with any status.

        Raises :class:`InstanceGoneError` if the instance did not receive the request, and :class:`NoResponseError` if
        it may have received it.
        """
        message = encode_request(request)
        stream, writer = self._take_free_connection() or await self._connect()
        is_reusable = False
        try:
            writer.write(message)
            response, is_reusable = await read_response(stream, request.method)
        except BrokenResponseError as error:
            raise NoResponseError(f"its process ended during the request ({error})") from None
        finally:
            if is_reusable and not self._closed:
                self._free.append(_Connection(stream, writer, time.monotonic()))
            else:
                writer.close()
        return response

    def close(self) -> None:
        """Close the free connections now, and each other connection after its response."""
        self._closed = True
        while self._free:
            self._free.pop().writer.close()

    def _take_free_connection(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        while self._free:
            stream, writer, free_since = self._free.pop()
            if not stream.at_eof() and not writer.is_closing() and time.monotonic() - free_since < LONGEST_REST:
                return stream, writer
            writer.close()
        return None

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        try:
            return await asyncio.open_unix_connection(str(self._socket))
        except OSError:
            raise InstanceGoneError("its process has ended") from None
