"""Unit tests of the package ``events``."""
