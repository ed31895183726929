"""Noticing that this process was told to stop, from a thread that is no main thread."""

import os
import signal


def is_stopping() -> bool:
    """Tell whether gunicorn's worker was told to finish, or has lost the process that started it.

    Python runs signal handlers in the main thread and lets nobody else install one, and gunicorn installs its own
    after the function was loaded. But that handler is a method of the worker, whose ``alive`` it sets to False.
    """
    worker = getattr(signal.getsignal(signal.SIGTERM), "__self__", None)
    return getattr(worker, "alive", None) is False or getattr(worker, "ppid", os.getppid()) != os.getppid()
