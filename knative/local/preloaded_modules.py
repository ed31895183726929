"""Prepare the fork server: load the libraries that the functions need, and build the models of all events.

Only Python's fork server imports this module, when it starts. The processes that it forks later have the libraries
from the start.
"""

import gc
import importlib
import os
from contextlib import suppress
from typing import Final

MODULES: Final = (
    "multiprocessing.popen_forkserver",
    "functions_framework",
    "functions_framework._http.gunicorn",
    "gunicorn.arbiter",
    "gunicorn.workers.gthread",
    "flask",
    "pydantic.type_adapter",
    "concurrent.futures.thread",
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
    "events.reader",
    "knative.local.function_process",
    "knative.local.program_process",
)
"""Without ``functions``: each process imports the code of its function itself, and so runs the latest edit."""

# Ctrl-C and a closed terminal signal every process of the session. In its own session, the fork server runs until
# the platform has stopped its processes in order.
os.setsid()
for module in MODULES:
    with suppress(Exception):  # a function that needs the module fails with the same error, in its own log
        importlib.import_module(module)
with suppress(Exception):
    for model in importlib.import_module("events.catalogue").CATALOGUE.values():
        model.model_rebuild()  # pydantic would build it in each process, on its first use
# A garbage collection writes to every object, and so would copy all shared memory into each forked process.
gc.collect()
gc.freeze()
