"""Responses of HTTP functions: JSON in camelCase, plain text, and entity tags."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from flask import Response
from pydantic import BaseModel
from pydantic_core import to_jsonable_python


@dataclass(frozen=True)
class ApiResponse:
    """A status, headers and a body: a model, a JSON value that may contain models, or None for no body."""

    body: object = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)

    def to_flask_response(self) -> Response:
        """Return a JSON response. No cache may store it, because it belongs to one user."""
        headers = {"Cache-Control": "no-store", **self.headers}
        if self.body is None:
            response = Response(status=self.status, headers=headers)
            del response.headers["Content-Type"]
            return response
        return Response(_encode_body(self.body), self.status, headers, mimetype="application/json")


@dataclass(frozen=True)
class PlainTextResponse(ApiResponse):
    """A response with a text body, such as a signed note. Use the class itself as the model of ``responses``."""

    def to_flask_response(self) -> Response:
        """Return the text as UTF-8, unchanged."""
        return Response(
            str(self.body), self.status, {"Cache-Control": "no-store", **self.headers}, mimetype="text/plain"
        )


def _encode_body(body: object) -> str:
    if isinstance(body, BaseModel):
        return body.model_dump_json(by_alias=True)
    return json.dumps(to_json_value(body), ensure_ascii=False, separators=(",", ":"))  # as pydantic writes it


def to_json_value(body: object) -> object:
    """Return a body as plain JSON values: models in camelCase, durations in ISO 8601."""
    if isinstance(body, BaseModel):
        return body.model_dump(mode="json", by_alias=True)
    if isinstance(body, Mapping):
        return {name: to_json_value(value) for name, value in body.items()}
    if isinstance(body, list | tuple):
        return [to_json_value(value) for value in body]
    return to_jsonable_python(body, timedelta_mode="iso8601")


def etag(version: int) -> str:
    """Return a version as a strong entity tag, such as ``"3"`` with its quotes (RFC 9110, section 8.8.3)."""
    return f'"{version}"'
