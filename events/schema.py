"""The JSON Schema of every event, and the AsyncAPI document around them. ``python -m events.schema`` writes both."""

import json
from pathlib import Path
from typing import Any, Final

from events.catalogue import CATALOGUE
from events.data import EventData

FOLDER: Final = Path(__file__).parent / "schemas"
ASYNCAPI: Final = "asyncapi.json"


def documents() -> dict[str, str]:
    """Return every generated file's text by its name in ``events/schemas``."""
    schemas = {f"{data.__name__}.{data.version}.json": _schema(data) for data in CATALOGUE.values()}
    return {name: _text(document) for name, document in {**schemas, ASYNCAPI: _asyncapi()}.items()}


def write(folder: Path = FOLDER) -> None:
    """Write the documents, and take away those of events that are gone."""
    folder.mkdir(exist_ok=True)
    wanted = documents()
    for stale in folder.glob("*.json"):
        if stale.name not in wanted:
            stale.unlink()
    for name, text in wanted.items():
        (folder / name).write_text(text, encoding="utf-8")


def _schema(data: type[EventData]) -> dict[str, Any]:
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": data.dataschema(),
        **data.model_json_schema(by_alias=True, mode="serialization"),
    }


def _asyncapi() -> dict[str, Any]:
    """Return the AsyncAPI 3.0 document: one channel, the Broker, and a message for each event."""
    messages = {data.__name__: _message(data) for data in CATALOGUE.values()}
    references = {name: {"$ref": f"#/components/messages/{name}"} for name in messages}
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "todo", "version": "1", "description": "What the functions say to each other."},
        "channels": {"broker": {"address": "/", "messages": references}},
        "operations": {"hear": {"action": "receive", "channel": {"$ref": "#/channels/broker"}}},
        "components": {"messages": messages},
    }


def _message(data: type[EventData]) -> dict[str, Any]:
    return {
        "name": data.type,
        "summary": (data.__doc__ or "").partition("\n")[0],
        "contentType": "application/json",
        "headers": {"type": "object", "properties": {"ce-type": {"const": data.type}}},
        "payload": {"$ref": f"{data.__name__}.{data.version}.json"},
    }


def _text(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False, sort_keys=True) + "\n"


if __name__ == "__main__":
    write()
