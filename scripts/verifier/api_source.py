"""Reads a log from the HTTP API of the `audit` function, page by page."""

import json
from collections.abc import Iterator
from functools import partial
from http import HTTPStatus
from itertools import chain
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from .chunks import group_leaves
from .log_source import LogSource
from .read_ahead import map_ahead
from .shown_entry import read_leaf
from .verification_errors import CannotVerifyError

PAGE_SIZE = 200
"""The most entries that the API returns in one response."""

READERS = 2
"""Pages to request at the same time."""

TIMEOUT = 60
"""Seconds to wait for a response."""


class ApiSource(LogSource):
    """The log behind ``url``, for example ``http://127.0.0.1:8080``; ``token`` is an operator's bearer token."""

    def __init__(self, url: str, token: str) -> None:
        self._url = url.rstrip("/").removesuffix("/audit")
        self._token = token

    def read_keys(self) -> list[str]:
        """Return the keys that the API shows."""
        return self._get("/audit/key").decode().split("\n")[:-1]

    def read_notes(self) -> Iterator[str]:
        """Yield the newest checkpoint. The API shows no other."""
        try:
            yield self._get("/audit/checkpoint").decode()
        except FileNotFoundError:
            return

    def read_chunks(self, size: int, chunk: int) -> Iterator[list[bytes]]:
        """Yield the leaves that the newest checkpoint covers; entries appended since then are not read."""
        pages = map_ahead(partial(self._read_page, size=size), range(0, size, PAGE_SIZE), READERS)
        return group_leaves(chain.from_iterable(pages), read_leaf, chunk)

    def _read_page(self, start: int, size: int) -> list[Any]:
        """Return a page of entries from ``start``, shorter if the log ends; a response may hold a part of a page."""
        items: list[Any] = []
        end = min(start + PAGE_SIZE, size)
        while (position := start + len(items)) < end:
            found = json.loads(self._get(f"/audit/entries?start={position}&limit={end - position}"))["items"]
            if not found:
                break
            items += found
        return items

    def _get(self, path: str) -> bytes:
        """Return a response's body; raises FileNotFoundError for 404 and CannotVerifyError for any other failure."""
        request = Request(self._url + path, headers={"Authorization": f"Bearer {self._token}"})  # noqa: S310 - as given
        try:
            with urlopen(request, timeout=TIMEOUT) as response:  # noqa: S310 - as given
                body: bytes = response.read()
                return body
        except HTTPError as error:
            if error.code == HTTPStatus.NOT_FOUND:
                raise FileNotFoundError(path) from None
            raise CannotVerifyError(f"GET {path} answered {error.code} {error.reason}") from None
        except (URLError, OSError) as error:
            raise CannotVerifyError(f"GET {path}: {error}") from None
