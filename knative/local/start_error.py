"""The one error that a start may end with."""


class StartError(Exception):
    """The platform cannot start; the message says why and what to do, in one line."""
