"""What the log is at one moment, as a text to be signed (C2SP tlog-checkpoint)."""

from base64 import b64encode


def checkpoint(origin: str, size: int, root: bytes) -> str:
    """Return the text of a checkpoint: which log, how many entries, and the hash of the tree over them."""
    return f"{origin}\n{size}\n{b64encode(root).decode()}\n"
