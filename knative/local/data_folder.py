"""The data folder: its lock, its cleanup, and the status file of a running platform."""

import fcntl
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from knative.local.local_secrets import SECRETS_FILE
from knative.local.postgres import Postgres
from knative.local.start_error import StartError

DEFAULT_DATA: Final = Path(__file__).resolve().parents[2] / ".data"
STATUS_FILE: Final = "platform.json"
RUN_FOLDER: Final = "run"
_LOCK_FILE = "lock"


@contextmanager
def lock_data_folder(data: Path) -> Iterator[None]:
    """Create the folder if necessary, and lock it against other platforms while the block runs.

    The operating system releases the lock when the process ends, however it ends. Raises :class:`StartError` if the
    folder cannot be used or another platform has the lock.
    """
    try:
        data.mkdir(parents=True, exist_ok=True)
        lock = os.open(data / _LOCK_FILE, os.O_RDWR | os.O_CREAT, 0o644)
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


def empty_data_folder(data: Path) -> None:
    """Delete what earlier runs stored. Files of others in the folder stay."""
    Postgres(data).remove()
    shutil.rmtree(data / RUN_FOLDER, ignore_errors=True)
    for name in (SECRETS_FILE, STATUS_FILE):
        (data / name).unlink(missing_ok=True)


def write_platform_status(data: Path, status: Mapping[str, object]) -> None:
    """Write ``platform.json``, which shows other programs that the platform is ready. It is replaced as a whole."""
    partial = data / f"{STATUS_FILE}.partial"
    partial.write_text(json.dumps(status, indent=2) + "\n", encoding="utf-8")
    partial.rename(data / STATUS_FILE)


def delete_platform_status(data: Path) -> None:
    """Delete ``platform.json`` if it exists."""
    (data / STATUS_FILE).unlink(missing_ok=True)
