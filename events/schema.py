"""Generates the JSON Schema of every event and an AsyncAPI document: ``python -m events.schema``."""

import json
from pathlib import Path
from typing import Any, Final

from events.catalogue import CATALOGUE
from events.data import EventData

FOLDER: Final = Path(__file__).parent / "schemas"
ASYNCAPI: Final = "asyncapi.json"


def generate_documents() -> dict[str, str]:
    """Return the text of every generated file by its name in ``events/schemas``."""
    schemas = {f"{data.__name__}.{data.version}.json": _schema(data) for data in CATALOGUE.values()}
    return {name: _text(document) for name, document in {**schemas, ASYNCAPI: _asyncapi()}.items()}


def write_documents(folder: Path = FOLDER) -> None:
    """Write the documents, and delete those of events that no longer exist."""
    folder.mkdir(exist_ok=True)
    generated = generate_documents()
    for path in folder.glob("*.json"):
        if path.name not in generated:
            path.unlink()
    for name, text in generated.items():
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
        "info": {"title": "todo", "version": "1", "description": "The events that the functions publish and handle."},
        "channels": {"broker": {"address": "/", "messages": references}},
        "operations": {"receive": {"action": "receive", "channel": {"$ref": "#/channels/broker"}}},
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
    write_documents()
