"""The two reasons why a verification fails: the log was tampered with, or a verdict is impossible."""


class TamperedError(Exception):
    """The log differs from its checkpoints.

    ``finding`` describes the difference. ``first`` is the index of the first bad entry, if it is known. If only a range
    is known, the first bad entry has an index of at least ``first`` and less than ``before``.

    >>> print(TamperedError("missing", 4))
    entry 4: missing
    >>> print(TamperedError("missing", 4, 7))
    the first bad entry is one of 4 to 6: missing
    """

    def __init__(self, finding: str, first: int | None = None, before: int | None = None) -> None:
        self.first = first
        self.before = first + 1 if first is not None and before is None else before
        place = ""
        if self.first is not None and self.before is not None:
            is_exact = self.before <= self.first + 1
            place = f"entry {first}: " if is_exact else f"the first bad entry is one of {first} to {self.before - 1}: "
        super().__init__(place + finding)


class CannotVerifyError(Exception):
    """A verdict on the log is impossible; the message gives the reason and, if there is one, the remedy."""


MISSING = "missing"
"""The finding for an entry that is not in the log."""

SHOWN_DIFFERS = "the event that is shown is not the event that was hashed"
"""The finding for an entry that shows another event, time or owner than its hashed leaf."""
