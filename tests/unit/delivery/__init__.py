"""Unit tests of event delivery."""
