"""Reads secrets from a local JSON file, for development."""

import json
from pathlib import Path

from functions.chassis.runtime.secret_store import SecretUnavailableError


def read_file_secret(path: Path, name: str) -> str:
    """Return a member of the JSON object of strings in a file; raises :class:`SecretUnavailableError`."""
    try:
        return str(json.loads(path.read_text(encoding="utf-8"))[name])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SecretUnavailableError(name) from error
