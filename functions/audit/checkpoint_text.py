"""Formats a checkpoint: the size and the root hash of the log at one moment (C2SP tlog-checkpoint)."""

from base64 import b64encode


def format_checkpoint(origin: str, size: int, root: bytes) -> str:
    """Return the text to sign, one line each: the log's name, the number of its entries, and the tree's root hash."""
    return f"{origin}\n{size}\n{b64encode(root).decode()}\n"
