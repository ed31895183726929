"""The answer to a question: its conditions, tables, goals and plots, as text."""

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tests.benchmarks.harness.figures import Goal
from tests.benchmarks.harness.table import Table, goals_table


@dataclass(frozen=True, slots=True)
class Answer:
    """What a question found. ``plots`` maps the name of a file without suffix to an SVG document."""

    title: str
    conditions: str
    tables: Sequence[Table]
    goals: Sequence[Goal] = ()
    notes: Sequence[str] = ()
    plots: Mapping[str, str] = field(default_factory=dict)

    def to_text(self) -> str:
        """Return the answer as Markdown. The plots are images of the folder ``plots``."""
        parts = [f"### {self.title}", textwrap.fill(" ".join(self.conditions.split()), 118)]
        parts += [table.to_text() for table in self.tables]
        if self.goals:
            parts.append(goals_table(self.goals).to_text())
        if self.notes:
            parts.append(
                "\n".join(textwrap.fill(note, 118, initial_indent="- ", subsequent_indent="  ") for note in self.notes)
            )
        parts += [f"![{name}](plots/{name}.svg)" for name in self.plots]
        return "\n\n".join(parts) + "\n"
