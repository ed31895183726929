"""``python -m knative.local.zygote LIFELINE``: the fork server. Plain, with one thread, so that a fork is sound.

It has loaded what functions need before they are wanted. A process forked from it answers in some tens of
milliseconds, where a fresh one takes more than half a second. It also runs what goes with a function and is a program
of its own, which so has somebody who ends it when the platform is gone.
"""

import os
import selectors
import signal
import sys
from collections.abc import Iterator

from knative.local.order import Order, Report, Run, Signal, Start, read_order, to_line
from knative.local.preload import preload
from knative.local.run_program import run_program
from knative.local.serve import serve

_CHUNK = 65536


class Zygote:
    """Reads orders from one descriptor, writes reports to another, and forks."""

    def __init__(self, orders: int, reports: int) -> None:
        self._orders = orders
        self._reports = reports
        self._buffer = b""
        self._pids: dict[int, int] = {}
        self._programs: set[int] = set()
        self._selector = selectors.DefaultSelector()
        self._wakeup, self._woken = os.pipe()
        self._ready, self._say_ready = os.pipe()

    def run(self) -> tuple[Start | Run, int] | None:
        """Work until there are no more orders, as the platform is gone; then end the programs and return None.

        In each forked process, return its order and the descriptor that takes its report. Only this process writes to
        the platform, which so sees the end of that pipe when this process dies.
        """
        os.set_blocking(self._wakeup, False)
        os.set_blocking(self._woken, False)
        signal.set_wakeup_fd(self._woken, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
        self._selector.register(self._orders, selectors.EVENT_READ)
        self._selector.register(self._wakeup, selectors.EVENT_READ)
        self._selector.register(self._ready, selectors.EVENT_READ)
        while True:
            readable = [key.fd for key, _ in self._selector.select()]
            if self._ready in readable:
                os.write(self._reports, os.read(self._ready, _CHUNK))
            if self._wakeup in readable:
                self._reap()
            if self._orders in readable:
                chunk = os.read(self._orders, _CHUNK)
                if not chunk:
                    self._end_programs()
                    return None
                for order in self._take(chunk):
                    if isinstance(order, Signal):
                        self._signal(order)
                    elif self._fork(order):
                        return order, self._say_ready

    def _take(self, chunk: bytes) -> Iterator[Order]:
        *lines, self._buffer = (self._buffer + chunk).split(b"\n")
        yield from (read_order(line) for line in lines)

    def _fork(self, order: Start | Run) -> bool:
        """Fork; True in the new process."""
        pid = os.fork()
        if pid == 0:
            self._become_child()
            return True
        self._pids[pid] = order.id
        if isinstance(order, Run):
            self._programs.add(pid)
        self._report(Report(order.id, "forked", pid))
        return False

    def _become_child(self) -> None:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        self._selector.close()
        for descriptor in (self._wakeup, self._woken, self._orders, self._ready, self._reports):
            os.close(descriptor)
        os.setpgid(0, 0)  # so that all its processes can be killed together

    def _signal(self, order: Signal) -> None:
        """Send a signal to a process that was not reaped yet, so that its number cannot be somebody else's."""
        pid = next((pid for pid, known in self._pids.items() if known == order.id), None)
        if pid is None:
            return
        try:
            (os.killpg if order.group else os.kill)(pid, order.number)
        except ProcessLookupError:
            return  # no group yet, or no more

    def _end_programs(self) -> None:
        """Kill what holds no lifeline."""
        for pid in self._programs:
            os.kill(pid, signal.SIGKILL)

    def _reap(self) -> None:
        while True:
            try:
                if not os.read(self._wakeup, _CHUNK):
                    break
            except BlockingIOError:
                break
        while self._pids:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            order_id = self._pids.pop(pid, None)
            self._programs.discard(pid)
            if order_id is not None:
                self._report(Report(order_id, "exited", pid, os.waitstatus_to_exitcode(status)))

    def _report(self, report: Report) -> None:
        os.write(self._reports, to_line(report))


def main() -> None:
    """Serve orders from stdin, with reports on what stdout was; in a forked process, carry out its order."""
    given = int(sys.argv[1])
    lifeline = os.dup(given)  # which, unlike the given one, no other program inherits
    os.close(given)
    parent = os.getpid()
    reports = os.dup(1)
    orders = os.dup(0)
    os.dup2(2, 1)  # whatever is printed at import must not look like a report
    preload()
    forked = Zygote(orders, reports).run()
    if forked is not None:
        order, say_ready = forked
        if isinstance(order, Run):
            run_program(order, parent=parent)
        serve(order, reports=say_ready, lifeline=lifeline)


if __name__ == "__main__":
    main()
