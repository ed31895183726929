"""Compares the generated schemas with the models that they are generated from."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from events.data import EventData
from events.schema import FOLDER, generate_documents, write_documents
from tests.event_encoding import encode_document
from tests.samples import EVERY_KIND, an_event, some_data


def test_the_schemas_are_current() -> None:
    """The folder contains exactly the files that ``python -m events.schema`` writes."""
    files = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.json")}
    assert files == generate_documents()


def test_schemas_of_removed_events_are_deleted(tmp_path: Path) -> None:
    """Writing the documents leaves no schema of an event that no longer exists."""
    (tmp_path / "Removed.1.json").write_text("{}")
    write_documents(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == set(generate_documents())


@pytest.mark.parametrize("kind", EVERY_KIND)
def test_every_event_fits_its_schema(kind: type[EventData]) -> None:
    """The encoded data of every event is valid against its JSON Schema."""
    schema = json.loads((FOLDER / f"{kind.__name__}.{kind.version}.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema).validate(encode_document(an_event(some_data(kind)))["data"])
