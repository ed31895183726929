"""Noticing that the process was told to stop."""

import os
import signal

import pytest
from gunicorn.workers.base import Worker

from functions.delivery.termination import is_stopping


class SomeWorker:
    """What a gunicorn worker has that matters here."""

    def __init__(self) -> None:
        self.alive = True
        self.ppid = os.getppid()

    def handle_exit(self, *_: object) -> None:
        """Finish, as gunicorn's own does."""
        Worker.handle_exit(self, signal.SIGTERM, None)


def test_a_worker_that_was_told_to_stop_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The worker that owns the signal's handler says whether it goes on."""
    worker = SomeWorker()
    monkeypatch.setattr(signal, "getsignal", lambda _: worker.handle_exit)
    assert not is_stopping()
    worker.handle_exit()
    assert is_stopping()


def test_a_worker_whose_parent_died_is_to_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody would tell it any more."""
    worker = SomeWorker()
    monkeypatch.setattr(signal, "getsignal", lambda _: worker.handle_exit)
    monkeypatch.setattr(os, "getppid", lambda: 1)
    worker.ppid = 4711
    assert is_stopping()


@pytest.mark.parametrize("handler", [signal.SIG_DFL, signal.SIG_IGN, None, print])
def test_without_gunicorn_nothing_is_noticed(monkeypatch: pytest.MonkeyPatch, handler: object) -> None:
    """Another server's handler says nothing."""
    monkeypatch.setattr(signal, "getsignal", lambda _: handler)
    assert not is_stopping()
