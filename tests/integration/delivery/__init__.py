"""Integration tests of event delivery."""
