"""End a forked process, and the processes it started, when the platform ends."""

import os
import signal
from multiprocessing import parent_process


def start_process_group() -> None:
    """Move this process into a new group, so that one signal reaches it and its children."""
    os.setpgid(0, 0)


def kill_group_after_platform() -> None:
    """Wait until the platform's process has ended, however it ended, then kill this process group.

    Without this, functions and sidecars would survive a ``kill -9`` of the platform.
    """
    platform = parent_process()
    if platform is not None:
        platform.join()
        os.killpg(0, signal.SIGKILL)
