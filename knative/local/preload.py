"""What functions import and nobody edits here: loaded once, so that each of their processes has it from its birth."""

import gc
import importlib
from contextlib import suppress
from typing import Final

MODULES: Final = (
    "functions_framework",
    "functions_framework._http.gunicorn",
    "gunicorn.arbiter",
    "gunicorn.workers.gthread",
    "flask",
    "pydantic.type_adapter",
    "concurrent.futures.thread",
    "sqlalchemy.dialects.postgresql.pg8000",
    "pg8000.dbapi",
    "jwt",
    "cryptography.hazmat.primitives.asymmetric.ed25519",
    "prometheus_client",
    "stamina",
    "urllib3",
    "uuid6",
    "events.catalogue",
    "events.encoding",
    "events.document",
)
"""None of ``functions``: a process loads its own code when it starts, and so sees the last edit."""


def preload() -> None:
    """Import them, and keep the collector off their memory, which would otherwise be copied into every process."""
    for module in MODULES:
        with suppress(ImportError):  # a function that needs it says so itself
            importlib.import_module(module)
    gc.collect()
    gc.freeze()
