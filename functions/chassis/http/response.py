"""What an HTTP function answers."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from flask import Response
from pydantic import BaseModel
from pydantic_core import to_jsonable_python


@dataclass(frozen=True)
class ApiResponse:
    """A status, a body (a model, or what JSON can hold around models; None for none) and headers."""

    body: object = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)

    def to_flask_response(self) -> Response:
        """Return it as JSON in camelCase; never stored by caches, as it is one user's."""
        headers = {"Cache-Control": "no-store", **self.headers}
        if self.body is None:
            response = Response(status=self.status, headers=headers)
            del response.headers["Content-Type"]
            return response
        content = json.dumps(to_json_value(self.body), ensure_ascii=False)
        return Response(content, self.status, headers, mimetype="application/json")


@dataclass(frozen=True)
class PlainTextResponse(ApiResponse):
    """An answer whose body is a text of its own form, such as a signed note; the description names this class."""

    def to_flask_response(self) -> Response:
        """Return it as UTF-8, byte by byte."""
        return Response(
            str(self.body), self.status, {"Cache-Control": "no-store", **self.headers}, mimetype="text/plain"
        )


def to_json_value(body: object) -> object:
    """Return a body as plain JSON values, models in camelCase, durations in ISO 8601."""
    if isinstance(body, BaseModel):
        return body.model_dump(mode="json", by_alias=True)
    if isinstance(body, Mapping):
        return {name: to_json_value(value) for name, value in body.items()}
    if isinstance(body, list | tuple):
        return [to_json_value(value) for value in body]
    return to_jsonable_python(body, timedelta_mode="iso8601")


def etag(version: int) -> str:
    """Return a version as a strong entity tag (RFC 9110, section 8.8.3)."""
    return f'"{version}"'
