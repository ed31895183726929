"""Print a user's token: ``python -m knative.local.token_command USER [--role operator] [--data DIR]``."""

import argparse
import json
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from knative.local.data_folder import DEFAULT_DATA
from knative.local.local_secrets import SECRETS_FILE
from knative.user_token import make_user_token


def print_token(arguments: Sequence[str] | None = None) -> None:
    """Print a token for the user and the roles of a command line. Exit with one line if the data folder has no keys."""
    parser = argparse.ArgumentParser(prog="scripts/token", description="Print a token, valid for a day.")
    parser.add_argument("user", metavar="USER", help="the user's id")
    parser.add_argument("--role", action="append", default=[], choices=["operator"], help="a role beyond user")
    parser.add_argument("--data", type=Path, default=DEFAULT_DATA, metavar="DIR", help="the data folder of scripts/up")
    given = parser.parse_args(arguments)
    try:
        key = json.loads((given.data / SECRETS_FILE).read_text(encoding="utf-8"))["frontend-key"]
    except FileNotFoundError:
        sys.exit(f"there are no keys in {given.data}: run scripts/up first, or name its data folder with --data")
    except OSError as error:
        sys.exit(f"the keys in {given.data} cannot be read: {error.strerror}")
    print(make_user_token(given.user, key=key, roles=["user", *given.role], now=datetime.now(UTC)))


if __name__ == "__main__":
    print_token()
