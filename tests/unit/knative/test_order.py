"""What the platform and its fork server tell each other."""

import pytest

from knative.local.order import Report, Signal, Start, read_order, read_report, to_line


@pytest.mark.parametrize("order", [Start(1, {"A": "\n"}, "/run/1.sock", "/run/a.log"), Signal(1, 9, group=True)])
def test_an_order_survives_its_line(order: Start | Signal) -> None:
    """Whatever it holds, it is one line and comes back as it was."""
    line = to_line(order)
    assert line.count(b"\n") == 1
    assert read_order(line) == order


def test_a_report_survives_its_line() -> None:
    """And so does what comes back."""
    report = Report(1, "exited", 42, -9)
    assert read_report(to_line(report)) == report
