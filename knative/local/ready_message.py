"""Compose the message that the platform prints when it is ready."""

import shlex
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from knative.local.data_folder import DEFAULT_DATA
from knative.user_token import make_user_token

USER = "alice"


def compose_ready_message(url: str, data: Path, secrets: Mapping[str, str], database: Path) -> str:
    """Return the address, a command to try, the places of the data, and how to stop.

    ``data`` is the data folder; ``database`` is the folder of PostgreSQL, which may be elsewhere.
    """
    example_token = make_user_token(USER, key=secrets["frontend-key"], now=datetime.now(UTC))
    places = f"The data is in {data}"
    if not database.is_relative_to(data):
        places += f", the database in {database}"
    option = "" if data == DEFAULT_DATA else f" --data {shlex.quote(str(data))}"
    headers = f"-H 'Content-Type: application/json' -H 'Authorization: Bearer {example_token}'"
    return f"""
Ready at {url}

Try it:

curl -sS {url}/tasks {headers} -d '{{"title": "Water the plants"}}'

The token is {USER}'s, for a day; scripts/token USER{option} prints another.
{places}. Ctrl-C stops everything.
"""
