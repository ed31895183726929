"""The text of a checkpoint: the size and the root hash of the log at one moment (C2SP tlog-checkpoint)."""

from base64 import b64encode


def checkpoint_text(origin: str, size: int, root: bytes) -> str:
    """Return the text to sign: the log's name, the number of its entries, and the hash of the tree over them."""
    return f"{origin}\n{size}\n{b64encode(root).decode()}\n"
