"""The error that stops a start of the platform."""


class StartError(Exception):
    """The platform cannot start. The message gives the reason and the remedy in one line."""
