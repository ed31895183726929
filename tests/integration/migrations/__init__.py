"""Integration tests of the migrations."""
