"""A command line as a value, so that a plan can be shown before it is run."""

import shlex
from dataclasses import dataclass
from typing import Final

_END: Final = "END"


@dataclass(frozen=True)
class Command:
    """What is run, and what it reads from its standard input."""

    arguments: tuple[str, ...]
    stdin: str = ""

    def __str__(self) -> str:
        return shlex.join(self.arguments)

    @property
    def program(self) -> str:
        """The program's name."""
        return self.arguments[0]

    @property
    def script(self) -> str:
        """The same for a shell, with what it reads as a here-document."""
        if not self.stdin:
            return str(self)
        return f"{self} <<'{_END}'\n{self.stdin.rstrip()}\n{_END}"
