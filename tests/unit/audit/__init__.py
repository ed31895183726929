"""Unit tests of `functions/audit`."""
