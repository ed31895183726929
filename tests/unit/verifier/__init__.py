"""Tests of `scripts/verifier` on logs in memory and in files."""
