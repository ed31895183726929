"""Detects, in any thread, that the process was asked to stop."""

import os
import signal


def is_stopping() -> bool:
    """Return whether gunicorn's worker was asked to stop, or has lost its parent process.

    Python allows signal handlers only in the main thread, and gunicorn installs its own handler after it has loaded
    the function. This handler is a method of the worker, and sets the worker's ``alive`` to False. The result is
    always False under a server other than gunicorn.
    """
    worker = getattr(signal.getsignal(signal.SIGTERM), "__self__", None)
    return getattr(worker, "alive", None) is False or getattr(worker, "ppid", os.getppid()) != os.getppid()
