"""The OpenAPI 3.1 description of an HTTP function, from the same declarations that route its requests."""

import re
from collections.abc import Iterable, Sequence
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel, Field, TypeAdapter

from functions.chassis.http.operation import Operation
from functions.chassis.http.problem import MEDIA_TYPE
from functions.chassis.http.response import PlainTextResponse

_PARAMETER = re.compile(r"<(?:(\w+):)?(\w+)>")
_REFERENCE = "#/components/schemas/{model}"


class FieldError(BaseModel):
    """One wrong field of a request."""

    field: str
    message: str


class ProblemDetails(BaseModel):
    """An error as RFC 9457 has it; ``errors`` names each wrong field."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    errors: list[FieldError] = Field(default=[])


def describe(service: str, summary: str, operations: Sequence[Operation]) -> dict[str, Any]:
    """Return the description of a service with these operations."""
    schemas: dict[str, Any] = {}
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        path = _PARAMETER.sub(r"{\2}", operation.path)
        paths.setdefault(path, {})[operation.method.lower()] = _describe(operation, schemas)
    _schema(ProblemDetails, schemas)
    return {
        "openapi": "3.1.0",
        "info": {"title": service, "version": "1", "description": summary},
        "security": [{"userContext": []}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {"userContext": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
        },
    }


def _describe(operation: Operation, schemas: dict[str, Any]) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": operation.handler.__name__,
        "summary": operation.summary.partition("\n")[0],
        "description": operation.summary,
        "x-permission": operation.permission.name,
        "parameters": [
            *_path_parameters(operation.path),
            *_query_parameters(operation, schemas),
            *_headers(operation),
        ],
        "responses": {str(status): _answer(status, model, schemas) for status, model in operation.responses.items()},
    }
    described["responses"]["default"] = {
        "description": "a problem",
        "content": {MEDIA_TYPE: {"schema": {"$ref": _REFERENCE.format(model="ProblemDetails")}}},
    }
    if operation.body:
        content = {"application/json": {"schema": _schema(operation.body, schemas, mode="validation")}}
        described["requestBody"] = {"required": True, "content": content}
    return described


def _answer(status: int, model: Any, schemas: dict[str, Any]) -> dict[str, Any]:  # noqa: ANN401 - any type there is
    answer: dict[str, Any] = {"description": HTTPStatus(status).phrase}
    if model is PlainTextResponse:
        answer["content"] = {"text/plain": {"schema": {"type": "string"}}}
    elif model is not None:
        answer["content"] = {"application/json": {"schema": _schema(model, schemas)}}
    return answer


def _path_parameters(path: str) -> Iterable[dict[str, Any]]:
    for converter, name in _PARAMETER.findall(path):
        schema = {"type": "string", "format": "uuid"} if converter == "uuid" else {"type": "string"}
        yield {"name": name, "in": "path", "required": True, "schema": schema}


def _query_parameters(operation: Operation, schemas: dict[str, Any]) -> Iterable[dict[str, Any]]:
    if operation.query is None:
        return
    described = operation.query.model_json_schema(by_alias=True, ref_template=_REFERENCE)
    schemas.update(described.get("$defs", {}))
    for name, schema in described.get("properties", {}).items():
        yield {
            "name": name,
            "in": "query",
            "required": name in described.get("required", ()),
            "schema": schema,
        }


def _headers(operation: Operation) -> Iterable[dict[str, Any]]:
    if operation.writes:
        schema = {"type": "string", "minLength": 1, "maxLength": 255}
        yield {"name": "Idempotency-Key", "in": "header", "required": False, "schema": schema}
        yield {"name": "If-Match", "in": "header", "required": False, "schema": {"type": "string"}}


def _schema(model: Any, schemas: dict[str, Any], mode: Any = "serialization") -> dict[str, Any]:  # noqa: ANN401
    """Return a reference to a model's schema, and put it and what it refers to among the components."""
    described = TypeAdapter(model).json_schema(by_alias=True, ref_template=_REFERENCE, mode=mode)
    schemas.update(described.pop("$defs", {}))
    name = described.get("title") if isinstance(model, type) and issubclass(model, BaseModel) else None
    if name is None:
        return dict(described)
    name = re.sub(r"\W+", "_", str(name)).strip("_")
    schemas[name] = described
    return {"$ref": _REFERENCE.format(model=name)}
