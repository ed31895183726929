"""The generated schemas against the models they come from."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from events.data import EventData
from events.schema import FOLDER, documents, write
from tests.event_encoding import encode_document
from tests.samples import EVERY_KIND, an_event, some_data


def test_the_schemas_are_current() -> None:
    """What is in the folder is what ``python -m events.schema`` writes."""
    kept = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.json")}
    assert kept == documents()


def test_writing_takes_away_what_is_gone(tmp_path: Path) -> None:
    """The schema of an event that is no longer said does not stay behind."""
    (tmp_path / "Forgotten.1.json").write_text("{}")
    write(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == set(documents())


@pytest.mark.parametrize("kind", EVERY_KIND)
def test_what_is_said_fits_its_schema(kind: type[EventData]) -> None:
    """The data of every event, as it travels, is valid against its own JSON Schema."""
    schema = json.loads((FOLDER / f"{kind.__name__}.{kind.version}.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema).validate(encode_document(an_event(some_data(kind)))["data"])
