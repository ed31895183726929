"""Builds the OpenAPI 3.1 description of an HTTP function from the declarations that route its requests."""

import re
from collections.abc import Iterable, Sequence
from http import HTTPStatus
from typing import Any, Literal

from pydantic import BaseModel, Field, TypeAdapter

from functions.chassis.http.operation import PATH_ARGUMENT, Operation
from functions.chassis.http.problem import MEDIA_TYPE
from functions.chassis.http.response import PlainTextResponse

_REFERENCE = "#/components/schemas/{model}"


class FieldError(BaseModel):
    """One wrong field of a request."""

    field: str
    message: str


class ProblemDetails(BaseModel):
    """An error in the form of RFC 9457; ``errors`` names each wrong field."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    errors: list[FieldError] = Field(default=[])


def describe_service(service: str, summary: str, operations: Sequence[Operation]) -> dict[str, Any]:
    """Return the OpenAPI document, as JSON values, of a service with these operations."""
    schemas: dict[str, Any] = {}
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        path = PATH_ARGUMENT.sub(r"{\2}", operation.path)
        paths.setdefault(path, {})[operation.method.lower()] = _describe_operation(operation, schemas)
    _add_schema(ProblemDetails, schemas)
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


def _describe_operation(operation: Operation, schemas: dict[str, Any]) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": operation.handler.__name__,
        "summary": operation.summary.partition("\n")[0],
        "description": operation.summary,
        "x-permission": operation.permission.name,
        "parameters": [
            *_describe_path(operation.path),
            *_describe_query(operation, schemas),
            *_describe_headers(operation),
        ],
        "responses": {
            str(status): _describe_response(status, model, schemas) for status, model in operation.responses.items()
        },
    }
    described["responses"]["default"] = {
        "description": "a problem",
        "content": {MEDIA_TYPE: {"schema": {"$ref": _REFERENCE.format(model="ProblemDetails")}}},
    }
    if operation.body:
        content = {"application/json": {"schema": _add_schema(operation.body, schemas, mode="validation")}}
        described["requestBody"] = {"required": True, "content": content}
    return described


def _describe_response(status: int, model: Any, schemas: dict[str, Any]) -> dict[str, Any]:  # noqa: ANN401 - a model class or a type
    response: dict[str, Any] = {"description": HTTPStatus(status).phrase}
    if model is PlainTextResponse:
        response["content"] = {"text/plain": {"schema": {"type": "string"}}}
    elif model is not None:
        response["content"] = {"application/json": {"schema": _add_schema(model, schemas)}}
    return response


def _describe_path(path: str) -> Iterable[dict[str, Any]]:
    for converter, name in PATH_ARGUMENT.findall(path):
        schema = {"type": "string", "format": "uuid"} if converter == "uuid" else {"type": "string"}
        yield {"name": name, "in": "path", "required": True, "schema": schema}


def _describe_query(operation: Operation, schemas: dict[str, Any]) -> Iterable[dict[str, Any]]:
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


def _describe_headers(operation: Operation) -> Iterable[dict[str, Any]]:
    if operation.is_write:
        schema = {"type": "string", "minLength": 1, "maxLength": 255}
        yield {"name": "Idempotency-Key", "in": "header", "required": False, "schema": schema}
        yield {"name": "If-Match", "in": "header", "required": False, "schema": {"type": "string"}}


def _add_schema(
    model: Any,  # noqa: ANN401 - a model class or a type
    schemas: dict[str, Any],
    mode: Literal["validation", "serialization"] = "serialization",
) -> dict[str, Any]:
    """Add a model's schema, and those it refers to, to ``schemas``; return the reference to it.

    A type that is not a model, such as a list, has no name: its schema itself is returned.
    """
    described = TypeAdapter(model).json_schema(by_alias=True, ref_template=_REFERENCE, mode=mode)
    schemas.update(described.pop("$defs", {}))
    name = described.get("title") if isinstance(model, type) and issubclass(model, BaseModel) else None
    if name is None:
        return dict(described)
    name = re.sub(r"\W+", "_", str(name)).strip("_")
    schemas[name] = described
    return {"$ref": _REFERENCE.format(model=name)}
