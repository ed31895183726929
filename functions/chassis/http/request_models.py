"""Models of JSON bodies and query parameters, and the functions that validate a request against them."""

from typing import Annotated, TypeVar, get_origin

from flask import Request
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from functions.chassis.http.problem import Problem, field_problem, validation_problem

B = TypeVar("B", bound="Body")
Q = TypeVar("Q", bound="Query")


class Body(BaseModel):
    """A request's JSON object, in camelCase. Unknown members are rejected by name, so that a typo is noticed."""

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, frozen=True, extra="forbid", defer_build=True
    )


class Query(BaseModel):
    """A request's query parameters, in camelCase. Unknown parameters are rejected by name."""

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, frozen=True, extra="forbid", defer_build=True
    )


class PageQuery(Query):
    """The parameters of every list."""

    limit: Annotated[int, Field(ge=1, le=200, description="the largest number of items on a page")] = 50
    cursor: Annotated[str | None, Field(max_length=2000, description="the `next` of the previous page")] = None


def read_body(request: Request, model: type[B]) -> B:
    """Return a request's JSON body. Raises 415 for another media type, or a 400 that names each wrong field."""
    media_type = request.mimetype.lower()
    if media_type != "application/json":
        raise Problem(415, f"content-type: must be application/json, not {media_type[:100] or 'absent'}")
    try:
        return model.model_validate_json(request.get_data())
    except ValidationError as error:
        raise validation_problem(error, "body") from None
    except RecursionError:
        raise Problem(400, "body: is nested too deeply") from None


def read_query(request: Request, model: type[Q]) -> Q:
    """Return a request's query parameters. Raises a 400 that names each wrong parameter.

    A parameter may be repeated only if its field is a list.
    """
    lists = {field.alias for field in model.model_fields.values() if get_origin(field.annotation) is list}
    given: dict[str, str | list[str]] = {}
    for name, values in request.args.lists():
        if any("\x00" in text for text in (name, *values)):
            raise Problem(400, "query: must not contain a NUL character")
        if len(values) > 1 and name not in lists:
            raise field_problem(400, name[:100], "must be given once")
        given[name] = values if name in lists else values[0]
    try:
        return model.model_validate(given)
    except ValidationError as error:
        raise validation_problem(error, "query") from None
