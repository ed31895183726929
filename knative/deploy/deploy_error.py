"""The one error that a deployment may end with."""


class DeployError(Exception):
    """It cannot go on; the message says what is wrong and what to do, in one line."""
