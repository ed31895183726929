"""Starts the verifier: as `python -m verifier`, or as `python PATH` where PATH is this folder or a copy of it."""

import sys
from importlib import import_module
from pathlib import Path


def start() -> int:
    """Run the command and return its exit status.

    Without the package `cryptography` the status is 2, and a line on stderr names the remedy.
    """
    folder = Path(__file__).resolve().parent
    if not __package__:
        # `python PATH` makes the folder itself importable; the modules import each other through their package.
        sys.path[0] = str(folder.parent)
    try:
        command_line = import_module(f"{folder.name}.command_line")
    except ModuleNotFoundError as error:
        if error.name != "cryptography":
            raise
        print(
            "cannot verify: the package cryptography is missing: run `python -m pip install cryptography`",
            file=sys.stderr,
        )
        return 2
    status: int = command_line.main()
    return status


if __name__ == "__main__":
    sys.exit(start())
