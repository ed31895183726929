"""What a user is told once everything runs."""

import shlex
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from knative.local.data_folder import DEFAULT_DATA
from knative.user_token import make_user_token

USER = "alice"


def welcome(url: str, data: Path, secrets: Mapping[str, str], database: Path) -> str:
    """Return the lines that say where it is, how to try it, where its data is and how to stop it."""
    made = make_user_token(USER, key=secrets["frontend-key"], now=datetime.now(UTC))
    where = f"The data is in {data}"
    if not database.is_relative_to(data):
        where += f", the database in {database}"
    more = "" if data == DEFAULT_DATA else f" --data {shlex.quote(str(data))}"
    headers = f"-H 'Content-Type: application/json' -H 'Authorization: Bearer {made}'"
    return f"""
Ready at {url}

Try it:

curl -sS {url}/tasks {headers} -d '{{"title": "Water the plants"}}'

The token is {USER}'s, for a day; scripts/token USER{more} prints another.
{where}. Ctrl-C stops everything.
"""
