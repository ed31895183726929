"""Tests of detecting that the process was asked to stop."""

import os
import signal

import pytest
from gunicorn.workers.base import Worker

from functions.delivery.stop_signal import is_stopping


class FakeWorker:
    """The members of a gunicorn worker that the detection uses."""

    def __init__(self) -> None:
        self.alive = True
        self.ppid = os.getppid()

    def handle_exit(self, *_: object) -> None:
        """Stop as gunicorn's worker does."""
        Worker.handle_exit(self, signal.SIGTERM, None)


def test_a_worker_that_was_asked_to_stop_is_stopping(monkeypatch: pytest.MonkeyPatch) -> None:
    """The worker that owns the signal handler is no longer alive."""
    worker = FakeWorker()
    monkeypatch.setattr(signal, "getsignal", lambda _: worker.handle_exit)
    assert not is_stopping()
    worker.handle_exit()
    assert is_stopping()


def test_a_worker_without_its_parent_is_stopping(monkeypatch: pytest.MonkeyPatch) -> None:
    """After the parent process has died, no signal arrives."""
    worker = FakeWorker()
    monkeypatch.setattr(signal, "getsignal", lambda _: worker.handle_exit)
    monkeypatch.setattr(os, "getppid", lambda: 1)
    worker.ppid = 4711
    assert is_stopping()


@pytest.mark.parametrize("handler", [signal.SIG_DFL, signal.SIG_IGN, None, print])
def test_a_process_without_gunicorn_is_never_stopping(monkeypatch: pytest.MonkeyPatch, handler: object) -> None:
    """The signal handler of another server gives no information."""
    monkeypatch.setattr(signal, "getsignal", lambda _: handler)
    assert not is_stopping()
