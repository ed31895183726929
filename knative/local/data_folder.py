"""The folder that keeps everything between two runs, and lets in one instance at a time."""

import fcntl
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from knative.local.postgres import Postgres
from knative.local.secrets import FILE as SECRETS_FILE
from knative.local.start_error import StartError

DEFAULT_DATA: Final = Path(__file__).resolve().parents[2] / ".data"
STATUS: Final = "platform.json"
RUN: Final = "run"
_LOCK = "lock"


@contextmanager
def held(data: Path) -> Iterator[None]:
    """Make the folder if need be and hold it, so that no other instance uses it; the lock ends with the process.

    Raises :class:`StartError`.
    """
    try:
        data.mkdir(parents=True, exist_ok=True)
        lock = os.open(data / _LOCK, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise StartError(f"data folder {data} cannot be used: {error.strerror}") from None
    with os.fdopen(lock, "r+", encoding="ascii") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = file.read().strip() or "unknown"
            raise StartError(
                f"data folder {data} is in use by another instance (pid {holder}); choose another with --data"
            ) from None
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield


def empty(data: Path) -> None:
    """Remove what earlier runs kept there, by name: the folder may hold what is not ours."""
    Postgres(data).remove()
    shutil.rmtree(data / RUN, ignore_errors=True)
    for name in (SECRETS_FILE, STATUS):
        (data / name).unlink(missing_ok=True)


def write_status(data: Path, status: Mapping[str, object]) -> None:
    """Tell other programs of a platform that is ready, in ``platform.json``; a reader never sees half of it."""
    partial = data / f"{STATUS}.partial"
    partial.write_text(json.dumps(status, indent=2) + "\n", encoding="utf-8")
    partial.rename(data / STATUS)


def remove_status(data: Path) -> None:
    """Take the word back."""
    (data / STATUS).unlink(missing_ok=True)
