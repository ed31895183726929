"""Tables of text: Markdown that is also readable in a terminal."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from tests.benchmarks.harness.figures import Goal

LONGEST_LINE = 120


@dataclass(frozen=True, slots=True)
class Table:
    """A table with a heading per column. Numbers are formatted by :func:`format_number`."""

    columns: Sequence[str]
    rows: Sequence[Sequence[object]]

    def to_text(self) -> str:
        """Return the table as Markdown. Its columns have equal width, unless lines would become too long."""
        cells = [[str(name) for name in self.columns], *([_format_cell(cell) for cell in row] for row in self.rows)]
        widths = [max(len(row[index]) for row in cells) for index in range(len(self.columns))]
        if sum(widths) + 3 * len(widths) + 1 > LONGEST_LINE:
            widths = [1] * len(widths)
        lines = [
            "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"
            for row in cells
        ]
        return "\n".join([lines[0], "|" + "|".join("-" * (width + 2) for width in widths) + "|", *lines[1:]])


def goals_table(goals: Sequence[Goal]) -> Table:
    """Return the table of goals and verdicts."""
    rows = [
        (
            goal.text,
            f"{format_number(goal.measured)}{goal.unit}",
            f"{goal.bound} {format_number(goal.limit)}{goal.unit}",
            goal.verdict,
        )
        for goal in goals
    ]
    return Table(("goal", "measured", "limit", "verdict"), rows)


def format_number(value: float) -> str:
    """Return a number with about three digits, such as ``1,234``, ``12.3`` or ``0.45``; ``-`` if it is unknown."""
    if math.isnan(value):
        return "-"
    if value == int(value) or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def _format_cell(cell: object) -> str:
    return format_number(cell) if isinstance(cell, int | float) else str(cell)
