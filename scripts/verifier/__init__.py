"""Verifies an audit log: its entries must be exactly those that its signed checkpoints cover.

The package shares no code with the functions that write the log, and it runs from a copy of this folder. It needs
Python 3.11 and `cryptography`, and for a database also `pg8000`:

    python verifier exported-log --key verifier-keys

`command_line.py` reads the arguments, a `…_source.py` reads the log, and `verification.py` compares the two.
"""
